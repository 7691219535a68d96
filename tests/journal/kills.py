"""A whole gatekeeper in a process that is killed: people pass in it until then.

`python -m tests.journal.kills STATE NUMBER AFTER`: life number NUMBER in that
state folder. With AFTER at least 1 the process kills itself when that many
entries have been answered, which is after the commit and before anything moves
for it; with 0 somebody else does. What it has answered and moved is written to
standard output at once.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random

from kiosk.core import passage as entries
from kiosk.core.events import Recorded, RecordFailed
from kiosk.journal.reader import Entry, JournalReader
from kiosk.journal.verify import verify
from tests.gatekeeper.rig import GATE_PIN, Rig

HOUR_S = 3600.0
MOST_VISITS = 200
"""Nobody lives so long; a life in which nothing is answered ends all the same."""
KINDS = ("green_well", "red", "green_well", "web_address")


def live(state: Path, number: int, kill_after: int) -> None:
    """Until it is killed. Each life begins an hour after the one before."""
    rig = Rig(state)
    rig.clock.sleep(number * HOUR_S)
    rig.pins.listeners.append(lambda edge: _say(f"moved {edge.pin} {int(edge.level)}"))
    rig.start()
    post, answered = rig.kiosk.writer._post, [0]

    def tell(answer: Recorded | RecordFailed) -> None:
        if isinstance(answer, Recorded):
            _say(f"answered {answer.seq}")
            answered[0] += 1
            if answered[0] == kill_after:
                os.kill(os.getpid(), signal.SIGKILL)
        post(answer)

    rig.kiosk.writer._post = tell
    rig.run(12.0)
    _say("ready")
    for visit in range(MOST_VISITS):
        rig.visit(KINDS[visit % len(KINDS)])


def _say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


@dataclass(frozen=True, slots=True)
class Death:
    """What one life had said until it was killed."""

    last_answered: int
    released: int


def one_death(state: Path, number: int, random: Random) -> Death:
    """Start a life and kill it, at a random moment or right after a commit."""
    kill_after = random.choice([0, random.randrange(1, 8)])
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.journal.kills", str(state), str(number), str(kill_after)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines = []
    if kill_after == 0:
        for line in process.stdout:
            lines.append(line)
            if line == "ready\n":
                break
        time.sleep(random.uniform(0.0, 1.0))
        process.kill()
    lines += process.stdout.read().splitlines(keepends=True)
    process.stdout.close()
    process.wait()
    said = [line.split() for line in lines if line.endswith("\n")]
    answered = [int(words[1]) for words in said if words[0] == "answered"]
    released = sum(words[:2] == ["moved", str(GATE_PIN)] and words[2] == "1" for words in said)
    return Death(max(answered, default=-1), released)


@dataclass(frozen=True, slots=True)
class Toll:
    """What many deaths have cost. Anything but 0 is a fault."""

    lost: int
    unsound: int
    released_unrecorded: int
    left_open: int


def many_deaths(state: Path, deaths: int, seed: int) -> Toll:
    """One journal through all of them, and an orderly life at the end."""
    random = Random(seed)
    lost = unsound = released = 0
    for number in range(deaths):
        death = one_death(state, number, random)
        report = verify(state / "journal.db")
        lost += report.entries <= death.last_answered
        unsound += not report.ok
        released += death.released
    rig = Rig(state)
    rig.clock.sleep(deaths * HOUR_S)
    rig.start().stop()
    with JournalReader(state / "journal.db") as journal:
        written = journal.entries(0, journal.size)
    granted = _passages(written, entries.DECIDED, outcome="grant")
    followed = _passages(written, entries.PASSED) + _passages(written, entries.ANNULLED)
    left_open = sum(followed[passage] != 1 for passage in granted)
    return Toll(lost, unsound, max(0, released - sum(granted.values())), left_open)


def _passages(written: list[Entry], kind: str, outcome: str | None = None) -> Counter[int]:
    return Counter(
        entry.data["passage"]
        for entry in written
        if entry.type == kind and (outcome is None or entry.data["outcome"] == outcome)
    )


if __name__ == "__main__":
    live(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
