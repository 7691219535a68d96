"""By which of their names people are known, and with what a code is read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from kiosk.core.admissions import Admissions
from kiosk.core.events import CodeScanned, FaceAppeared, StaffAction
from kiosk.core.passage import Passage
from kiosk.core.past import Past
from kiosk.core.reentry import Measured
from kiosk.core.rules import ScreeningRules, TemperatureCheck
from kiosk.credentials.bundle import TrustBundle
from kiosk.credentials.credential import Credential, Refusal
from kiosk.credentials.policy import parse
from kiosk.credentials.rotation import Reveals
from kiosk.credentials.verifier import verify
from kiosk.terms import Instant, Reason
from tests.core.counters import SHANGHAI
from tests.core.playbook import BUNDLE, GATE_IN, MORNING, WELL, Playbook, code, rules_with
from tests.core.staff_play import decided, does, signed_in

NOW = Instant(0.0, MORNING, True)
RULES = rules_with(screening=ScreeningRules(reentry_minutes=60))
NAMES = ("today", "yesterday", "the day before")
SHOWN = verify(code(), BUNDLE, NOW, Reveals())


def dated(subject: bytes, at: Instant) -> tuple[str, ...]:
    return (f"{at.utc:%m-%d} {subject.decode()}",)


def admissions(past: Past) -> Admissions:
    return Admissions(
        RULES, lambda subject, at: (f"{at.utc:%m-%d} {subject.decode()}",), None, past, UTC, verify
    )


def known_as(past: Past, credential: Credential | Refusal | None = SHOWN) -> str | None:
    return admissions(past).known_as(NOW, Passage(1, GATE_IN, NOW, credential=credential, names=NAMES))


def test_who_is_inside_under_an_older_name_is_known_by_it_and_under_todays_by_none() -> None:
    assert known_as(Past()) is None
    assert known_as(Past(inside={"somebody else": MORNING})) is None
    for name in NAMES[1:]:
        assert known_as(Past(inside={name: MORNING})) == name
        assert known_as(Past(inside={name: MORNING, "today": MORNING})) is None
    assert known_as(Past(inside=dict.fromkeys(NAMES[1:], MORNING))) == "yesterday"


def test_whose_slot_was_spent_under_an_older_name_is_known_by_it() -> None:
    assert isinstance(SHOWN, Credential)
    assert SHOWN.slot is not None
    spent = Past(spent=(("yesterday", SHOWN.slot),))
    assert known_as(spent) == "yesterday"
    assert known_as(spent, replace(SHOWN, slot=SHOWN.slot + 1)) is None
    assert known_as(spent, None) is None


def test_who_comes_from_a_break_that_began_under_an_older_name_is_known_by_it() -> None:
    break_ = Measured(7, MORNING - timedelta(hours=4), MORNING - timedelta(minutes=20))
    assert known_as(Past(measured={"yesterday": break_})) == "yesterday"
    assert known_as(Past(measured={"yesterday": replace(break_, left_at=None)})) is None


def test_a_subject_is_named_for_the_moment_at_which_he_came() -> None:
    assert admissions(Past()).names(SHOWN, NOW) == ("11-23 somebody",)


def test_what_is_proven_of_rotating_passes_is_known_at_the_next_code() -> None:
    seen: list[Reveals | None] = []

    def spy(
        payload: bytes, bundle: TrustBundle, at: Instant, reveals: Reveals | None = None
    ) -> Credential | Refusal:
        seen.append(reveals)
        return verify(payload, bundle, at, reveals)

    reader = Admissions(RULES, lambda _subject, _at: (), None, Past(), UTC, spy)
    for _ in range(2):
        reader.read(CodeScanned(NOW, "camera", code(), "test"), BUNDLE)
    assert isinstance(seen[0], Reveals)
    assert seen[0] is seen[1]


def test_a_kiosk_that_cannot_seal_keeps_no_subject_whatever_key_the_tracers_have() -> None:
    assert admissions(Past()).sealed(SHOWN, 1, replace(BUNDLE, tracing_key=b"tracers")) is None


@pytest.mark.parametrize(("opens", "reason"), [("09:00", Reason.OUTSIDE_HOURS), ("07:59", Reason.GRANTED)])
def test_hours_are_those_of_the_sites_own_wall_with_a_code_and_without(opens: str, reason: Reason) -> None:
    """It is 08:00 in Shanghai."""
    window = {"from": "00:00", "until": opens, "then": "soft"}
    only = replace(GATE_IN, reader="", temperature=TemperatureCheck.ONLY)
    unmeasured = replace(GATE_IN, temperature=TemperatureCheck.OFF)
    bundle = replace(BUNDLE, policy=parse({"windows": [window]}))
    without = Playbook(rules_with(access_points=(only,)), bundle, zone=SHANGHAI)
    assert without.happens(FaceAppeared(without.now)).sample(WELL).result.reason is reason
    coded = Playbook(rules_with(access_points=(unmeasured,)), bundle, zone=SHANGHAI)
    assert coded.scan(code()).result.reason is reason


def test_staff_may_let_somebody_in_outside_the_hours() -> None:
    bundle = replace(BUNDLE, policy=parse({"windows": [{"from": "00:00", "until": "01:00", "then": "hard"}]}))
    assert decided(does(signed_in(Playbook(bundle=bundle)), StaffAction.OPEN_ONCE)) == [
        ("grant", "staff.admitted")
    ]
