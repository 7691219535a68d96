"""What a checkpoint has recorded gives the same decisions when it goes through the rules again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from calibration.reading import Missing, NoReading
from kiosk.core import passage as entries
from kiosk.core.events import (
    DeviceFaulted,
    DeviceRecovered,
    DoorClosed,
    DoorOpened,
    FaceAppeared,
    FaceGone,
    Input,
    InputChanged,
    RecordFailed,
    StaffAction,
    TrustChanged,
)
from kiosk.core.rules import (
    DoorRules,
    LaneRules,
    ScreeningRules,
    TemperatureCheck,
)
from kiosk.credentials.credential import Colour
from kiosk.credentials.policy import parse
from kiosk.terms import Outcome
from tests.core.playbook import (
    BUNDLE,
    COURIER,
    GATE_IN,
    GATE_OUT,
    MORNING,
    RULES,
    WARM,
    WELL,
    code,
    reading,
    rules_with,
)
from tests.core.replay.replaying import Recorded

SOMEBODY, ANOTHER = b"somebody", b"another!"
NEAR = reading(37.8)
JUST_TOO_NEAR = reading(37.65)
"""Normal, were its uncertainty a little smaller than it is."""
SETTLING = rules_with(door=DoorRules())


def same(play: Recorded) -> None:
    """All that was recorded comes out again."""
    report, kinds = play.again(), Counter(record.type for record in play.journal)
    assert report.difference is None
    assert report.statements == []
    assert (report.decisions, report.passed, report.annulled) == (
        kinds[entries.DECIDED],
        kinds[entries.PASSED],
        kinds[entries.ANNULLED],
    )
    assert report.decisions > 0


def granted(play: Recorded, cti: bytes = SOMEBODY) -> Recorded:
    """Somebody well, with a green code; who is inside already is not measured."""
    play.scan(code(cti=cti, shown_at=play.now.utc)).wait(0.7)
    passage = getattr(play.checkpoint.phase(), "passage", None)
    if passage is not None:
        play.sample(WELL, passage.id)
    return play


# -- one story each


def through_the_door(play: Recorded) -> None:
    granted(play).goes_through()


def not_through_the_door(play: Recorded) -> None:
    granted(play).wait(6.0)


def in_twice(play: Recorded) -> None:
    through_the_door(play)
    play.wait(60.0).scan(code(shown_at=play.now.utc))


def in_and_out_and_in(play: Recorded) -> None:
    through_the_door(play)
    play.wait(60.0).scan(code(shown_at=play.now.utc), "exit-scanner")
    play.goes_through().wait(60.0)
    granted(play)
    play.goes_through()


def one_code_twice(play: Recorded) -> None:
    play.scan(code(cti=b"courier1", role=COURIER), "counter-scanner").sample(WELL)
    play.wait(9.0).scan(code(cti=b"courier1", role=COURIER), "counter-scanner")


def all_kinds_of_codes(play: Recorded) -> None:
    for shown in (
        code(colour=Colour.RED),
        code(colour=Colour.YELLOW),
        code(rotating=False),
        code(area="999999"),
        code(shown_at=MORNING - timedelta(minutes=30)),
        b"rubbish",
    ):
        play.scan(shown).wait(9.0)
        play.scan(shown, "exit-scanner").wait(12.0)
        play.scan(shown, "counter-scanner").wait(12.0)


def near_the_limit(play: Recorded) -> None:
    for second in (WELL, NEAR, JUST_TOO_NEAR, WARM, NoReading(Missing.NO_FACE)):
        play.scan(code(cti=bytes(7) + bytes([len(play.journal)]))).wait(0.4)
        play.sample(NEAR).wait(0.7).sample(second)
        play.wait(12.0)


def nothing_measured(play: Recorded) -> None:
    play.scan(code()).wait(1.0).sample(NoReading(Missing.COME_CLOSER)).wait(11.0)
    play.scan(code(cti=ANOTHER)).wait(11.0)
    play.scan(code(cti=ANOTHER)).wait(0.2).sample(NoReading(Missing.WARMING_UP)).wait(9.0)
    play.happens(DeviceFaulted(play.now, "thermal", "gone"))
    play.wait(1.0).scan(code(cti=ANOTHER)).wait(9.0)
    play.happens(DeviceRecovered(play.now, "thermal"))
    granted(play)


def somebody_waits(play: Recorded) -> None:
    granted(play).wait(0.5).scan(code(cti=ANOTHER), "exit-scanner")
    play.goes_through().wait(6.0)


def the_gate_is_lost(play: Recorded) -> None:
    granted(play).wait(0.5).happens(DeviceFaulted(play.now, "gate", "gone"))
    play.wait(6.0)
    granted(play, ANOTHER)
    play.wait(6.0).happens(DeviceRecovered(play.now, "gate"))
    granted(play, ANOTHER).goes_through()


def the_gate_is_lost_before_the_record(play: Recorded) -> None:
    play.journal_works = False
    granted(play)
    decided = play.commands[-2:]
    play.passes(0.3).happens(DeviceFaulted(play.now, "gate", "gone"))
    late_answer(play)
    assert decided


def the_record_is_late(play: Recorded) -> None:
    play.journal_works = False
    granted(play)
    play.wait(3.5)
    late_answer(play)
    play.wait(9.0)
    granted(play, ANOTHER).goes_through()


def late_answer(play: Recorded) -> None:
    """The journal has written what was asked for meanwhile, and works from now on."""
    from kiosk.core.commands import Record
    from kiosk.core.events import Recorded as OnDisk

    play.journal_works = True
    known = {record.record_id for record in play.journal}
    for record in [each for each in play.asked(Record) if each.record_id not in known]:
        play.journal.append(record)
        play.happens(OnDisk(play.now, record.record_id, len(play.journal) - 1))


def a_record_that_fails(play: Recorded) -> None:
    from kiosk.core.commands import Record

    play.journal_works = False
    play.scan(b"rubbish")
    play.happens(RecordFailed(play.now, play.asked(Record)[-1].record_id, "disk full"))
    play.journal_works = True
    play.wait(9.0)
    granted(play)


def the_contact_is_lost(play: Recorded) -> None:
    granted(play).wait(0.5).happens(DoorOpened(play.now))
    play.wait(0.5).happens(DeviceFaulted(play.now, "door", "cut"))
    play.wait(9.0)
    granted(play, ANOTHER)
    play.wait(9.0).happens(DeviceRecovered(play.now, "door"))
    granted(play, b"a third!")
    play.wait(9.0)


def the_door_stands_open(play: Recorded) -> None:
    play.happens(DoorOpened(play.now))
    granted(play)
    play.wait(20.0).happens(DoorClosed(play.now))
    play.wait(1.0)
    granted(play, ANOTHER).goes_through()


def the_clock_is_set(play: Recorded) -> None:
    granted(play).goes_through()
    play.wall += timedelta(hours=1)
    play.wait(9.0)
    granted(play, ANOTHER)
    play.trusted = False
    play.wait(9.0)
    granted(play, b"a third!")
    play.wait(9.0)
    play.trusted = True
    granted(play, b"a third!").goes_through()


def staff_decide(play: Recorded) -> None:
    play.scan(code(colour=Colour.YELLOW)).wait(9.0)
    play.acts(StaffAction.ADMIT, case=1).goes_through()
    play.scan(code(cti=ANOTHER)).sample(WARM).wait(9.0)
    play.acts(StaffAction.CLINICAL, case=3, celsius=36.8).wait(9.0)
    play.scan(code(cti=b"a third!")).sample(WARM).wait(9.0)
    play.acts(StaffAction.RECHECK, case=5).wait(0.5).sample(WELL)
    play.goes_through()
    play.scan(code(cti=b"a fourth", colour=Colour.YELLOW)).wait(9.0)
    play.acts(StaffAction.TURN_AWAY, case=7)
    play.acts(StaffAction.OPEN_ONCE).wait(1.0)
    play.acts(StaffAction.ANNUL).wait(9.0)
    play.acts(StaffAction.OCCUPANCY, count=0)
    granted(play).goes_through()


def staff_close_and_open(play: Recorded) -> None:
    granted(play).acts(StaffAction.LOCK_DOWN).wait(9.0)
    granted(play)
    play.wait(9.0).scan(code(), "exit-scanner").wait(9.0)
    play.acts(StaffAction.EVACUATE).wait(9.0).scan(code(), "exit-scanner").wait(9.0)
    play.acts(StaffAction.RELEASE).wait(9.0)
    play.acts(StaffAction.HOLD_OPEN).wait(9.0)
    granted(play, ANOTHER).wait(9.0)
    play.acts(StaffAction.MUTE)
    play.acts(StaffAction.RELEASE).wait(9.0)
    granted(play, b"a third!").goes_through()


STORIES: list[Callable[[Recorded], None]] = [
    through_the_door,
    not_through_the_door,
    in_twice,
    in_and_out_and_in,
    one_code_twice,
    all_kinds_of_codes,
    near_the_limit,
    nothing_measured,
    somebody_waits,
    the_gate_is_lost,
    the_gate_is_lost_before_the_record,
    the_record_is_late,
    a_record_that_fails,
    the_contact_is_lost,
    the_door_stands_open,
    the_clock_is_set,
    staff_decide,
    staff_close_and_open,
]


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("rules", [RULES, SETTLING], ids=["at once", "settling"])
def test_every_story_gives_the_same_decisions_again(story: Callable[[Recorded], None], rules: object) -> None:
    play = Recorded(rules)  # type: ignore[arg-type]
    story(play)
    same(play)


def test_all_stories_after_each_other_in_one_run_do_too() -> None:
    play = Recorded(SETTLING)
    for story in STORIES[:12]:
        story(play)
        play.wait(300.0)
    same(play)


def test_a_turnstile_says_who_passed() -> None:
    play = Recorded(rules_with(door=DoorRules(passage_sensor=True)))
    for who in (SOMEBODY, ANOTHER):
        granted(play, who)
        play.wait(1.0).happens(DoorOpened(play.now))
        if who == SOMEBODY:
            play.wait(0.3).happens(InputChanged(play.now, Input.PASSAGE, True))
            play.wait(0.3).happens(InputChanged(play.now, Input.PASSAGE, False))
        play.wait(0.3).happens(DoorClosed(play.now))
        play.wait(9.0)
    granted(play, b"a third!").happens(DeviceFaulted(play.now, "passage", "cut"))
    play.wait(9.0).happens(DeviceRecovered(play.now, "passage"))
    granted(play, b"a fourth").wait(9.0)
    same(play)


@pytest.mark.parametrize("check", [TemperatureCheck.BEFORE, TemperatureCheck.ONLY])
def test_a_face_begins_it(check: TemperatureCheck) -> None:
    reader = "" if check is TemperatureCheck.ONLY else "camera"
    point = replace(GATE_IN, temperature=check, reader=reader)
    play = Recorded(rules_with(access_points=(point, GATE_OUT)))
    for measured in ([WELL], [WARM], [NEAR, WELL], [NEAR, NEAR], [NEAR], [NoReading(Missing.ONE_PERSON)], []):
        play.happens(FaceAppeared(play.now))
        for each in measured:
            play.wait(0.8).sample(each)
        if check is TemperatureCheck.BEFORE:
            play.wait(0.5).scan(code(cti=bytes([len(play.journal)]) * 8))
        if measured == [NEAR]:
            play.wait(0.5)
        play.wait(0.2).happens(FaceGone(play.now))
        play.wait(20.0)
    same(play)


def test_who_is_known_by_an_older_name_is_known_again() -> None:
    play = Recorded(inside=["yesterday-" + SOMEBODY.hex()])
    play.scan(code())
    assert play.result.outcome is Outcome.REFER
    play.wait(9.0).scan(code(), "exit-scanner")
    play.goes_through()
    assert play.recorded(entries.DECIDED)[0].data["facts"]["known_as"].startswith("yesterday")  # type: ignore[index, call-overload, union-attr]
    told = [each for each in play.entries() if each.type == entries.PASSED]
    assert told[0].data["subject"].startswith("yesterday")


def test_a_second_lane_has_a_door_of_its_own() -> None:
    out = replace(GATE_OUT, lane="out", output="out-gate")
    play = Recorded(rules_with(access_points=(GATE_IN, out), lanes=(LaneRules("out"),)))
    granted(play).scan(code(cti=ANOTHER), "exit-scanner")
    play.wait(1.0).happens(DoorOpened(play.now, "out"))
    play.happens(DoorOpened(play.now))
    play.wait(1.0).happens(DoorClosed(play.now, "out"))
    play.wait(1.0).happens(DoorClosed(play.now))
    play.wait(9.0)
    same(play)


def test_a_break_needs_no_second_temperature() -> None:
    play = Recorded(rules_with(screening=ScreeningRules(reentry_minutes=30)))
    in_and_out_and_in(play)
    assert any(
        record.data["temperature"] == {"reused_from_passage": 1} for record in play.recorded(entries.DECIDED)
    )
    same(play)


def test_the_hours_are_those_of_the_site() -> None:
    policy = parse({"windows": [{"from": "23:00", "until": "05:00", "then": "hard", "purpose": "entry"}]})
    play = Recorded(bundle=replace(BUNDLE, policy=policy), zone=ZoneInfo("America/New_York"))
    granted(play)
    assert play.result.outcome is Outcome.GRANT
    same(play)


def test_trust_that_changes_and_ages_counts_as_it_did() -> None:
    play = Recorded(bundle=replace(BUNDLE, keys={}))
    granted(play).wait(9.0)
    play.happens(TrustChanged(play.now, replace(BUNDLE, version=2, fresh_until=MORNING + timedelta(hours=1))))
    granted(play).wait(3600.0)
    renewed = replace(BUNDLE, version=2, fresh_until=MORNING + timedelta(hours=3))
    play.happens(TrustChanged(play.now, renewed))
    play.wait(9 * 24 * 3600.0)
    granted(play, ANOTHER).wait(9.0)
    play.happens(TrustChanged(play.now, replace(renewed, fresh_until=play.now.utc + timedelta(days=1))))
    granted(play, b"a third!").wait(9.0)
    reasons = [record.data["reason"] for record in play.recorded(entries.DECIDED)]
    assert reasons[:1] == ["trust.missing"]
    assert "trust.expired" in reasons
    same(play)
