"""Does a journal still hold exactly what was written? Walks every row, beside a running gatekeeper too.

Checked, and why each is not enough by itself:

1. Numbers without gaps, each leaf hash against its envelope, each envelope's
   number and data hash against its row, the stored subtrees against the
   hashes. Finds what was changed and not thought through.
2. The device's signed tree heads, one for each 256 entries. Find what was
   changed with all its hashes, by somebody without the device's key.
3. The hub's signed receipts, and tree heads that were kept elsewhere. Find
   what was changed with the device's key.
4. The witness beside the file. Finds a log that was cut short.

A problem names the entries that it lies among: the first of them, and the one
after the last, at most 256 apart wherever a tree head or a receipt is.
Data and salt that were deleted at the end of retention are no problem, where
the hub has acknowledged them.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.journal.envelope import data_hash
from kiosk.journal.errors import JournalUnavailable
from kiosk.journal.log_id import log_id
from kiosk.journal.merkle import Frontier, leaf_hash
from kiosk.journal.receipts import open_receipt
from kiosk.journal.schema import connect_read_only, explained
from kiosk.journal.signed_note import NoteError
from kiosk.journal.tree_head import HEAD_EVERY, ORIGIN_PREFIX, TreeHead, open_note
from kiosk.journal.tree_head import read_unverified as read_head
from kiosk.journal.witness import Mark, latest_mark, witness_path

MAX_PROBLEMS = 100

Place = tuple[int, int]
"""The first entry that a problem lies among, and the one after the last."""


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What a walk has found: `root` is 32 bytes, over the rows that are there; a problem is one sentence.

    `places` has one for each problem. `vouched_for`: how many of the entries stand under a tree head that
    the device's key has signed.
    """

    log: str
    entries: int
    root: bytes
    acknowledged: int
    forgotten: int
    vouched_for: int
    problems: tuple[str, ...]
    places: tuple[Place, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


@dataclass(frozen=True, slots=True)
class Trusted:
    """What a journal is held against besides itself; None and empty: not at hand.

    `witness_key` is that of `kiosk.journal.witness`, `tree_heads` are notes of this log kept elsewhere.
    """

    device_key: Ed25519PublicKey | None = None
    hub_key: Ed25519PublicKey | None = None
    witness_key: bytes | None = None
    tree_heads: Sequence[str] = ()


NOTHING = Trusted()


def verify(path: Path, trusted: Trusted = NOTHING) -> VerifyReport:
    """Walk the journal in one read transaction. Raises JournalMissing, JournalUnavailable (not a journal)."""
    mark: Mark | None = None
    if trusted.witness_key is not None:  # before the log, which goes on meanwhile
        mark = latest_mark(witness_path(path), trusted.witness_key)
    connection = connect_read_only(path)
    try:
        return _Walk(connection, path, trusted, mark).report()
    finally:
        connection.close()


class _Walk:
    def __init__(self, connection: apsw.Connection, path: Path, trusted: Trusted, mark: Mark | None) -> None:
        self._connection = connection
        self._path = path
        self._trusted = trusted
        self._mark = mark
        self._frontier = Frontier()
        self._problems: list[str] = []
        self._places: list[Place] = []
        self._next_seq = 0
        self._history_differs = False
        self._receipts_differ = False
        self._sound_until = 0
        self._vouched_for = 0
        self._log, self._epoch = "", 0
        self._last_receipt = 0

    def report(self) -> VerifyReport:
        acknowledged = forgotten = 0
        try:
            with explained(self._path), self._connection:
                rows: Any = self._connection.execute("SELECT device_id, epoch FROM device").fetchall()
                self._log, self._epoch = log_id(*rows[0]), rows[0][1]
                forgotten = self._number("SELECT size FROM forgotten")
                receipts = self._table("SELECT size, document FROM receipt")
                heads = self._table("SELECT size, note FROM tree_head")
                acknowledged = max(receipts, default=0)
                if forgotten > acknowledged:
                    self._problem(
                        f"the data of {forgotten} entries is deleted; {acknowledged} are acknowledged.",
                        (acknowledged, forgotten),
                    )
                self._walk_entries(forgotten, heads, receipts)
                self._check_end(heads, acknowledged)
        except JournalUnavailable as error:
            self._problem(str(error), (self._next_seq, self._next_seq + 1))
        except (IndexError, TypeError, ValueError):
            self._problem("the journal's own tables are not as they were made.", (0, self._next_seq))
        return VerifyReport(
            self._log,
            self._frontier.size,
            self._frontier.root(),
            acknowledged,
            forgotten,
            self._vouched_for,
            tuple(self._problems),
            tuple(self._places),
        )

    def _number(self, query: str) -> int:
        rows: Any = self._connection.execute(query).fetchall()
        return int(rows[0][0])

    def _table(self, query: str) -> dict[int, bytes | str]:
        rows: Any = self._connection.execute(query).fetchall()
        return dict(rows)

    def _walk_entries(
        self, forgotten: int, heads: Mapping[int, bytes | str], receipts: Mapping[int, bytes | str]
    ) -> None:
        elsewhere = {head.size: note for note in self._trusted.tree_heads if (head := read_head(note))}
        query = "SELECT seq, envelope, data, salt, leaf_hash, subtree FROM entry ORDER BY seq"
        for seq, envelope, data, salt, stored_hash, stored_subtree in self._connection.execute(query):
            self._check_number(seq)
            self._check_entry(seq, envelope, data, salt, may_be_deleted=seq < forgotten)
            computed = leaf_hash(envelope)
            if computed != stored_hash:
                self._problem_at(seq, "its envelope is not the one that was hashed.")
            self._check_subtree(seq, self._frontier.append(computed), stored_subtree)
            size = self._frontier.size
            if size in heads or (heads and size % HEAD_EVERY == 0):
                self._check_head(size, heads.get(size))
            if size in elsewhere:
                self._check_head(size, elsewhere[size], where="kept elsewhere ")
            if size in receipts:
                self._check_receipt(size, receipts[size])
            if self._mark is not None and size == self._mark.size:
                self._check_mark(self._mark)
        for size in sorted(elsewhere):
            if size > self._frontier.size:
                self._problem(
                    f"a tree head kept elsewhere is for {size} entries; {self._frontier.size} are here.",
                    (self._frontier.size, size),
                )

    def _check_number(self, seq: int) -> None:
        if seq != self._next_seq:
            sentence = f"entry {self._next_seq}: missing; the next one here is {seq}."
            self._problem(sentence, (min(self._next_seq, seq), max(self._next_seq, seq)))
        self._next_seq = seq + 1

    def _check_entry(
        self, seq: int, envelope: bytes, data: bytes, salt: bytes, *, may_be_deleted: bool
    ) -> None:
        try:
            attributes = json.loads(envelope)
            said = (attributes["id"], attributes["source"], attributes["datahash"])
        except (ValueError, KeyError, TypeError, RecursionError):
            self._problem_at(seq, "its envelope cannot be read.")
            return
        if said[:2] != (str(seq), ORIGIN_PREFIX + self._log):
            self._problem_at(seq, "its envelope is that of another entry.")
        is_deleted = may_be_deleted and not data and not salt
        if not is_deleted and said[2] != data_hash(salt, data):
            self._problem_at(seq, "its data is not the one that was written.")

    def _check_subtree(self, seq: int, computed: bytes, stored: bytes) -> None:
        if computed != stored and not self._history_differs:
            self._history_differs = True  # every larger subtree differs with it and would say nothing new
            self._problem_at(seq, "it or one before it is not the one that was written.")

    def _check_head(self, size: int, note: bytes | str | None, where: str = "") -> None:
        """Once one does not fit, those after it can't either and say nothing new."""
        if self._history_differs:
            return
        what = f"the tree head {where}for {size} entries"
        if note is None:
            self._differs(size, f"{what} is missing.")
            return
        try:
            head = self._opened(str(note))
        except NoteError as error:
            self._differs(size, f"{what} does not verify: {error}.")
            return
        if head != TreeHead(self._log, size, self._frontier.root()):
            self._differs(size, f"{what} is of another history than this.")
            return
        self._sound_until = size
        if self._trusted.device_key is not None:
            self._vouched_for = size

    def _opened(self, note: str) -> TreeHead | None:
        key = self._trusted.device_key
        return read_head(note) if key is None else open_note(note, key)

    def _differs(self, size: int, sentence: str) -> None:
        self._history_differs = True
        self._problem(sentence, (min(self._sound_until, size - 1), size))

    def _check_receipt(self, size: int, document: bytes | str) -> None:
        if self._receipts_differ or (not document and self._trusted.hub_key is None):
            return
        try:
            fields = json.loads(document)
            root = base64.b64decode(fields["root"], validate=True)
            if self._trusted.hub_key is not None:
                open_receipt(fields, self._trusted.hub_key)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            self._receipts_differ = True
            self._problem(f"the receipt for {size} entries does not verify: {error}.", (size - 1, size))
            return
        if root == self._frontier.root():
            self._sound_until = max(self._sound_until, size)
        else:
            self._receipts_differ = True
            sentence = f"the receipt for {size} entries is for another history than this."
            self._problem(sentence, (min(self._last_receipt, size - 1), size))
        self._last_receipt = size

    def _check_mark(self, mark: Mark) -> None:
        if self._history_differs:
            return
        if mark.root != self._frontier.root() and self._epoch == mark.epoch:
            self._differs(mark.size, f"the witness of {mark.size} entries is of another history than this.")

    def _check_end(self, heads: Mapping[int, bytes | str], acknowledged: int) -> None:
        """Where something vouches for more than there is, what has no sound tree head is in doubt.

        But where a change has been placed already, that is why.
        """
        size = self._frontier.size
        longest = max(heads, default=0)
        cut = (size if self._problems else min(self._sound_until, size), size + 1)
        if acknowledged > size:
            self._problem(f"the hub has acknowledged {acknowledged} entries; {size} are here.", cut)
        if longest > size:
            self._problem(f"a tree head is for {longest} entries; {size} are here.", cut)
        if self._trusted.device_key is not None and size >= HEAD_EVERY and not heads:
            self._problem("the tree heads are missing.", (0, size))
        if self._trusted.witness_key is None or not size:
            return
        if self._mark is None:
            self._problem("the witness beside the journal is missing, or of another key.", cut)
        elif self._mark.epoch == self._epoch and self._mark.size > size:
            self._problem(f"the witness tells of {self._mark.size} entries; {size} are here.", cut)

    def _problem_at(self, seq: int, sentence: str) -> None:
        self._problem(f"entry {seq}: {sentence}", (seq, seq + 1))

    def _problem(self, sentence: str, place: Place) -> None:
        if len(self._problems) < MAX_PROBLEMS:
            self._problems.append(sentence)
            self._places.append(place)
        elif len(self._problems) == MAX_PROBLEMS:
            self._problems.append("There are more problems than are listed here.")
            self._places.append((0, 0))
