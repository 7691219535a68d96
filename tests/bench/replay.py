"""How fast a journal is replayed: a day's decisions through the rules again.

The entries are those of a simulated gate, written by the real checkpoint; what is timed is reading them from
the journal and replaying them, not verifying them (`tests.bench.journal`).
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from kiosk.cli.journal_replay import replay_source
from kiosk.cli.journal_source import JournalSource
from kiosk.core.events import DoorClosed, DoorOpened
from kiosk.core.rules import DoorRules
from kiosk.journal.store import Journal
from tests.bench.figures import Figure, show
from tests.core.playbook import WARM, WELL, code, rules_with
from tests.core.replay.replaying import Recorded

PEOPLE, FEW_PEOPLE = 2_500, 300
PER_SECOND = 1_000.0
"""A month of 150,000 entries in under three minutes."""


def measure(people: int = PEOPLE) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.db"
        written = _write(path, people)
        source = JournalSource(path)
        began_s = time.perf_counter()
        report = replay_source(source)
        took_s = time.perf_counter() - began_s
    assert report.difference is None
    assert report.decisions == 2 * people
    return [Figure(f"{written} entries replayed, a second", written / took_s, "entries", at_least=PER_SECOND)]


def _write(path: Path, people: int) -> int:
    """Everybody comes in and goes out again; each tenth is too warm. Gives the number of entries."""
    play = Recorded(rules_with(door=DoorRules()))
    for number in range(people):
        cti, is_warm = number.to_bytes(8), number % 10 == 0
        shown = code(cti=cti, shown_at=play.now.utc, lifetime_s=80_000)
        play.scan(shown).wait(0.8)
        phase = play.checkpoint.phase()
        if hasattr(phase, "passage"):
            play.sample(WARM if is_warm else WELL, phase.passage.id)
        _walk(play)
        play.scan(code(cti=cti, shown_at=play.now.utc, lifetime_s=80_000), "exit-scanner")
        _walk(play)
    with Journal(path, "kiosk-7") as journal:
        drafts = [(each.type, each.data, each.at.utc, each.at.utc_trusted) for each in play.journal]
        for start in range(0, len(drafts), 64):
            journal.append_many(drafts[start : start + 64])
    return len(drafts)


def _walk(play: Recorded) -> None:
    play.wait(1.0).happens(DoorOpened(play.now))
    play.wait(1.2).happens(DoorClosed(play.now))
    play.wait(8.0)


if __name__ == "__main__":
    sys.exit(0 if show("Replay", measure()) else 1)
