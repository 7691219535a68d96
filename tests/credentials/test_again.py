"""A credential that was accepted before, held against the trust of another moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from kiosk.credentials import cbor
from kiosk.credentials.again import verify_again
from kiosk.credentials.bundle import TrustBundle
from kiosk.credentials.credential import Credential
from kiosk.credentials.revocation import Revocations, bitmap_of, hash_of
from kiosk.credentials.verifier import verify
from kiosk.terms import Instant, Reason
from tests.credentials import certificates, issuers
from tests.credentials.certificates import VACCINATION, claims, document, packed, signed
from tests.credentials.issuers import DAY_S, EDDSA, NOON

MESSAGE = signed(cbor.encode(claims(document(v=[VACCINATION]))))


def accepted(payload: bytes, bundle: TrustBundle) -> Credential:
    credential = verify(payload, bundle, issuers.at())
    assert isinstance(credential, Credential)
    return credential


PASS = accepted(issuers.green(rotating=False).code_at(NOON).encode(), issuers.BUNDLE)
CERTIFICATE = accepted(packed(MESSAGE), certificates.BUNDLE)
LATER = issuers.at(400.0 * DAY_S)


def told(credential: Credential, bundle: TrustBundle, at: Instant) -> Reason | None:
    again = verify_again(credential, bundle, at)
    if again is credential:
        return None
    assert not isinstance(again, Credential)
    assert (again.format, again.kid) == (credential.format, credential.kid)
    return again.reason


@pytest.mark.parametrize(
    ("credential", "bundle"), [(PASS, issuers.BUNDLE), (CERTIFICATE, certificates.BUNDLE)]
)
def test_it_holds_until_it_expires_and_as_long_as_its_issuers_key_is_known(
    credential: Credential, bundle: TrustBundle
) -> None:
    assert told(credential, bundle, issuers.at(3600.0)) is None
    assert told(credential, bundle, LATER) is Reason.EXPIRED
    assert told(credential, bundle, replace(LATER, utc=NOON - timedelta(days=9))) is Reason.NOT_YET_VALID
    assert told(credential, TrustBundle(2, {}), issuers.at()) is Reason.UNKNOWN_ISSUER


def test_a_rotating_pass_holds_when_its_slot_is_long_over() -> None:
    rotating = accepted(issuers.green().code_at(NOON).encode(), issuers.BUNDLE)
    assert told(rotating, issuers.BUNDLE, issuers.at(3600.0)) is None


@pytest.mark.parametrize("credential", [PASS, CERTIFICATE])
def test_a_key_that_may_not_assert_it_any_more_holds_nothing(credential: Credential) -> None:
    mine = {**issuers.BUNDLE.keys, **certificates.BUNDLE.keys}[credential.kid]
    bundle = TrustBundle(2, {mine.kid: replace(mine, formats=frozenset({"other"}))})
    assert told(credential, bundle, issuers.at()) is Reason.NOT_ASSERTABLE


@pytest.mark.parametrize(
    ("bitmaps", "reason"),
    [
        ({EDDSA.kid: bitmap_of([7], 16)}, Reason.REVOKED),
        ({EDDSA.kid: bitmap_of([6], 16)}, None),
        ({}, Reason.STATUS_UNKNOWN),
    ],
)
def test_a_pass_that_was_taken_back_since_holds_no_more(
    bitmaps: dict[bytes, bytes], reason: Reason | None
) -> None:
    bundle = replace(issuers.BUNDLE, revocations=Revocations(bitmaps))
    assert told(replace(PASS, revocation_index=7), bundle, issuers.at()) is reason


@pytest.mark.parametrize("name", [b"URN:UVCI:01:AT:1#B", MESSAGE[-64:-32]], ids=["uvci", "signature"])
def test_a_certificate_that_was_taken_back_since_holds_no_more(name: bytes) -> None:
    bundle = replace(certificates.BUNDLE, revocations=Revocations(hashes=frozenset({hash_of(name)})))
    assert told(CERTIFICATE, bundle, issuers.at()) is Reason.REVOKED
