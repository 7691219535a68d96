from __future__ import annotations

from datetime import timedelta

import pytest

from kiosk.credentials.bundle import IssuerKey, TrustBundle
from kiosk.credentials.credential import Colour, Credential, Refusal
from kiosk.credentials.verifier import verify
from kiosk.terms import Instant, Reason
from sim.people import BY_ID
from tests.gatekeeper.rig import ISSUER
from tests.sim.visits import Scenery, visit

BUNDLE = TrustBundle(1, {ISSUER.kid: IssuerKey(ISSUER.kid, ISSUER.private_key.public_key())})


def shown(kind: str, *, after: timedelta = timedelta()) -> bytes:
    scenery = Scenery()
    who = visit(kind)
    scenery.wallets.prepare(who)
    scenery.clock.sleep(after.total_seconds())
    return scenery.wallets.shown_by(who)


def judged(payload: bytes, *, after: timedelta = timedelta()) -> Credential | Refusal:
    clock = Scenery().clock
    return verify(payload, BUNDLE, Instant(0.0, clock.utc() + after, True))


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("expired", Reason.EXPIRED),
        ("unknown_issuer", Reason.UNKNOWN_ISSUER),
        ("tampered", Reason.BAD_SIGNATURE),
        ("screenshot", Reason.ROTATION_STALE),
        ("web_address", Reason.NOT_A_PASS),
        ("wifi", Reason.NOT_A_PASS),
        ("binary", Reason.NOT_A_PASS),
    ],
)
def test_each_bad_code_is_bad_in_the_way_that_its_kind_says(kind: str, reason: Reason) -> None:
    # An hour into the day, so that there is an older slot for a screenshot.
    hour = timedelta(hours=1)
    refusal = judged(shown(kind, after=hour), after=hour)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is reason


@pytest.mark.parametrize(
    ("kind", "colour", "rotating"),
    [
        ("green_well", Colour.GREEN, True),
        ("yellow", Colour.YELLOW, True),
        ("red", Colour.RED, True),
        ("paper", Colour.GREEN, False),
    ],
)
def test_each_good_code_verifies_as_what_its_holder_was_given(
    kind: str, colour: Colour, rotating: bool
) -> None:
    credential = judged(shown(kind))
    assert isinstance(credential, Credential)
    assert (credential.colour, credential.rotating) == (colour, rotating)
    assert credential.roles == {BY_ID[kind].role}


def test_a_live_code_is_another_one_half_a_minute_later() -> None:
    assert shown("green_well") != shown("green_well", after=timedelta(seconds=30))


def test_one_person_shows_the_same_pass_whenever_he_comes() -> None:
    scenery = Scenery()
    first, again = visit(person=7), visit("second_entry", number=2, person=7)
    other = visit(number=3, person=8)
    for who in (first, again, other):
        scenery.wallets.prepare(who)
    subjects = []
    for who in (first, again, other):
        credential = judged(scenery.wallets.shown_by(who))
        assert isinstance(credential, Credential)
        subjects.append(credential.subject)
    assert subjects[0] == subjects[1] != subjects[2]
