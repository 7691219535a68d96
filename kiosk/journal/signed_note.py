"""Signed notes: a text, an empty line, and signature lines (C2SP signed-note v1.0.0, Ed25519).

A signature line is em dash, space, key name, space, base64(key id || signature),
newline. The key id is SHA-256(name || 0x0A || 0x01 || public key)[:4]. Lines of
unknown keys are passed over; a line of the known key that does not verify
condemns the whole note.
"""

from __future__ import annotations

import base64
import binascii
import re
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MAX_NOTE_CHARACTERS = 16_384
MAX_SIGNATURES = 16
_ED25519 = b"\x01"
_ID_BYTES = 4
_SIGNATURE_LINE = re.compile(r"— (?P<name>[^\s+]+) (?P<value>[A-Za-z0-9+/=]+)")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class NoteError(ValueError):
    """A text is not a signed note, or the known key has not signed it."""


def sign_note(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """The note over `text`, which ends in a newline, signed under a key name without spaces or plus signs.

    Raises NoteError when the text or the name cannot stand in a note.
    """
    if not text.endswith("\n") or _CONTROL.search(text):
        raise NoteError("the text of a note ends in a newline and holds no other control character")
    if not re.fullmatch(r"[^\s+]+", name):
        raise NoteError(f"the key name {name!r} is empty or holds a space or a plus sign")
    value = _key_id(name, key.public_key()) + key.sign(text.encode())
    return f"{text}\n— {name} {base64.b64encode(value).decode()}\n"


def open_note_text(note: str, name: str, key: Ed25519PublicKey) -> str:
    """The text of a note that `key`, known under `name`, has signed. Raises NoteError."""
    text, lines = _split(note)
    key_id = _key_id(name, key)
    signatures = [
        value[_ID_BYTES:] for n, value in map(_signature, lines) if n == name and value[:_ID_BYTES] == key_id
    ]
    if not signatures:
        raise NoteError(f"the note is not signed by the key known as {name!r}")
    for signature in signatures:
        try:
            key.verify(signature, text.encode())
        except InvalidSignature:
            raise NoteError(f"the signature of {name!r} does not fit the note's text") from None
    return text


def is_signed_under(note: str, name: str, key: Ed25519PublicKey) -> bool:
    """Whether a line of the note claims to be by `key`, known under `name`. Raises NoteError."""
    signatures = map(_signature, _split(note)[1])
    return any((n, value[:_ID_BYTES]) == (name, _key_id(name, key)) for n, value in signatures)


def _split(note: str) -> tuple[str, list[str]]:
    if len(note) > MAX_NOTE_CHARACTERS or _CONTROL.search(note):
        raise NoteError(f"a note has at most {MAX_NOTE_CHARACTERS} characters and no control characters")
    try:
        note.encode()
    except UnicodeEncodeError:
        raise NoteError("a note is valid UTF-8") from None
    head, separator, signatures = note.rpartition("\n\n")
    lines = signatures.removesuffix("\n").split("\n")
    if not separator or not signatures.endswith("\n") or len(lines) > MAX_SIGNATURES:
        raise NoteError(f"a note is a text, an empty line and 1 to {MAX_SIGNATURES} signature lines")
    return head + "\n", lines


def _signature(line: str) -> tuple[str, bytes]:
    match = _SIGNATURE_LINE.fullmatch(line)
    if match is None:
        raise NoteError("a line after the note's text is not a signature line")
    try:
        value = base64.b64decode(match["value"], validate=True)
    except binascii.Error:
        raise NoteError("a signature of the note is not base64") from None
    if len(value) <= _ID_BYTES:
        raise NoteError("a signature of the note is too short")
    return match["name"], value


def _key_id(name: str, key: Ed25519PublicKey) -> bytes:
    return sha256(name.encode() + b"\n" + _ED25519 + key.public_bytes_raw()).digest()[:_ID_BYTES]
