"""Signed tree heads: what the device vouches for (C2SP tlog-checkpoint, on a signed note).

Three lines: the origin `checkpoint-kiosk/<device_id>`, the size in decimal, the
RFC 6962 root in base64. The key's name is the origin. This is what the standard
calls a checkpoint; in this project a checkpoint is a place with a gate.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.journal.merkle import HASH_BYTES
from kiosk.journal.signed_note import NoteError, open_note_text, sign_note
from kiosk.terms import DEVICE_ID_PATTERN, is_device_id

ORIGIN_PREFIX = "checkpoint-kiosk/"
MAX_SIZE = 2**63 - 1
HEAD_EVERY = 256
"""One is signed and kept with each so many entries of a journal."""
_TEXT = re.compile(
    rf"{re.escape(ORIGIN_PREFIX)}(?P<device>{DEVICE_ID_PATTERN})\n"
    r"(?P<size>0|[1-9][0-9]{0,18})\n"
    r"(?P<root>[A-Za-z0-9+/]{43}=)\n"
)


class TreeHeadError(NoteError):
    """A text is not a tree head that the key has signed."""


@dataclass(frozen=True, slots=True)
class TreeHead:
    """A log's size and 32-byte RFC 6962 root at one moment."""

    device_id: str
    size: int
    root: bytes

    @property
    def origin(self) -> str:
        """The log's unique name."""
        return ORIGIN_PREFIX + self.device_id


def sign(head: TreeHead, private_key: Ed25519PrivateKey) -> str:
    """The signed note over a tree head. Raises TreeHeadError for values that no tree head can have."""
    if not is_device_id(head.device_id):
        raise TreeHeadError(
            f"the device id {head.device_id!r} is not 1 to 64 letters, digits, dots or hyphens"
        )
    if not 0 <= head.size <= MAX_SIZE or len(head.root) != HASH_BYTES:
        raise TreeHeadError(f"a tree head has a size of at most {MAX_SIZE} and a root of {HASH_BYTES} bytes")
    text = f"{head.origin}\n{head.size}\n{base64.b64encode(head.root).decode()}\n"
    return sign_note(text, head.origin, private_key)


def read_unverified(note: str) -> TreeHead | None:
    """What a note says, whoever signed it; None where it is no tree head."""
    match = _TEXT.match(note)
    try:
        return match and TreeHead(match["device"], _size(match["size"]), _root(match["root"]))
    except ValueError:
        return None


def open_note(text: str, public_key: Ed25519PublicKey) -> TreeHead:
    """The tree head in a signed note, once the device's key has been found to have signed it.

    Extension lines are refused: nothing could audit them. Raises TreeHeadError.
    """
    origin = text[: len(ORIGIN_PREFIX) + 65].partition("\n")[0]
    try:
        body = open_note_text(text, origin, public_key)
    except NoteError as error:
        raise TreeHeadError(str(error)) from error
    match = _TEXT.fullmatch(body)
    if match is None:
        raise TreeHeadError("the note's text is not the three lines of a tree head")
    return TreeHead(match["device"], _size(match["size"]), _root(match["root"]))


def _size(text: str) -> int:
    size = int(text)
    if size > MAX_SIZE:
        raise TreeHeadError(f"a tree head's size is at most {MAX_SIZE}")
    return size


def _root(text: str) -> bytes:
    root = base64.b64decode(text, validate=True)
    if base64.b64encode(root).decode() != text:
        raise TreeHeadError("the root is not in canonical base64")
    return root
