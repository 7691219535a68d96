"""Whose temperature alone was in the way: when staff take up the case, the code must hold then."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.core import passage as entries
from kiosk.core.commands import ReleaseGate, StartSampling
from kiosk.core.events import FaceAppeared, StaffAction, TrustChanged
from kiosk.core.rules import CredentialRules, TemperatureCheck
from kiosk.credentials.bundle import TrustBundle
from kiosk.credentials.policy import HolderRules, Policy
from kiosk.terms import Strictness
from tests.core.playbook import BUNDLE, GATE_IN, WARM, WELL, Playbook, code, reading, rules_with
from tests.core.staff_play import decided, does, signed_in, staff

TWO_HOURS_S = 2 * 3600  # the pass was issued an hour before the morning of the playbook


def warm_for(hours: float) -> Playbook:
    """Somebody with a pass for two hours was found too warm, and so much later staff take up the case."""
    play = Playbook().scan(code(lifetime_s=TWO_HOURS_S + 3600)).sample(WARM)
    return signed_in(play.wait(hours * 3600))


@pytest.mark.parametrize("celsius", [None, 36.5])
def test_a_code_that_has_expired_since_is_not_measured_again_and_admits_nobody(celsius: float | None) -> None:
    play = warm_for(2.5)
    asked = len(play.asked(StartSampling))
    does(play, StaffAction.RECHECK if celsius is None else StaffAction.CLINICAL, case=1, celsius=celsius)
    assert decided(play)[-1] == ("deny", "credential.expired")
    assert len(play.asked(StartSampling)) == asked
    assert play.asked(ReleaseGate) == []
    assert play.recorded(entries.DECIDED)[-1].data["subject"] == f"today-{b'somebody'.hex()}"


def test_a_code_that_is_valid_still_lets_its_holder_in_by_a_second_measurement() -> None:
    play = does(warm_for(1.9), StaffAction.RECHECK, case=1).sample(WELL)
    assert decided(play)[-1] == ("grant", "granted")


def test_a_code_that_has_expired_leaves_the_case_to_staff() -> None:
    play = does(warm_for(2.5), StaffAction.RECHECK, case=1)
    assert [case.id for case in staff(play).cases] == [1]
    does(play.wait(9.0), StaffAction.ADMIT, case=1)
    assert decided(play)[-1] == ("grant", "staff.admitted")


UNKNOWN = {b"else": next(iter(BUNDLE.keys.values()))}
NO_PAPER = Policy(HolderRules(paper=Strictness.HARD))


@pytest.mark.parametrize(
    ("bundle", "answer"),
    [
        (TrustBundle(2, {}), ("refer", "trust.missing")),
        (TrustBundle(2, UNKNOWN), ("deny", "credential.unknown_issuer")),
        (replace(BUNDLE, policy=NO_PAPER), ("deny", "credential.paper")),
    ],
)
def test_it_is_judged_by_the_trust_in_force_then(bundle: TrustBundle, answer: tuple[str, str]) -> None:
    rules = rules_with(credential=CredentialRules(paper=Strictness.OFF))
    play = signed_in(Playbook(rules).scan(code(rotating=False)).sample(WARM))
    play.happens(TrustChanged(play.now, bundle))
    assert decided(does(play, StaffAction.RECHECK, case=1))[-1] == answer


def test_who_has_shown_no_code_yet_is_asked_for_it_after_the_second_measurement() -> None:
    first = rules_with(access_points=(replace(GATE_IN, temperature=TemperatureCheck.BEFORE),))
    play = Playbook(first).happens(FaceAppeared(Playbook().now)).sample(WARM)
    does(signed_in(play), StaffAction.RECHECK, case=1).sample(WELL)
    assert decided(play.scan(code()))[-1] == ("grant", "granted")


def test_a_time_that_cannot_be_trusted_any_more_judges_no_code() -> None:
    play = signed_in(Playbook().scan(code()).sample(reading(38.6)).loses_the_time())
    assert decided(does(play, StaffAction.RECHECK, case=1))[-1] == ("refer", "time.untrusted")
