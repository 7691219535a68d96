"""What a verified code says, or why it is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from kiosk.credentials.certificate import Certificate
from kiosk.terms import Reason


class Colour(IntEnum):
    GREEN = 1
    YELLOW = 2
    RED = 3


@dataclass(frozen=True, slots=True)
class Credential:
    """A code whose signature, issuer, times and rotation all hold.

    `subject` is the holder's 8-byte pseudonym: the cti of a pass, of an HC1
    certificate a hash of its identifier. `slot` counts units of 30 s of Unix
    time: the one that a rotating code was shown in, None for a static pass.
    `colour` is None where the policy decides by the `certificate`; `revocation_names` are those by which
    lists of revoked certificates would name it.
    """

    format: str
    kid: bytes
    subject: bytes
    colour: Colour | None
    roles: frozenset[int]
    area: str
    masked_name: str | None
    rotating: bool
    issued_at: datetime
    expires_at: datetime
    slot: int | None = None
    revocation_index: int | None = None
    certificate: Certificate | None = None
    revocation_names: tuple[bytes, ...] = ()

    @property
    def is_paper(self) -> bool:
        """A pass that stays the same, so that a copy of it is as good."""
        return not self.rotating and self.certificate is None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a code is not accepted. `format` and `kid` are None where it did not get so far.

    `detail` says it for a technician; it never quotes the code.
    """

    reason: Reason
    format: str | None = None
    kid: bytes | None = None
    detail: str = field(default="", compare=False)
