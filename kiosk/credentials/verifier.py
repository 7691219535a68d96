"""The one door for codes: scanned bytes in, a Credential or a Refusal out.

A format is a row of `FORMATS`: the prefix that it is known by and the
function that opens what follows. Whatever the bytes are, nothing is raised.
Whether the clock is to be believed and whether the area is this site's is
the core's matter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kiosk.credentials import hp1
from kiosk.credentials.bundle import TrustBundle
from kiosk.credentials.credential import Credential, Refusal
from kiosk.terms import Instant, Reason

OpenFormat = Callable[[bytes, TrustBundle, Instant], Credential | Refusal]

FORMATS: Mapping[bytes, OpenFormat] = {hp1.PREFIX: hp1.open_pass}


def verify(payload: bytes, bundle: TrustBundle, at: Instant) -> Credential | Refusal:
    """Judge a scanned code against the keys in force, at `at.utc`."""
    for prefix, open_format in FORMATS.items():
        if payload.startswith(prefix):
            return open_format(payload[len(prefix) :], bundle, at)
    return Refusal(Reason.NOT_A_PASS)
