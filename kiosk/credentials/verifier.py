"""The one door for codes: scanned bytes in, a Credential or a Refusal out.

A format is a prefix that it is known by and the function that opens what
follows. Whatever the bytes are, nothing is raised. Whether the clock is to be
believed and whether the area is this site's is the core's matter.
"""

from __future__ import annotations

from collections.abc import Callable

from kiosk.credentials import hc1, hp1
from kiosk.credentials.bundle import TrustBundle
from kiosk.credentials.credential import Credential, Refusal
from kiosk.credentials.rotation import Reveals
from kiosk.terms import Instant, Reason

Verifier = Callable[[bytes, TrustBundle, Instant, Reveals | None], Credential | Refusal]


def verify(
    payload: bytes, bundle: TrustBundle, at: Instant, reveals: Reveals | None = None
) -> Credential | Refusal:
    """Judge a scanned code against the keys in force, at `at.utc`.

    `reveals` remembers between calls what has been proven of rotating passes.
    """
    if payload.startswith(hp1.PREFIX):
        return hp1.open_pass(payload[len(hp1.PREFIX) :], bundle, at, reveals)
    if payload.startswith(hc1.PREFIX):
        return hc1.open_certificate(payload[len(hc1.PREFIX) :], bundle, at)
    return Refusal(Reason.NOT_A_PASS)
