"""The first entry of a log that follows a damaged one: what may be lost, signed by the device.

Data of the entry: `{"epoch", "follows", "cause", "set_aside", "acknowledged", "may_be_lost": {"start",
"known_to"}, "statement"}`. The statement is a signed note (`signed_note`), so that it can be shown by
itself, and so that a hub knows the new log for the device's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.journal.signed_note import NoteError, open_note_text, sign_note
from kiosk.journal.tree_head import ORIGIN_PREFIX

EPOCH_BEGAN = "kiosk.journal.epoch_began"


def sign_statement(log: str, follows: str, start: int, known_to: int | None, key: Ed25519PrivateKey) -> str:
    """The note that `log` follows another one, whose entries from `start` on may be lost.

    `known_to`: how many entries anything tells of, None where nothing does.
    """
    return sign_note(_text(log, follows, start, known_to), ORIGIN_PREFIX + log, key)


def check_statement(data: object, log: str, key: Ed25519PublicKey) -> str:
    """Hold an entry's data against its signed statement; gives the note.

    Raises NoteError where `key` has not signed just this, for this log.
    """
    try:
        note, follows, lost = _members(data, "statement", "follows", "may_be_lost")
        start, known_to = _members(lost, "start", "known_to")
    except KeyError as error:
        raise NoteError(f"the first entry does not say its {error.args[0]}") from None
    if not isinstance(note, str):
        raise NoteError("the first entry is not signed")
    if open_note_text(note, ORIGIN_PREFIX + log, key) != _text(log, follows, start, known_to):
        raise NoteError("the first entry says something else than its signed statement")
    return note


def _text(log: str, follows: object, start: object, known_to: object) -> str:
    of = "an unknown number" if known_to is None else f"at least {known_to}"
    return (
        f"{ORIGIN_PREFIX}{log}\n"
        f"follows {ORIGIN_PREFIX}{follows}\n"
        f"entries that may be lost: from {start} on, of {of}\n"
    )


def _members(data: object, *names: str) -> list[Any]:
    if not isinstance(data, Mapping):
        raise NoteError("the first entry is no statement")
    return [data[name] for name in names]
