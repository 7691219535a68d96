"""A damaged journal is set aside as evidence, and another log begins by stating what may be lost.

The order of what is done to the files is such that a power cut between any two
steps is found at the next start:

1. The write-ahead log is moved first: a new database must never meet an old one.
2. Database and witness follow, the witness last: without its database it tells
   that there was one.
3. The new log's first entry is the statement. A log of a later epoch that has
   no entry yet is given it at the next start.

The statement is signed besides (`epoch_statement`). The range is from what the
hub has acknowledged, as far as that could be read, and open to the end: it is
said how many entries anything tells of, and there may have been more. What is
readable is still in the file that was set aside.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import apsw
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.core.commands import JsonValue
from kiosk.journal.epoch_statement import EPOCH_BEGAN, sign_statement
from kiosk.journal.errors import JournalDamaged, JournalUnavailable
from kiosk.journal.log_id import log_id
from kiosk.journal.startup import Found
from kiosk.journal.store import Journal
from kiosk.journal.witness import SUFFIX, latest_mark, witness_key
from kiosk.terms import Instant

CUT_OFF = "the run before ended while this log was begun"
_INFIX = ".damaged-"
_PARTS = ("-wal", "-shm", "", SUFFIX)


@dataclass(frozen=True, slots=True)
class Opened:
    """What an opening has found. `set_aside` is the file that is not gone on with, `statement` its entry."""

    found: Found
    set_aside: Path | None = None
    statement: dict[str, JsonValue] | None = None


def told(opened: Opened) -> list[str]:
    """What a technician should read in the log of a start, a sentence each; nothing after an orderly end."""
    found = opened.found
    sentences = []
    if opened.set_aside is not None:
        sentences.append(
            f"the journal was damaged; it is kept as {opened.set_aside.name}, and a new one has begun with a "
            "signed statement of what may be lost: kiosk journal show --start 0."
        )
    if not found.ended_in_order:
        sentences.append(
            f"the run before did not end in order; {found.wal_bytes} bytes of the write-ahead log were put "
            f"back, the last {found.checked} of {found.entries} entries are what was written."
        )
    if not found.has_witness:
        sentences.append(
            "the witness beside the journal was gone: nothing tells whether entries are missing."
        )
    return sentences


@dataclass(frozen=True, slots=True)
class _Known:
    """What can still be told of a log. `acknowledged` and `end` are numbers of entries."""

    epoch: int | None = None
    acknowledged: int | None = None
    end: int | None = None


def open_journal(
    journal: Journal, device_id: str, at: Instant, device_key: Ed25519PrivateKey | None = None
) -> Opened:
    """Open a journal; one that is damaged is set aside, and a new epoch begins with a statement on disk.

    Raises JournalError when there is no journal to write to in the end.
    """
    cause = CUT_OFF
    try:
        found = journal.open_and_examine(new_epoch=_next_epoch(journal.path, device_key))
    except JournalDamaged as damage:
        cause = str(damage)
        _set_aside(journal.path)
        found = journal.open_and_examine(new_epoch=_next_epoch(journal.path, device_key))
    if journal.epoch == 1 or found.entries:
        return Opened(found)
    newest = _aside(journal.path, _count_aside(journal.path))
    statement = _statement(journal, device_id, newest, cause, device_key)
    journal.append_many([(EPOCH_BEGAN, statement, at.utc, at.utc_trusted)])
    return Opened(found, newest, statement)


def _next_epoch(path: Path, device_key: Ed25519PrivateKey | None) -> int:
    """Which log a new file would be: the first, or the one after that which was set aside last."""
    count = _count_aside(path)
    if not count:
        return 1
    return (_known(_aside(path, count), device_key).epoch or count) + 1


def _statement(
    journal: Journal, device_id: str, aside: Path, cause: str, device_key: Ed25519PrivateKey | None
) -> dict[str, JsonValue]:
    known = _known(aside, device_key)
    follows = log_id(device_id, journal.epoch - 1)
    start = known.acknowledged or 0
    known_to = None if known.end is None else max(known.end, start)
    note = None
    if device_key is not None:
        note = sign_statement(journal.device_id, follows, start, known_to, device_key)
    return {
        "epoch": journal.epoch,
        "follows": follows,
        "cause": cause,
        "set_aside": aside.name,
        "acknowledged": known.acknowledged,
        "may_be_lost": {"start": start, "known_to": known_to},
        "statement": note,
    }


def _known(aside: Path, device_key: Ed25519PrivateKey | None) -> _Known:
    """From the damaged file as far as it can be read, and from its witness."""
    epoch = acknowledged = end = None
    try:
        if aside.exists():
            connection = apsw.Connection(str(aside), flags=apsw.SQLITE_OPEN_READONLY)
            epoch = _ask(connection, "SELECT epoch FROM device")
            acknowledged = _ask(connection, "SELECT coalesce(max(size), 0) FROM receipt")
            end = _ask(connection, "SELECT coalesce(max(seq) + 1, 0) FROM entry")
            connection.close(True)
    except apsw.Error:
        pass
    try:
        mark = latest_mark(aside.with_name(aside.name + SUFFIX), witness_key(device_key))
    except OSError:
        mark = None
    if mark is not None:
        epoch = max(epoch or 1, mark.epoch)
        end = max(end or 0, mark.size) if mark.epoch == epoch else end
    return _Known(epoch, acknowledged, end)


def _ask(connection: apsw.Connection, query: str) -> int | None:
    try:
        value = connection.execute(query).get
    except apsw.Error:
        return None
    return value if type(value) is int and 0 <= value < 2**53 else None


def _aside(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}{_INFIX}{number}")


def _count_aside(path: Path) -> int:
    """The highest number that a set-aside file of this journal has."""
    numbers = [0]
    for each in path.parent.glob(f"{path.name}{_INFIX}*"):
        digits = each.name.removeprefix(path.name + _INFIX).partition("-")[0].partition(".")[0]
        if digits.isdigit():
            numbers.append(int(digits))
    return max(numbers)


def _set_aside(path: Path) -> None:
    """Move the journal's files, each a step that a power cut may follow. Raises JournalUnavailable."""
    aside = _aside(path, _count_aside(path) + 1)
    try:
        for part in _PARTS:
            source = path.with_name(path.name + part)
            if source.exists():
                source.rename(aside.with_name(aside.name + part))
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise JournalUnavailable(
            f"{path}: is damaged and can't be set aside: {error.strerror}; check its folder's permissions."
        ) from error
