"""A credential that was accepted before, asked once more: does it still hold, by the trust in force now?

Its code is kept nowhere, so its signature is not looked at again: the key that
made it must still be known, and may assert it. Nor is its rotation: the code was
shown when it was accepted, and the same person stands there still. Of a
certificate what revocations name is kept with it (`Credential.revocation_names`).
"""

from __future__ import annotations

from collections.abc import Callable

from kiosk.credentials import hc1, hp1
from kiosk.credentials.bundle import TrustBundle
from kiosk.credentials.credential import Credential, Refusal
from kiosk.terms import Instant

VerifierAgain = Callable[[Credential, TrustBundle, Instant], Credential | Refusal]


def verify_again(credential: Credential, bundle: TrustBundle, at: Instant) -> Credential | Refusal:
    """The credential, or by which rule of its format it holds no more at `at.utc`."""
    rules = hp1.holds if credential.certificate is None else hc1.holds
    reason = rules(credential, bundle, at)
    return credential if reason is None else Refusal(reason, credential.format, credential.kid)
