"""One test for each admission rule, in the order of the rules."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kiosk.core.decision import (
    GRANTED,
    Verdict,
    judge_code,
    judge_exit,
    judge_foundations,
    judge_hours,
    judge_release,
    judge_temperature,
)
from kiosk.core.passback import Passback
from kiosk.core.rules import AccessPoint, CredentialRules, PassbackRules, Rules, ScreeningRules
from kiosk.core.screening import Screened
from kiosk.core.spent import Spending, SpentSlots
from kiosk.credentials.bundle import TrustBundle
from kiosk.credentials.certificate import Certificate, Vaccination
from kiosk.credentials.credential import Colour, Credential, Refusal
from kiosk.credentials.policy import parse, stricter
from kiosk.terms import Instant, Outcome, Reason, Strictness
from tests.core.playbook import BUNDLE, COUNTER, COURIER, GATE_IN, GATE_OUT, MORNING, WORKER, rules_with

NOW = Instant(1000.0, MORNING, True)
GREEN = Credential(
    format="HP1",
    kid=b"\x00\x00\x00\x01",
    subject=b"somebody",
    colour=Colour.GREEN,
    roles=frozenset({WORKER}),
    area="330100",
    masked_name="王*",
    rotating=True,
    issued_at=MORNING,
    expires_at=MORNING + timedelta(hours=10),
)
SHANGHAI = ZoneInfo("Asia/Shanghai")
REFUSED = Refusal(Reason.EXPIRED, "HP1", None)
DENY, REFER = Outcome.DENY, Outcome.REFER


def test_nobody_counts_as_admitted_by_staff_unless_it_is_said() -> None:
    untrusted = Instant(0.0, MORNING, False)
    granted = Verdict(Outcome.GRANT, Reason.GRANTED)
    judged_alone = judge_release(untrusted, GATE_IN, granted, rules_with(), ())
    assert judged_alone == Verdict(Outcome.REFER, Reason.TIME_UNTRUSTED)
    assert judge_release(untrusted, GATE_IN, granted, rules_with(), (), by_staff=True) == granted


def green(**changes: object) -> Credential:
    return dataclasses.replace(GREEN, **changes)  # type: ignore[arg-type]


def judged(
    credential: Credential | Refusal,
    *,
    at: Instant = NOW,
    rules: Rules | None = None,
    point: AccessPoint = GATE_IN,
    inside: tuple[str, ...] = (),
    entered: datetime | None = MORNING,
    names: tuple[str, ...] = ("today", "yesterday"),
    bundle: TrustBundle = BUNDLE,
    spent: tuple[Spending, ...] = (),
) -> Verdict | None:
    return judge_code(
        at,
        credential,
        names,
        point,
        bundle,
        Passback(dict.fromkeys(inside, entered)),
        SpentSlots(spent),
        rules or rules_with(),
        SHANGHAI,
    )


def with_policy(**document: object) -> TrustBundle:
    return dataclasses.replace(BUNDLE, policy=parse(document))


def test_a_clock_that_is_not_trusted_judges_nobody() -> None:
    at = Instant(1000.0, MORNING, False)
    assert judge_foundations(at, BUNDLE) == Verdict(REFER, Reason.TIME_UNTRUSTED)


def test_without_keys_nobody_is_judged() -> None:
    assert judge_foundations(NOW, TrustBundle()) == Verdict(REFER, Reason.TRUST_MISSING)


def test_with_time_and_keys_there_is_something_to_judge_by() -> None:
    assert judge_foundations(NOW, BUNDLE) is None


def test_a_refused_code_is_denied_with_the_verifier_s_reason() -> None:
    assert judged(REFUSED) == Verdict(DENY, Reason.EXPIRED)


def test_a_green_rotating_pass_of_the_area_may_go_on() -> None:
    assert judged(GREEN) is None


def test_somebody_whom_nothing_can_name_is_referred() -> None:
    assert judged(GREEN, names=()) == Verdict(REFER, Reason.JOURNAL_UNAVAILABLE)


@pytest.mark.parametrize(
    ("asserted", "wanted", "fits"),
    [
        ("330100", "", True),
        ("330100", "330100", True),
        ("330100", "330100/plant-7", True),
        ("330100/plant-7", "330100/plant-7", True),
        ("330100/plant-7", "330100", False),
        ("330100/plant-7", "330100/plant-8", False),
        ("3301", "330100", False),
        ("330100/plant", "330100/plant-7", False),
        ("", "330100", False),
    ],
)
def test_a_pass_holds_in_every_place_of_its_area_and_nowhere_else(
    asserted: str, wanted: str, fits: bool
) -> None:
    rules = rules_with(credential=CredentialRules(area=wanted))
    verdict = judged(green(area=asserted), rules=rules)
    assert verdict == (None if fits else Verdict(DENY, Reason.WRONG_AREA))


def test_red_is_denied_however_mild_the_site() -> None:
    mild = rules_with(credential=CredentialRules(yellow=Strictness.OFF, paper=Strictness.OFF))
    assert judged(green(colour=Colour.RED), rules=mild) == Verdict(DENY, Reason.COLOUR_RED)


@pytest.mark.parametrize(
    ("strictness", "outcome"), [(Strictness.OFF, None), (Strictness.SOFT, REFER), (Strictness.HARD, DENY)]
)
def test_yellow_paper_and_passback_are_as_strict_as_the_site_says(
    strictness: Strictness, outcome: Outcome | None
) -> None:
    rules = rules_with(
        credential=CredentialRules(yellow=strictness, paper=strictness),
        passback=PassbackRules(strictness),
    )
    for verdict, reason in (
        (judged(green(colour=Colour.YELLOW), rules=rules), Reason.COLOUR_YELLOW),
        (judged(green(rotating=False), rules=rules), Reason.PAPER),
        (judged(GREEN, rules=rules, inside=("yesterday",)), Reason.ALREADY_INSIDE),
    ):
        assert verdict == (None if outcome is None else Verdict(outcome, reason))


def test_a_yellow_pass_that_the_site_takes_is_still_held_to_every_later_rule() -> None:
    rules = rules_with(credential=CredentialRules(yellow=Strictness.OFF))
    yellow = green(colour=Colour.YELLOW, roles=frozenset({WORKER}))
    assert judged(yellow, rules=rules, point=COUNTER) == Verdict(DENY, Reason.ROLE_NOT_PERMITTED)


def test_a_place_with_roles_takes_those_who_have_one_of_them() -> None:
    assert judged(GREEN, point=COUNTER) == Verdict(DENY, Reason.ROLE_NOT_PERMITTED)
    assert judged(green(roles=frozenset({WORKER, COURIER})), point=COUNTER) is None


def test_anti_passback_counts_at_the_entry_only() -> None:
    inside = ("today",)
    assert judged(GREEN, inside=inside) == Verdict(REFER, Reason.ALREADY_INSIDE)
    assert judged(green(roles=frozenset({COURIER})), inside=inside, point=COUNTER) is None
    assert judged(GREEN, inside=inside, point=GATE_OUT) == Verdict(Outcome.GRANT, Reason.EXIT_RECORDED)


@pytest.mark.parametrize(
    ("minutes_ago", "keeps_out"),
    [(0, True), (29, True), (29.99, True), (30, False), (3000, False), (-5, True)],
)
def test_timed_anti_passback_objects_for_so_long_after_the_entry_and_no_longer(
    minutes_ago: float, keeps_out: bool
) -> None:
    entered = MORNING - timedelta(minutes=minutes_ago)
    for strictness, outcome in ((Strictness.SOFT, REFER), (Strictness.HARD, DENY)):
        rules = rules_with(passback=PassbackRules(strictness, window_minutes=30))
        verdict = judged(GREEN, rules=rules, inside=("yesterday",), entered=entered)
        assert verdict == (Verdict(outcome, Reason.ALREADY_INSIDE) if keeps_out else None)
    unknown = judged(GREEN, rules=rules, inside=("today",), entered=None)
    assert unknown == Verdict(DENY, Reason.ALREADY_INSIDE), "nobody can tell that it is long ago"


def test_a_revocation_list_that_says_nothing_of_a_pass_refers_its_holder() -> None:
    assert judged(Refusal(Reason.STATUS_UNKNOWN, "HP1")) == Verdict(REFER, Reason.STATUS_UNKNOWN)
    assert judged(Refusal(Reason.REVOKED, "HP1")) == Verdict(DENY, Reason.REVOKED)


@pytest.mark.parametrize("of_site", list(Strictness))
@pytest.mark.parametrize("of_policy", list(Strictness))
def test_of_signed_policy_and_site_the_stricter_counts(of_site: Strictness, of_policy: Strictness) -> None:
    rules = rules_with(credential=CredentialRules(yellow=of_site, paper=of_site))
    outcome = {Strictness.OFF: None, Strictness.SOFT: REFER, Strictness.HARD: DENY}[
        stricter(of_site, of_policy)
    ]
    bundle = with_policy(colours={"yellow": of_policy.value}, paper=of_policy.value)
    for credential, reason in (
        (green(colour=Colour.YELLOW), Reason.COLOUR_YELLOW),
        (green(rotating=False), Reason.PAPER),
    ):
        expected = None if outcome is None else Verdict(outcome, reason)
        assert judged(credential, rules=rules, bundle=bundle) == expected


def test_a_site_that_refers_paper_refers_yellow_paper_that_policy_and_site_take() -> None:
    rules = rules_with(credential=CredentialRules(yellow=Strictness.OFF, paper=Strictness.SOFT))
    assert judged(green(colour=Colour.YELLOW, rotating=False), rules=rules) == Verdict(REFER, Reason.PAPER)


NIGHT = {"role": WORKER, "from": "23:00", "until": "05:30", "then": "soft"}


def test_in_the_hours_that_the_policy_closes_to_a_role_its_holders_are_referred_or_denied() -> None:
    at_night = dataclasses.replace(NOW, utc=datetime(2026, 11, 23, 15, 0, tzinfo=UTC))  # 23:00 in Shanghai
    for then, outcome in (("soft", REFER), ("hard", DENY)):
        bundle = with_policy(windows=[NIGHT | {"then": then}])
        assert judged(GREEN, bundle=bundle, at=at_night) == Verdict(outcome, Reason.OUTSIDE_HOURS)
        assert judged(GREEN, bundle=bundle) is None, "08:00 in Shanghai"
        assert judged(green(roles=frozenset({COURIER})), bundle=bundle, at=at_night) is None
        inside = judged(GREEN, bundle=bundle, at=at_night, inside=("today",))
        assert inside == Verdict(outcome, Reason.OUTSIDE_HOURS)


def test_the_days_of_the_hours_are_those_of_the_site_and_not_of_utc() -> None:
    sunday_in_utc = dataclasses.replace(
        NOW, utc=datetime(2026, 11, 22, 15, 59, tzinfo=UTC)
    )  # 23:59 on a Sunday
    monday_begins = dataclasses.replace(
        NOW, utc=datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
    )  # 00:00 in Shanghai
    for day, closed_at, open_at in (
        ("sun", sunday_in_utc, monday_begins),
        ("mon", monday_begins, sunday_in_utc),
    ):
        whole_day = {"days": [day], "from": "00:00", "until": "24:00", "then": "hard"}
        bundle = with_policy(windows=[whole_day])
        assert judged(GREEN, bundle=bundle, at=closed_at) == Verdict(DENY, Reason.OUTSIDE_HOURS)
        assert judged(GREEN, bundle=bundle, at=open_at) is None


def test_hours_keep_nobody_from_leaving_and_no_courier_from_the_counter() -> None:
    bundle = with_policy(windows=[{"from": "00:00", "until": "24:00", "then": "hard"}])
    assert judged(GREEN, bundle=bundle) == Verdict(DENY, Reason.OUTSIDE_HOURS)
    assert judged(GREEN, bundle=bundle, point=GATE_OUT) == Verdict(Outcome.GRANT, Reason.EXIT_RECORDED)
    assert judged(green(roles=frozenset({COURIER})), bundle=bundle, point=COUNTER) is None


def test_a_time_that_is_not_trusted_lets_nobody_in_by_any_hours() -> None:
    bundle = with_policy(windows=[NIGHT])
    untrusted = dataclasses.replace(NOW, utc_trusted=False)
    assert judged(GREEN, bundle=bundle, at=untrusted) == Verdict(REFER, Reason.TIME_UNTRUSTED)
    verdict = judge_hours(untrusted, {COURIER}, GATE_IN, bundle.policy, SHANGHAI)
    assert verdict == Verdict(REFER, Reason.TIME_UNTRUSTED)


def test_an_hc1_certificate_is_judged_by_the_policy_s_table_alone() -> None:
    certificate = Certificate("URN:1", "AT", Vaccination("EU/1", 2, 2, date(2026, 9, 1)))
    hc1 = green(
        format="HC1", colour=None, area="", rotating=False, certificate=certificate, roles=frozenset()
    )
    rules = rules_with(credential=CredentialRules(area="330100", paper=Strictness.HARD))
    assert judged(hc1, rules=rules) == Verdict(DENY, Reason.NOT_GREEN)
    assert judged(hc1, rules=rules, bundle=with_policy(hc1=[{"type": "vaccination"}])) is None


def test_a_slot_that_is_spent_is_referred_and_so_is_an_earlier_one_and_a_later_one_is_not() -> None:
    spent = (("yesterday", 100),)
    for slot, verdict in ((99, REFER), (100, REFER), (101, None)):
        expected = None if verdict is None else Verdict(verdict, Reason.ALREADY_SHOWN)
        assert judged(green(slot=slot), spent=spent) == expected
    assert judged(green(slot=100), spent=(("another", 100),)) is None
    assert judged(green(rotating=False, slot=None), spent=spent) == Verdict(REFER, Reason.PAPER)
    assert judged(green(slot=100), spent=spent, point=GATE_OUT) == Verdict(
        Outcome.GRANT, Reason.EXIT_RECORDED
    )


@pytest.mark.parametrize(
    ("age", "verdict"),
    [
        (timedelta(seconds=-1), None),
        (timedelta(0), None),
        (timedelta(days=6) - timedelta(seconds=1), None),
        (timedelta(days=6), Verdict(REFER, Reason.TRUST_EXPIRED)),
        (timedelta(days=400), Verdict(REFER, Reason.TRUST_EXPIRED)),
    ],
)
def test_trust_decides_for_six_days_after_its_timestamp_and_then_staff_do(
    age: timedelta, verdict: Verdict | None
) -> None:
    bundle = dataclasses.replace(BUNDLE, fresh_until=MORNING - age)
    assert judged(GREEN, bundle=bundle) == verdict
    assert judged(GREEN, bundle=bundle, point=GATE_OUT) == Verdict(Outcome.GRANT, Reason.EXIT_RECORDED)


@pytest.mark.parametrize("screened", list(Screened))
@pytest.mark.parametrize("strictness", list(Strictness))
def test_only_a_normal_temperature_is_granted_whatever_the_site_says(
    screened: Screened, strictness: Strictness
) -> None:
    rules = rules_with(screening=ScreeningRules(elevated=strictness))
    verdict = judge_temperature(screened, rules)
    assert (verdict == GRANTED) is (screened is Screened.NORMAL)
    assert (verdict.outcome is DENY) is (screened is Screened.ELEVATED and strictness is Strictness.HARD)


def test_each_temperature_result_has_its_own_reason() -> None:
    reasons = {judge_temperature(screened, rules_with()).reason for screened in Screened}
    assert len(reasons) == len(Screened)


def test_exit_is_granted_to_everybody_and_says_whether_the_code_verified() -> None:
    assert judge_exit(GREEN) == Verdict(Outcome.GRANT, Reason.EXIT_RECORDED)
    assert judge_exit(REFUSED) == Verdict(Outcome.GRANT, Reason.EXIT_UNVERIFIED)
