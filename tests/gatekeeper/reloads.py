"""Site files, right and wrong ones, for a gatekeeper that runs while people come: what its relay does."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from kiosk.core import passage as entries
from kiosk.gatekeeper.reload import CONFIGURATION, GIVES_UP_S
from kiosk.journal.reader import Entry, JournalReader
from kiosk.terms import Outcome
from tests.gatekeeper.deaths import RESTS_WITHIN_S, STARTING_S, Crowd, Witness, wait_for_a_moment
from tests.gatekeeper.real_gate import RealGate

TAKEN_UP_WITHIN_S = GIVES_UP_S + 2.0
TRIES = 3
PULSES_S = (1.0, 4.0)


@dataclass(frozen=True, slots=True)
class ReloadToll:
    """What many reloads have come to; but for `rises` and `given_up` anything but 0 is a fault.

    `given_up`: how often one was put off, since somebody was in a passage all the time.
    """

    rises: int
    unrecorded: int
    too_long: int
    left_energised: int
    given_up: int
    not_taken_up: int
    fallen: int
    unfollowed: int
    cut_off: int


def many_reloads(state: Path, right: int, wrong: int, seed: int) -> ReloadToll:
    """SIGHUP at random moments while people come: at starts, with a code, in a passage."""
    random = Random(seed)
    left_energised = not_taken_up = fallen = given_up = 0
    with RealGate(state) as gate:
        witness = Witness(gate.site.journal_path)
        gate.pins.listeners.append(witness.feels)
        gate.start()
        until_it_serves(gate)
        with Crowd(gate, Random(f"crowd {seed}")).comes():
            files = [True] * right + [False] * wrong
            random.shuffle(files)
            for is_right in files:
                wait_for_a_moment(gate, random)
                if not is_right:
                    fallen += not goes_on_with_a_wrong_file(gate)
                    continue
                gate.configure(pulse_s=random.choice(PULSES_S))
                tries = next((number for number in range(TRIES) if takes_up(gate)), TRIES)
                given_up, not_taken_up = given_up + tries, not_taken_up + (tries == TRIES)
                left_energised += gate.pid is None and gate.is_energised
                until_it_serves(gate)
        gate.run(STARTING_S + PULSES_S[-1])  # whoever was granted goes, or is annulled
    with JournalReader(state / "journal.db") as journal:
        written = journal.entries(0, journal.size)
    return ReloadToll(
        witness.rises,
        len(witness.unrecorded),
        len(witness.too_long),
        left_energised,
        given_up,
        not_taken_up,
        fallen,
        unfollowed(written),
        sum(entry.type == entries.ANNULLED and "cause" in entry.data for entry in written),
    )


def takes_up(gate: RealGate) -> bool:
    """The new file: whether the gatekeeper ends for it, in time and well."""
    assert gate.child is not None
    assert gate.run_until(lambda: gate.pid is not None, RESTS_WITHIN_S)
    before = gate.pid
    gate.child.exit_status = None
    gate.kill(signal.SIGHUP)
    return gate.run_until(lambda: gate.pid != before, TAKEN_UP_WITHIN_S) and gate.child.exit_status == 0


def goes_on_with_a_wrong_file(gate: RealGate) -> bool:
    """Whether the same process says so on the screen; the file is corrected afterwards."""
    before, pulse_s = gate.pid, gate.pulse_s
    told_before = faults_told(gate)
    gate.misconfigure()
    gate.kill(signal.SIGHUP)
    is_said = gate.run_until(lambda: gate.pid != before or faults_told(gate) > told_before, RESTS_WITHIN_S)
    gate.configure(pulse_s=pulse_s)
    return is_said and gate.pid == before


def until_it_serves(gate: RealGate) -> None:
    """The gatekeeper has come as far as its screen, so that it has its handlers too."""
    gate.view = None
    assert gate.run_until(lambda: gate.pid is not None and gate.view is not None, RESTS_WITHIN_S)


def faults_told(gate: RealGate) -> int:
    """How often the journal says that a configuration is not in force."""
    with JournalReader(gate.state / "journal.db") as journal:
        written = journal.entries(0, journal.size)
    return len([1 for entry in written if is_refusal(entry)])


def is_refusal(entry: Entry) -> bool:
    return entry.type == entries.DEVICE_FAULTED and entry.data["device"] == CONFIGURATION


def unfollowed(written: Sequence[Entry]) -> int:
    """Grants of which nothing further is said."""
    granted = {
        entry.data["passage"]
        for entry in written
        if entry.type == entries.DECIDED and entry.data["outcome"] == Outcome.GRANT.value
    }
    followed = {
        entry.data["passage"] for entry in written if entry.type in (entries.PASSED, entries.ANNULLED)
    }
    return len(granted - followed)
