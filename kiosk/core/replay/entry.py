"""An entry of a journal as a replay takes it, and what can be made of its data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import TypeAdapter, ValidationError

from kiosk.core.in_force import IN_FORCE
from kiosk.core.rules import Rules
from kiosk.credentials.bundle import IssuerKey, TrustBundle
from kiosk.credentials.certificate import CertificateType
from kiosk.credentials.green import GreenRow
from kiosk.credentials.policy import Policy

T = TypeVar("T")
_RULES, _POLICY = TypeAdapter(Rules), TypeAdapter(Policy)
UNUSED = IssuerKey(b"replay", Ed25519PublicKey.from_public_bytes(bytes(32)))
"""It verifies nothing: a replay asks only whether there is a key."""


class ReplayError(ValueError):
    """An entry says too little, or what nobody could have recorded. The text is for a user."""


@dataclass(frozen=True, slots=True)
class InForce:
    """What people were judged by. The zone is the site's, for the policy's hours."""

    rules: Rules
    zone: tzinfo
    bundle: TrustBundle


def in_force_of(data: Mapping[str, Any]) -> InForce | None:
    """What a start says; None where it was written before that was recorded. Raises ReplayError."""
    if not all(name in data for name in IN_FORCE):
        return None
    return InForce(_read(_RULES, data["rules"], "rules"), _zone(data["zone"]), bundle_of(data["trust"]))


def _zone(name: object) -> tzinfo:
    try:
        return UTC if name == "UTC" else ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ReplayError(f"its time zone {name!r:.80} is not known here") from error


def bundle_of(data: Mapping[str, Any]) -> TrustBundle:
    """A bundle that judges as the recorded one, and verifies nothing. Raises ReplayError."""
    try:
        count, version = int(data["keys"]), int(data["version"])
        issued_at, fresh_until = moment(data["issued_at"]), moment(data["fresh_until"])
        policy = _read(_POLICY, data["policy"], "policy")
    except (KeyError, TypeError, ValueError) as error:
        raise ReplayError(f"what it says of the trust cannot be read: {error}") from error
    # Which row a certificate fulfilled is recorded, not its dates: `certificate_of` makes one for these rows.
    rows = tuple(GreenRow(CertificateType.RECOVERY) for _ in policy.green)
    keys = {UNUSED.kid: UNUSED} if count else {}
    return TrustBundle(version, keys, issued_at, fresh_until, replace(policy, green=rows))


def moment(text: Any) -> datetime | None:
    """Raises ValueError, TypeError."""
    return None if text is None else datetime.fromisoformat(text)


def _read(adapter: TypeAdapter[T], value: object, what: str) -> T:
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ReplayError(f"its {what} cannot be read: {where}: {first['msg']}") from error
