"""What a checkpoint has recorded, as the entries of a journal, and that through the checkpoint again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from kiosk.core import passage as entries
from kiosk.core.commands import Record
from kiosk.core.events import (
    DoorClosed,
    DoorOpened,
    StaffAction,
    StaffIntent,
    StaffReason,
    StaffSignedIn,
    Started,
)
from kiosk.core.replay.replay import Beginning, Report, replay
from kiosk.core.rules import Rules
from kiosk.credentials.bundle import TrustBundle
from kiosk.gatekeeper.restore import LOOK_BACK_ENTRIES, past_told_by
from kiosk.journal.envelope import canonical, rfc3339
from kiosk.journal.reader import Entry
from kiosk.terms import Instant
from tests.core.playbook import BUNDLE, MORNING, RULES, Playbook

WHOLE = Beginning()


def entries_of(records: Sequence[Record]) -> list[Entry]:
    """As they stand in a journal in this order."""
    return [
        Entry(seq, each.type, rfc3339(each.at.utc), each.at.utc_trusted, json.loads(canonical(each.data)))
        for seq, each in enumerate(records)
    ]


def replayed(entries: Sequence[Entry], beginning: Beginning = WHOLE, note: str = "") -> Report:
    return replay(entries, lambda before: past_told_by(note, before), beginning, LOOK_BACK_ENTRIES)


def all_come_again(journal: Sequence[Record]) -> None:
    """What reached the disk, in whatever order, gives the same decisions and ends."""
    # In the order in which they were asked for, as the journal's thread writes them.
    report = replayed(entries_of(sorted(journal, key=lambda record: record.record_id)))
    assert report.difference is None
    kinds = Counter(record.type for record in journal)
    if not report.statements:  # else a case of staff whose own decision never reached the disk
        assert report.decisions == kinds[entries.DECIDED]
        assert (report.passed, report.annulled) == (kinds[entries.PASSED], kinds[entries.ANNULLED])


class Recorded(Playbook):
    """A checkpoint that has been started, as each run of a kiosk is."""

    def __init__(
        self,
        rules: Rules = RULES,
        bundle: TrustBundle = BUNDLE,
        *,
        begins_at: datetime = MORNING,
        **more: Any,
    ) -> None:
        self.wall = begins_at - MORNING
        self.trusted = True
        super().__init__(rules, bundle, **more)
        self.happens(Started(self.now, {"version": "1"}, {}))

    @property
    def now(self) -> Instant:
        """On a wall clock that may be set, and doubted."""
        at = super().now
        return replace(at, utc=at.utc + self.wall, utc_trusted=self.trusted)

    def acts(self, action: StaffAction, **more: Any) -> Recorded:
        """Somebody of the staff does it."""
        self.happens(StaffSignedIn(self.now, "07"))
        self.happens(StaffIntent(self.now, action, StaffReason.OTHER, **more))
        return self

    def goes_through(self) -> Recorded:
        """The door opens and closes within three seconds."""
        self.wait(1.2).happens(DoorOpened(self.now))
        self.wait(1.5).happens(DoorClosed(self.now))
        self.wait(1.0)
        return self

    def entries(self) -> list[Entry]:
        return entries_of(self.journal)

    def again(self) -> Report:
        return replayed(self.entries())


def changed(entries: Sequence[Entry], seq: int, **data: object) -> list[Entry]:
    """The entries, with something else in one of them."""
    return [replace(each, data={**each.data, **data}) if each.seq == seq else each for each in entries]


def seqs(entries: Sequence[Entry], kind: str) -> list[int]:
    return [each.seq for each in entries if each.type == kind]
