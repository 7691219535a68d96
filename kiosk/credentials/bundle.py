"""What a verifier must know: the issuers' keys, and what each of them may assert."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PublicKey = Ed25519PublicKey | EllipticCurvePublicKey


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """One issuer key. An empty `areas` or `roles` means that it may assert any."""

    kid: bytes
    public_key: PublicKey
    formats: frozenset[str] = frozenset({"HP1"})
    areas: frozenset[str] = frozenset()
    roles: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class TrustBundle:
    """The keys in force, by kid; version and time of the document that they come from (0, None: none yet)."""

    version: int = 0
    keys: Mapping[bytes, IssuerKey] = field(default_factory=dict)
    issued_at: datetime | None = None
