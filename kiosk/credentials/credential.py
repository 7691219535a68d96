"""What a verified code says, or why it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from kiosk.terms import Reason


class Colour(IntEnum):
    GREEN = 1
    YELLOW = 2
    RED = 3


@dataclass(frozen=True, slots=True)
class Credential:
    """A code whose signature, issuer, times and rotation all hold.

    `subject` is the holder's 8-byte pseudonym (cti). `slot` is the rotation
    slot that the code was shown in, None for a static pass.
    """

    format: str
    kid: bytes
    subject: bytes
    colour: Colour
    roles: frozenset[int]
    area: str
    masked_name: str | None
    rotating: bool
    issued_at: datetime
    expires_at: datetime
    slot: int | None = None
    revocation_index: int | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a code is not accepted. `format` and `kid` are None where it did not get so far."""

    reason: Reason
    format: str | None = None
    kid: bytes | None = None
