"""`kiosk gate-safe` over the world's own socket: the pins outlive whoever drove them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import RLock

import pytest

from drivers.pins import open_pin_factory
from kiosk.config import parse
from kiosk.gatekeeper.gate import make_relays
from kiosk.gatekeeper.gate_safe import bring_to_rest
from sim.camera import SimCamera
from sim.pins import Pins
from sim.remote import WORLD_VARIABLE
from sim.server import WorldServer
from tests.gatekeeper.rig import GATE_PIN, LAMP_PIN, Rig, site_tree


class Board(Pins):
    broken: int | None = None

    def write(self, pin: int, level: bool) -> None:
        if pin == self.broken:
            raise OSError("the line is cut")
        super().write(pin, level)


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Board]:
    """A board behind a socket, as a simulated day has it."""
    rig = Rig(tmp_path / "kiosk")
    board = Board(rig.clock.mono, lambda _pin: False)
    path = tmp_path / "world.sock"
    server = WorldServer(path, RLock(), rig.chip, lambda: SimCamera(rig.world, rig.clock.mono), board)
    server.start()
    monkeypatch.setenv(WORLD_VARIABLE, str(path))
    yield board
    server.close()


def test_pins_that_a_dead_gatekeeper_has_left_high_are_brought_low(board: Board, tmp_path: Path) -> None:
    site = parse(site_tree(tmp_path), tmp_path / "site.toml")
    factory = open_pin_factory("world")
    relays = make_relays(site.gate, factory, lambda: 0.0)
    for relay in relays.values():
        relay.open()
        relay.energise(4.0)
    factory.close()  # as when its process is killed: nobody has driven the relays to rest
    assert board.level(GATE_PIN)
    assert board.level(LAMP_PIN)
    assert bring_to_rest(site) == 0
    assert not board.level(GATE_PIN)
    assert not board.level(LAMP_PIN)


def test_a_relay_that_does_not_answer_is_named_and_keeps_no_other_from_resting(
    board: Board, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = parse(site_tree(tmp_path), tmp_path / "site.toml")
    board.write(GATE_PIN, True)
    board.write(LAMP_PIN, True)
    board.broken = GATE_PIN
    assert bring_to_rest(site) == 1
    assert not board.level(LAMP_PIN)
    assert f"GPIO {GATE_PIN}" in capsys.readouterr().err


def test_without_pins_it_says_so_and_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(WORLD_VARIABLE, str(tmp_path / "nobody.sock"))
    site = parse(site_tree(tmp_path), tmp_path / "site.toml")
    assert bring_to_rest(site) == 1
    assert "does not answer" in capsys.readouterr().err
