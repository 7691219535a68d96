"""What a verifier must know: issuers' keys and what each may assert, the signed policy, what is revoked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from kiosk.credentials.policy import Policy
from kiosk.credentials.revocation import Revocations

PublicKey = Ed25519PublicKey | EllipticCurvePublicKey | RSAPublicKey


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """One issuer key. An empty `areas` or `roles` means that it may assert any.

    `usages` are the HC1 certificate types that it may sign (`vaccination`,
    `test`, `recovery`), any where empty. A key out of a certificate has that one's validity; both
    times are aware, None where there is no bound.
    """

    kid: bytes
    public_key: PublicKey
    formats: frozenset[str] = frozenset({"HP1"})
    areas: frozenset[str] = frozenset()
    roles: frozenset[int] = frozenset()
    usages: frozenset[str] = frozenset()
    not_before: datetime | None = None
    not_after: datetime | None = None


@dataclass(frozen=True, slots=True)
class TrustBundle:
    """What is in force (version 0, `issued_at` None: nothing yet).

    `fresh_until` is when the newest signed timestamp expires: the age of trust
    is counted from there, never from the moment of fetching. `tracing_key` is
    the hub's HPKE key that subjects are sealed to, None where it has none.
    `revocations` None: nobody has asked whether a code is revoked.
    """

    version: int = 0
    keys: Mapping[bytes, IssuerKey] = field(default_factory=dict)
    issued_at: datetime | None = None
    fresh_until: datetime | None = None
    policy: Policy = field(default_factory=Policy)
    revocations: Revocations | None = None
    tracing_key: bytes | None = None
