"""What a checkpoint has recorded, as the entries of a journal, and that through the checkpoint again."""

from __future__ import annotations

import json
from collections.abc import Sequence

from kiosk.core.commands import Record
from kiosk.core.replay.replay import Beginning, Report, replay
from kiosk.gatekeeper.restore import LOOK_BACK_ENTRIES, past_told_by
from kiosk.journal.envelope import canonical, rfc3339
from kiosk.journal.reader import Entry

WHOLE = Beginning()


def entries_of(records: Sequence[Record]) -> list[Entry]:
    """As they stand in a journal in this order."""
    return [
        Entry(seq, each.type, rfc3339(each.at.utc), each.at.utc_trusted, json.loads(canonical(each.data)))
        for seq, each in enumerate(records)
    ]


def replayed(entries: Sequence[Entry], beginning: Beginning = WHOLE, note: str = "") -> Report:
    return replay(entries, lambda before: past_told_by(note, before), beginning, LOOK_BACK_ENTRIES)
