"""Does a range of a journal hold what was written? Asked at a start, and of older entries while it runs.

As in `verify`, but of a part: each number, envelope, data, leaf hash and
subtree; what vouches for them, the tree heads and the receipts; and the tables
of a few rows whole, with their indices. A disk that tears a page may do so in
any of them, and a log that is gone on with must verify for good.

A tree head that names this device's key must be signed by it. One of another
key counts as another key's only where none of the range is ours.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import chain
from typing import TYPE_CHECKING

from kiosk.journal.envelope import data_hash
from kiosk.journal.errors import JournalDamaged, JournalUnavailable
from kiosk.journal.merkle import MerkleError, leaf_hash
from kiosk.journal.receipts import ReceiptError, read_unverified, signed_time_s
from kiosk.journal.signed_note import NoteError, is_signed_under
from kiosk.journal.tree_head import HEAD_EVERY, ORIGIN_PREFIX, TreeHead, open_note
from kiosk.journal.tree_head import read_unverified as read_head

if TYPE_CHECKING:
    from kiosk.journal.reader import JournalReader, StoredEntry, StoredReceipt

_CHUNK = 2_000


class _Differs(Exception):
    """Something is not what was written; the argument says what, as the end of a sentence."""


def check_entries(journal: JournalReader, start: int, end: int) -> None:
    """Hold entries `start` to `end` - 1 against their hashes, and what vouches for them against both.

    Raises JournalDamaged, JournalUnavailable.
    """
    try:
        _Range(journal, start, end).check()
    except JournalDamaged:
        raise
    except _Differs as found:
        raise JournalDamaged(f"{journal.path}: {found}.") from None
    except (JournalUnavailable, MerkleError, TypeError, ValueError) as error:  # rows may hold anything at all
        raise JournalDamaged(f"{journal.path}: entries {start} to {end - 1}: {error}") from error


def check_tables(journal: JournalReader) -> None:
    """Tables with a row for many entries, or one in all. Raises JournalDamaged, JournalUnavailable."""
    problems = journal.table_problems()
    if problems:
        raise JournalDamaged(f"{journal.path}: is damaged: {problems[0]}.")
    forgotten, note = journal.forgotten
    if not 0 <= forgotten <= journal.acknowledged:
        raise JournalDamaged(
            f"{journal.path}: the data of {forgotten} entries is deleted; "
            f"{journal.acknowledged} are acknowledged."
        )
    try:
        is_sound = not note or isinstance(json.loads(note), dict)
    except (ValueError, RecursionError):
        is_sound = False
    if not is_sound:
        raise JournalDamaged(f"{journal.path}: the note of what is deleted is not the one that was written.")


class _Range:
    """Raises _Differs, and what reading and parsing raise."""

    def __init__(self, journal: JournalReader, start: int, end: int) -> None:
        self._journal = journal
        self._start, self._end = start, end
        self._log = journal.log
        self._forgotten = journal.forgotten[0]
        self._frontier = journal.frontier_at(start)
        self._roots: dict[int, bytes] = {}

    def check(self) -> None:
        heads = self._journal.tree_heads(self._start, self._end)
        receipts = self._journal.receipts(self._start, self._end)
        vouched_for = frozenset(chain(heads, receipts))
        for begin in range(self._start, self._end, _CHUNK):
            for entry in self._journal.stored(begin, min(_CHUNK, self._end - begin)):
                self._check_entry(entry)
                if self._frontier.size in vouched_for:
                    self._roots[self._frontier.size] = self._frontier.root()
        if self._frontier.size != self._end or self._frontier.root() != self._journal.root_at(self._end):
            raise _Differs(f"entries {self._start} to {self._end - 1} are not what was written")
        self._check_heads(heads)
        for size, receipt in receipts.items():
            self._check_receipt(size, receipt)

    def _check_entry(self, entry: StoredEntry) -> None:
        seq = self._frontier.size
        if entry.seq != seq or leaf_hash(entry.envelope) != entry.leaf_hash:
            raise _Differs(f"entry {seq} is not what was written")
        if self._frontier.append(entry.leaf_hash) != entry.subtree:
            raise _Differs(f"entry {seq} does not go on from those before it")
        attributes = json.loads(entry.envelope)
        if (attributes["id"], attributes["source"]) != (str(seq), ORIGIN_PREFIX + self._log):
            raise _Differs(f"entry {seq} is another entry")
        is_deleted = seq < self._forgotten and not entry.data and not entry.salt
        if not is_deleted and attributes["datahash"] != data_hash(entry.salt, entry.data):
            raise _Differs(f"the data of entry {seq} is not what was written")

    def _check_heads(self, heads: Mapping[int, str]) -> None:
        """Where any is kept, one of each 256 entries is."""
        expected = range(self._start - self._start % HEAD_EVERY + HEAD_EVERY, self._end + 1, HEAD_EVERY)
        missing = next((size for size in expected if size not in heads), None)
        if missing is not None and (self._journal.device_public_key is not None or heads):
            raise _Differs(f"the tree head for {missing} entries is missing")
        for size, note in heads.items():
            if read_head(note) != TreeHead(self._log, size, self._roots[size]):
                raise _Differs(f"the tree head for {size} entries is not what was written")
        key, name = self._journal.device_public_key, ORIGIN_PREFIX + self._log
        claimed = {key is not None and is_signed_under(note, name, key) for note in heads.values()}
        if key is None or True not in claimed:
            return
        for size, note in heads.items():
            try:
                open_note(note, key)
            except NoteError as error:
                raise _Differs(f"the tree head for {size} entries is not what was signed: {error}") from None

    def _check_receipt(self, size: int, receipt: StoredReceipt) -> None:
        if not receipt.document:
            return
        try:
            said = read_unverified(json.loads(receipt.document))
        except (ReceiptError, ValueError, RecursionError) as error:
            raise _Differs(f"the receipt for {size} entries is not what the hub gave: {error}") from None
        is_this = (said.size, said.root) == (size, self._roots[size])
        if not is_this or receipt.time_s != signed_time_s(receipt.document):
            raise _Differs(f"the receipt for {size} entries is for another history than this")
