from __future__ import annotations

import random

import pytest

from kiosk.credentials.credential import Credential, Refusal
from kiosk.credentials.verifier import verify
from tests.credentials.certificates import BUNDLE
from tests.fuzz.codes import BOTH, CERTIFICATE, MOMENT, ROTATING, STATIC, check, payloads, run


def test_what_is_spoilt_is_good_before() -> None:
    for payload in (STATIC, ROTATING, CERTIFICATE):
        assert isinstance(verify(payload, BOTH, MOMENT), Credential)


def test_payloads_reach_every_layer() -> None:
    source = payloads(random.Random(3))
    reasons = set()
    for _ in range(3000):
        result = verify(next(source), BOTH, MOMENT)
        if isinstance(result, Refusal):
            reasons.add(result.reason.value.removeprefix("credential."))
    assert {"not_a_pass", "malformed", "unknown_issuer", "bad_signature", "schema"} <= reasons
    assert BUNDLE.keys.keys() < BOTH.keys.keys()


@pytest.mark.slow
def test_five_thousand_payloads_raise_nothing_and_take_no_time() -> None:
    run(5_000, seed=1)


@pytest.mark.slow
def test_fifty_thousand_more_do_not_either() -> None:
    run(50_000, seed=2)


def test_a_code_that_would_be_large_is_not_unpacked() -> None:
    for size in (10_000, 5_000_000, 50_000_000):
        check(b"HC1:" + b"0" * size)
