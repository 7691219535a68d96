"""Does a journal still hold exactly what was written? Walks every row, beside a running gatekeeper too.

Checked: numbers without gaps, each leaf hash against its envelope, each
envelope's number and data hash against its row, the stored subtrees and the
frontier against the hashes, the receipt against the root at its size.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw

from kiosk.journal.envelope import data_hash
from kiosk.journal.errors import JournalUnavailable
from kiosk.journal.merkle import Frontier, leaf_hash
from kiosk.journal.schema import connect_read_only, explained
from kiosk.journal.tree_head import ORIGIN_PREFIX

MAX_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What a walk has found: `root` is 32 bytes, over the rows that are there; a problem is one sentence."""

    entries: int
    root: bytes
    acknowledged: int
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


def verify(path: Path) -> VerifyReport:
    """Walk the journal in one read transaction. Raises JournalMissing, JournalUnavailable (not a journal)."""
    connection = connect_read_only(path)
    try:
        return _Walk(connection, path).report()
    finally:
        connection.close()


class _Walk:
    def __init__(self, connection: apsw.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._frontier = Frontier()
        self._problems: list[str] = []
        self._next_seq = 0
        self._history_differs = False

    def report(self) -> VerifyReport:
        acknowledged: Any = 0
        document: Any
        stored: Any
        try:
            with explained(self._path), self._connection:
                origin = ORIGIN_PREFIX + str(self._connection.execute("SELECT device_id FROM device").get)
                acknowledged, document = self._connection.execute(
                    "SELECT size, document FROM receipt"
                ).fetchall()[0]
                self._walk_entries(origin, acknowledged, document)
                stored = self._connection.execute("SELECT frontier FROM head").get
                self._check_frontier(stored)
        except JournalUnavailable as error:
            self._problem(str(error))
        except (IndexError, TypeError):
            self._problem("the journal's head, device or receipt is missing.")
        return VerifyReport(self._frontier.size, self._frontier.root(), acknowledged, tuple(self._problems))

    def _walk_entries(self, origin: str, acknowledged: int, document: bytes) -> None:
        rows = self._connection.execute(
            "SELECT seq, envelope, data, salt, leaf_hash, subtree FROM entry ORDER BY seq"
        )
        for seq, envelope, data, salt, stored_hash, stored_subtree in rows:
            self._check_number(seq)
            self._check_entry(seq, origin, envelope, data, salt)
            computed = leaf_hash(envelope)
            if computed != stored_hash:
                self._problem(f"entry {seq}: its envelope is not the one that was hashed.")
            self._check_subtree(seq, self._frontier.append(computed), stored_subtree)
            if self._frontier.size == acknowledged:
                self._check_receipt(acknowledged, document)
        if acknowledged > self._frontier.size:
            self._problem(f"the hub has acknowledged {acknowledged} entries; {self._frontier.size} are here.")

    def _check_number(self, seq: int) -> None:
        if seq != self._next_seq:
            self._problem(f"entry {self._next_seq}: missing; the next one here is {seq}.")
        self._next_seq = seq + 1

    def _check_entry(self, seq: int, origin: str, envelope: bytes, data: bytes, salt: bytes) -> None:
        try:
            attributes = json.loads(envelope)
            said = (attributes["id"], attributes["source"], attributes["datahash"])
        except (ValueError, KeyError, TypeError, RecursionError):
            self._problem(f"entry {seq}: its envelope cannot be read.")
            return
        if said[:2] != (str(seq), origin):
            self._problem(f"entry {seq}: its envelope is that of another entry.")
        if said[2] != data_hash(salt, data):
            self._problem(f"entry {seq}: its data is not the one that was written.")

    def _check_subtree(self, seq: int, computed: bytes, stored: bytes) -> None:
        if computed != stored and not self._history_differs:
            self._history_differs = True  # every larger subtree differs with it and would say nothing new
            self._problem(f"entry {seq}: it or one before it is not the one that was written.")

    def _check_receipt(self, size: int, document: bytes) -> None:
        try:
            root = (
                base64.b64decode(json.loads(document)["root"], validate=True)
                if document
                else self._frontier.root()
            )
        except (ValueError, KeyError, TypeError):
            root = b""
        if root != self._frontier.root():
            self._problem(f"the receipt for {size} entries is for another history than this.")

    def _check_frontier(self, stored: bytes) -> None:
        if stored != self._frontier.encode():
            self._problem("the head is not that of these entries; the last ones may be missing.")

    def _problem(self, sentence: str) -> None:
        if len(self._problems) < MAX_PROBLEMS:
            self._problems.append(sentence)
        elif len(self._problems) == MAX_PROBLEMS:
            self._problems.append("There are more problems than are listed here.")
