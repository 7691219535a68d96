"""`kiosk gate-safe` over the world's own socket: the pins outlive whoever drove them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import RLock

import pytest

from drivers.pins import open_pin_factory
from kiosk.config import PINS_UNFIT_FOR_A_RELAY, parse
from kiosk.gatekeeper import relays_note
from kiosk.gatekeeper.gate import make_relays
from kiosk.gatekeeper.gate_safe import bring_to_rest
from kiosk.gatekeeper.rest_at_once import RELAY_PINS, rest_at_once
from sim.camera import SimCamera
from sim.pins import BoardPinFactory, Pins
from sim.remote import WORLD_VARIABLE
from sim.server import WorldServer
from tests.gatekeeper.lane_tree import OUT_GATE_PIN, two_lane_tree
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


TWO_RELAYS = 'outputs = [{ id = "gate", pin = 17 }, { id = "lamp", pin = 27 }]\nbuzzer_pin = 22'


def left_energised(board: Board, tmp_path: Path, gate: str) -> set[int]:
    """The pins that are still high after `rest_at_once` with this table `gate`, of all that were."""
    path = tmp_path / "site.toml"
    path.write_text(f'nonsense = 1\n[gate]\npin_factory = "world"\n{gate}\n', encoding="utf-8")
    every_pin = range(28)
    for pin in every_pin:
        board.write(pin, True)
    rest_at_once(path)
    return {pin for pin in every_pin if board.level(pin)}


def test_relays_rest_at_once_though_the_site_file_is_wrong_elsewhere(board: Board, tmp_path: Path) -> None:
    assert set(range(28)) - left_energised(board, tmp_path, TWO_RELAYS) == {GATE_PIN, LAMP_PIN, 22}


def test_lamps_go_dark_at_once_as_well(board: Board, tmp_path: Path) -> None:
    lamps = "granted_lamp_pin = 12\nrefused_lamp_pin = 13"
    assert set(range(28)) - left_energised(board, tmp_path, lamps) == {12, 13}


def test_the_lamps_of_further_lanes_go_dark_at_once_as_well(board: Board, tmp_path: Path) -> None:
    lanes = """[[lanes]]
