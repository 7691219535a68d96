"""A gatekeeper that dies: its relay comes to rest, and none moves without a grant that is on disk."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from drivers.gate import LEASE_CAP_S
from kiosk.core import passage as entries
from kiosk.core.commands import JsonValue
from kiosk.journal.store import Journal
from sim.clock import DAY_BEGINS
from sim.pins import Edge
from tests.gatekeeper.deaths import Witness, many_deaths, time_to_rest
from tests.gatekeeper.real_gate import RealGate
from tests.gatekeeper.rig import GATE_PIN

FALLING = "tests.gatekeeper.falling"


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[RealGate]:
    with RealGate(tmp_path / "kiosk", pulse_s=LEASE_CAP_S, module=FALLING) as gate:
        gate.start()
        yield gate


@pytest.mark.slow
@pytest.mark.alone
def test_the_relay_rests_within_a_second_of_an_orderly_end_a_mistake_and_a_kill(gate: RealGate) -> None:
    random = Random(3)
    assert time_to_rest(gate, signal.SIGTERM, random) < 1.0
    assert time_to_rest(gate, signal.SIGUSR1, random) < 1.0, "an exception in the loop"
    assert time_to_rest(gate, signal.SIGKILL, random) < 1.0


@pytest.mark.slow
@pytest.mark.alone
def test_the_relay_rests_as_soon_where_the_site_file_is_half_written_when_the_gatekeeper_is_killed(
    gate: RealGate,
) -> None:
    site_file = gate.state / "site.toml"
    whole = site_file.read_text(encoding="utf-8")
    assert time_to_rest(gate, signal.SIGKILL, Random(3), lambda: site_file.write_text(whole[:40])) < 1.0
    site_file.write_text(whole, encoding="utf-8")
    assert time_to_rest(gate, signal.SIGTERM, Random(4), site_file.unlink) < 1.0


@pytest.mark.slow
@pytest.mark.alone
def test_no_relay_moves_without_a_grant_on_disk_however_often_the_gatekeeper_is_killed(
    tmp_path: Path,
) -> None:
    toll = many_deaths(tmp_path / "kiosk", kills=4, seed=2)
    assert toll.rises
    assert (toll.unrecorded, toll.too_long, toll.left_energised, toll.lost_starts) == (0, 0, 0, 0)


class Disk:
    """A journal, and a witness that reads it."""

    def __init__(self, path: Path) -> None:
        self.journal = Journal(path, "kiosk-7", device_key=Ed25519PrivateKey.generate())
        self.journal.open()
        self.witness = Witness(path)
        self._time_s = 0.0

    def write(self, kind: str, passage: int, **data: JsonValue) -> None:
        self.journal.append_many([(kind, {"passage": passage, **data}, DAY_BEGINS, True)])

    def pulse(self, seconds: float) -> None:
        self.witness.feels(Edge(self._time_s, GATE_PIN, True))
        self.witness.feels(Edge(self._time_s + seconds, GATE_PIN, False))
        self._time_s += 60.0

    @property
    def found(self) -> tuple[int, int, int]:
        return self.witness.rises, len(self.witness.unrecorded), len(self.witness.too_long)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    disk = Disk(tmp_path / "journal.db")
    yield disk
    disk.journal.close()


def test_a_witness_lets_one_pulse_go_for_each_grant_on_disk(disk: Disk) -> None:
    disk.write(entries.DECIDED, 1, outcome="grant")
    disk.pulse(4.0)
    assert disk.found == (1, 0, 0)
    disk.pulse(4.0)
    assert disk.found == (2, 1, 0), "one grant is good for one pulse"
    disk.write(entries.DECIDED, 2, outcome="grant")
    disk.pulse(4.0)
    assert disk.found == (3, 1, 0)


def test_a_witness_tells_of_a_pulse_for_a_refusal_or_for_a_grant_that_has_ended(disk: Disk) -> None:
    disk.write(entries.DECIDED, 1, outcome="refer")
    disk.pulse(4.0)
    disk.write(entries.DECIDED, 2, outcome="grant")
    disk.write(entries.ANNULLED, 2)
    disk.pulse(4.0)
    assert disk.found == (2, 2, 0)


def test_a_witness_tells_of_a_pulse_before_there_is_any_journal(tmp_path: Path) -> None:
    witness = Witness(tmp_path / "journal.db")
    witness.feels(Edge(0.0, GATE_PIN, True))
    assert len(witness.unrecorded) == 1


def test_a_witness_tells_of_a_pulse_beyond_the_cap(disk: Disk) -> None:
    disk.write(entries.DECIDED, 1, outcome="grant")
    disk.pulse(LEASE_CAP_S + 0.1)
    assert disk.found == (1, 0, 1)
