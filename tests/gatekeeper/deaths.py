"""How a gatekeeper dies while people come, and what its relay does: judged by pins and journal alone."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from drivers.gate import LEASE_CAP_S
from kiosk.core import passage as entries
from kiosk.journal.errors import JournalError
from kiosk.journal.reader import JournalReader
from kiosk.terms import Outcome
from sim.pins import Edge
from tests.gatekeeper.real_gate import RealGate
from tests.gatekeeper.rig import GATE_PIN

PULSE_WITHIN_S = 5.0
RESTS_WITHIN_S = 20.0
SHORT_PAUSE_S = 0.05
ENTRIES_AT_ONCE = 256
STARTING_S, PASSING_S = 1.8, 1.5


# -- how long until rest


def time_to_rest(
    gate: RealGate, how: signal.Signals, random: Random, just_before: Callable[[], object] = lambda: None
) -> float:
    """Let somebody be released and the gatekeeper die in the middle of the pulse; seconds until rest.

    Nobody opens the door and the pulse is the longest there is, so it is the death that ends it. Raises
    AssertionError when no pulse begins, or none ends.
    """
    assert gate.child is not None
    gate.child.pause_s = SHORT_PAUSE_S
    released = len(gate.rises)
    for _ in range(3):
        gate.scan()
        if gate.run_until(lambda: len(gate.rises) > released, PULSE_WITHIN_S):
            break
    assert len(gate.rises) > released, "nobody is released"
    gate.run(random.uniform(0.0, 0.5))
    rested = len(gate.falls)
    just_before()
    died_s = gate.kill(how)
    assert gate.run_until(lambda: len(gate.falls) > rested, RESTS_WITHIN_S), "the relay does not rest"
    gate.run_until(lambda: gate.pid is not None, RESTS_WITHIN_S)
    return gate.falls[rested].at_s - died_s


# -- what moves the relay


@dataclass
class Witness:
    """Looks into the journal on disk at the very moment of each edge, before the edge is acknowledged.

    `unrecorded`: rises for which there was no grant of their own on disk, not followed yet. `too_long`:
    times energised beyond the cap.
    """

    journal: Path
    unrecorded: list[Edge] = field(default_factory=list)
    too_long: list[float] = field(default_factory=list)
    rises: int = 0
    _open: set[int] = field(default_factory=set)
    _read: int = 0
    _rose_s: float | None = None

    def feels(self, edge: Edge) -> None:
        if edge.pin != GATE_PIN:
            return
        if not edge.level:
            if self._rose_s is not None and edge.at_s - self._rose_s > LEASE_CAP_S:
                self.too_long.append(edge.at_s - self._rose_s)
            self._rose_s = None
            return
        self._rose_s = edge.at_s
        self.rises += 1
        self._catch_up()
        if not self._open:
            self.unrecorded.append(edge)
        self._open.clear()  # whoever is released, no earlier grant is good for another pulse

    def _catch_up(self) -> None:
        try:
            with JournalReader(self.journal) as journal:
                while written := journal.entries(self._read, ENTRIES_AT_ONCE):
                    for entry in written:
                        if entry.type == entries.DECIDED and entry.data["outcome"] == Outcome.GRANT.value:
                            self._open.add(entry.data["passage"])
                        elif entry.type in (entries.PASSED, entries.ANNULLED):
                            self._open.discard(entry.data["passage"])
                    self._read += len(written)
        except JournalError:
            self._open.clear()


class Crowd:
    """People without end, on a thread of their own: at the exit, and at the entrance with face and phone."""

    def __init__(self, gate: RealGate, random: Random) -> None:
        self._gate = gate
        self._random = random
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._come, name="crowd")

    @contextmanager
    def comes(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            self._thread.join()

    def _come(self) -> None:
        while not self._stopping.is_set():
            released = len(self._gate.rises)
            if self._random.random() < 0.6:
                self._gate.scan()
                self._wait_for_release(released, 1.0)
            else:
                self._gate.stand()
                self._stopping.wait(self._random.uniform(0.0, 0.3))
                self._gate.scene.hold_up(self._gate.new_code(), seed=self._random.randrange(1000))
                self._wait_for_release(released, 2.5)
            self._gate.scene.hold_up(None)
            if len(self._gate.rises) > released and self._random.random() < 0.7:
                self._go_through()
            self._gate.scene.stand(None)
            self._stopping.wait(self._random.uniform(0.0, 0.4))

    def _wait_for_release(self, released: int, at_most_s: float) -> None:
        for _ in range(round(at_most_s / 0.02)):
            if len(self._gate.rises) > released or self._stopping.wait(0.02):
                return

    def _go_through(self) -> None:
        self._stopping.wait(self._random.uniform(0.0, 0.3))
        self._gate.scene.door_open = True
        self._stopping.wait(self._random.uniform(0.1, 0.4))
        self._gate.scene.door_open = False


@dataclass(frozen=True, slots=True)
class Toll:
    """What many deaths have come to; but for `rises` and `grants` anything but 0 is a fault."""

    rises: int
    grants: int
    unrecorded: int
    too_long: int
    left_energised: int
    lost_starts: int


def many_deaths(state: Path, kills: int, seed: int) -> Toll:
    """SIGKILL at `kills` random moments while people come: at starts, with a code, in a passage."""
    random = Random(seed)
    left_energised = lost_starts = 0
    with RealGate(state) as gate:
        witness = Witness(gate.site.journal_path)
        gate.pins.listeners.append(witness.feels)
        child = gate.start()
        with Crowd(gate, Random(f"crowd {seed}")).comes():
            for _ in range(kills):
                wait_for_a_moment(gate, random)
                child.pause_s = SHORT_PAUSE_S
                gate.kill(signal.SIGKILL)
                gate.run_until(lambda: gate.pid is None, RESTS_WITHIN_S)
                left_energised += gate.is_energised  # what comes after a death has been done by now
                lost_starts += not gate.run_until(lambda: gate.pid is not None, RESTS_WITHIN_S)
            gate.run(STARTING_S)
    left_energised += gate.is_energised
    with JournalReader(state / "journal.db") as journal:
        written = journal.entries(0, journal.size)
    grants = sum(
        entry.type == entries.DECIDED and entry.data["outcome"] == Outcome.GRANT.value for entry in written
    )
    return Toll(
        witness.rises, grants, len(witness.unrecorded), len(witness.too_long), left_energised, lost_starts
    )


def wait_for_a_moment(gate: RealGate, random: Random) -> None:
    """While it starts, at any time, or in the middle of a passage."""
    kind = random.choice(["start", "passage", "passage"])
    if kind == "start":
        gate.run(random.uniform(0.0, STARTING_S))
        return
    released = len(gate.rises)
    if gate.run_until(lambda: len(gate.rises) > released, PULSE_WITHIN_S):
        # From the relay's own edge on: at once, during the pulse, or before the next person's.
        gate.run(random.choice([0.0, random.uniform(0.0, 0.2), random.uniform(0.0, PASSING_S)]))
