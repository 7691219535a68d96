"""Issuers with fixed keys, and the bundle that knows them."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.issuing import Issuer, Pass
from kiosk.credentials.bundle import IssuerKey, TrustBundle
from kiosk.credentials.credential import Colour
from kiosk.terms import Instant

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY_S = 86_400


def seeded(seed: int) -> Callable[[int], bytes]:
    return random.Random(seed).randbytes


EDDSA = Issuer(Ed25519PrivateKey.from_private_bytes(bytes(range(32))), b"EdDS", seeded(1))
ES256 = Issuer(derive_private_key(20_261_122, SECP256R1()), b"ES25", seeded(2))
BUNDLE = TrustBundle(1, {i.kid: IssuerKey(i.kid, i.private_key.public_key()) for i in (EDDSA, ES256)})


def at(after_s: float = 0.0) -> Instant:
    """So many seconds after noon."""
    return Instant(0.0, NOON + timedelta(seconds=after_s), True)


def green(issuer: Issuer = EDDSA, *, rotating: bool = True, lifetime_s: int = DAY_S) -> Pass:
    return issuer.issue(
        colour=Colour.GREEN,
        area="330100/plant-7",
        valid_from=NOON,
        lifetime_s=lifetime_s,
        roles=frozenset({2, 3}),
        masked_name="张*明",
        rotating=rotating,
    )
