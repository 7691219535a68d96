"""What the last run has left behind, found when a journal is opened for writing.

SQLite has by then put back what a power cut left in its write-ahead log. What
is looked at here is whether that is the log which was written:

1. The newest entries, or all where the run before has met damage, with the tree
   heads and receipts over them; and the other tables (`soundness`).
2. The witness: a log that is shorter than it was, or of another root at that
   size, has lost entries or has been changed.
3. The receipts and tree heads: nothing vouches for more than there is.

Whatever fails here is JournalDamaged: the file is not gone on with. Older
entries are looked at in small steps while the kiosk runs (`scrub`), and all of
them by `kiosk journal verify`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.journal.errors import JournalDamaged
from kiosk.journal.schema import CLOSED, SUSPECT
from kiosk.journal.soundness import check_entries, check_tables
from kiosk.journal.tree_head import MAX_SIZE

if TYPE_CHECKING:
    from kiosk.journal.reader import JournalReader
    from kiosk.journal.witness import Mark

NEWEST = 20_000


@dataclass(frozen=True, slots=True)
class Found:
    """What was found. `wal_bytes` had not been copied into the database; `has_witness` False: it was gone."""

    entries: int
    acknowledged: int
    ended_in_order: bool
    wal_bytes: int
    checked: int
    has_witness: bool


def examine(journal: JournalReader, mark: Mark | None, wal_bytes: int, state: int) -> Found:
    """`state` is that of the run before. Raises JournalDamaged with what is wrong, other JournalErrors."""
    size, acknowledged = journal.size, journal.acknowledged
    first = 0 if state == SUSPECT else max(0, size - NEWEST)
    check_tables(journal)
    check_entries(journal, first, size)
    epoch = journal.owner[1]
    if mark is not None and mark.epoch > epoch:
        raise JournalDamaged(f"{journal.path}: is log {epoch} of this device, and there was a {mark.epoch}.")
    if mark is not None and mark.epoch == epoch:
        _check_witness(journal, mark, size)
    if acknowledged > size:
        raise JournalDamaged(
            f"{journal.path}: holds {size} entries, and the hub has acknowledged {acknowledged}."
        )
    longest = max(journal.tree_heads(size, MAX_SIZE), default=size)
    if longest > size:
        raise JournalDamaged(f"{journal.path}: holds {size} entries, and a tree head is for {longest}.")
    has_witness = size == 0 or mark is not None
    return Found(size, acknowledged, state == CLOSED, wal_bytes if state else 0, size - first, has_witness)


def _check_witness(journal: JournalReader, mark: Mark, size: int) -> None:
    if mark.size > size:
        raise JournalDamaged(
            f"{journal.path}: entries {size} to {mark.size - 1} were on disk and are there no more: "
            "the disk has not kept what it said it had written, or an older file was put back."
        )
    if journal.root_at(mark.size) != mark.root:
        raise JournalDamaged(f"{journal.path}: is not the log that was written, up to entry {mark.size - 1}.")