granted_lamp_pin = 20
[lanes.thermal]
[[lanes]]
granted_lamp_pin = 14
refused_lamp_pin = 21"""
    assert set(range(28)) - left_energised(board, tmp_path, lanes) == {20, 21}


@pytest.mark.parametrize(
    "gate",
    [
        "outputs = 17",
        "outputs = [17, [18], { pin = '17' }, { pin = true }, { pin = 9999 }, { pin = -1 }]",
        "outputs = [{ pin = 2 }, { pin = 14 }]",
        "buzzer_pin = 1.5",
        "",
    ],
)
def test_what_is_no_relays_pin_is_left_alone(board: Board, tmp_path: Path, gate: str) -> None:
    assert left_energised(board, tmp_path, gate) == set(range(28))


def test_a_relay_that_does_not_answer_keeps_no_other_from_resting_at_once(
    board: Board, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board.write(GATE_PIN, True)
    board.write(LAMP_PIN, True)
    board.broken = GATE_PIN
    path = tmp_path / "site.toml"
    path.write_text(f'[gate]\npin_factory = "world"\n{TWO_RELAYS}\n', encoding="utf-8")
    rest_at_once(path)
    assert not board.level(LAMP_PIN)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("content", [b"\xff", b"[gate", b"gate = 3", b"a = " + b"[" * 30_000])
def test_a_file_that_cannot_be_read_moves_nothing_at_once(
    board: Board, tmp_path: Path, content: bytes
) -> None:
    board.write(GATE_PIN, True)
    (tmp_path / "site.toml").write_bytes(content)
    rest_at_once(tmp_path / "site.toml")
    rest_at_once(tmp_path / "nowhere.toml")
    assert board.level(GATE_PIN)


def test_a_relay_may_be_where_the_site_file_lets_it_be() -> None:
    assert set(range(28)) - PINS_UNFIT_FOR_A_RELAY == RELAY_PINS


@pytest.mark.slow
def test_resting_at_once_waits_for_no_library_that_only_the_whole_file_needs() -> None:
    said = subprocess.run(
        [sys.executable, "-c", "import sys, kiosk.cli.gate_safe; print(*sys.modules)"],
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split()
    assert {"gpiozero", "kiosk.gatekeeper.rest_at_once"} <= set(said)
    assert not {"numpy", "pydantic", "kiosk.config"} & set(said)


def test_the_doors_of_all_lanes_are_brought_to_rest(board: Board, tmp_path: Path) -> None:
    site = parse(two_lane_tree(tmp_path), tmp_path / "site.toml")
    factory = open_pin_factory("world")
    for relay in make_relays(site.gate, factory, lambda: 0.0).values():
        relay.open()
        relay.energise(4.0)
    factory.close()
    assert (board.level(GATE_PIN), board.level(OUT_GATE_PIN)) == (True, True)
    assert bring_to_rest(site) == 0
    assert (board.level(GATE_PIN), board.level(OUT_GATE_PIN)) == (False, False)


def noted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None = None) -> Path:
    """Where whoever starts a gatekeeper lets it leave its note."""
    note = tmp_path / "relays"
    monkeypatch.setenv(relays_note.VARIABLE, str(note))
    if content is not None:
        note.write_bytes(content)
    return note


@pytest.mark.parametrize("now", [b"[gate", None, b'[gate]\npin_factory = "world"\noutputs = [{ pin = 20 }]'])
def test_a_relay_of_the_gatekeeper_that_died_rests_whatever_the_site_file_is_by_now(
    board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: bytes | None
) -> None:
    noted(monkeypatch, tmp_path)
    relays_note.leave("world", parse(two_lane_tree(tmp_path), tmp_path / "site.toml").relay_pins)
    pins = (GATE_PIN, LAMP_PIN, OUT_GATE_PIN)
    for pin in (*pins, 20):
        board.write(pin, True)
    if now is not None:
        (tmp_path / "site.toml").write_bytes(now)
    rest_at_once(tmp_path / "site.toml")
    assert [board.level(pin) for pin in pins] == [False, False, False]
    assert board.level(20) is (b"20" not in (now or b""))


@pytest.mark.parametrize(
    "content",
    [
        b"\xff",
        b"[]",
        b"{}",
        b"[" * 5000,
        b'{"pins": 17, "pin_factory": "world"}',
        b'{"pins": ["17", true, 2, 14, 99, [17]], "pin_factory": "world"}',
        b'{"pins": [17], "pin_factory": 3}',
        b'{"pins": [17], "pin_factory": "nowhere"}',
    ],
)
def test_a_note_that_is_none_moves_nothing(
    board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    noted(monkeypatch, tmp_path, content)
    for pin in range(28):
        board.write(pin, True)
    rest_at_once(tmp_path / "nowhere.toml")
    assert all(board.level(pin) for pin in range(28))


def test_a_note_that_cannot_be_left_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(relays_note.VARIABLE, str(tmp_path / "nowhere" / "relays"))
    relays_note.leave("world", [GATE_PIN])
    assert "cannot be noted: No such file or directory" in capsys.readouterr().err
    monkeypatch.delenv(relays_note.VARIABLE)
    relays_note.leave("world", [GATE_PIN])
    assert capsys.readouterr().err == ""


def test_what_is_noted_is_what_is_energised(tmp_path: Path) -> None:
    tree = two_lane_tree(tmp_path)
    tree["gate"] |= {"buzzer_pin": 12, "granted_lamp_pin": 13}
    tree["lanes"][0]["refused_lamp_pin"] = 20
    site = parse(tree, tmp_path / "site.toml")
    relays = make_relays(
        site.gate, BoardPinFactory(Pins(lambda: 0.0, lambda _pin: False)), lambda: 0.0, site.lanes
    )
    assert len(site.relay_pins) == len(relays)
    assert {12, 13, 20, GATE_PIN, OUT_GATE_PIN} <= site.relay_pins
