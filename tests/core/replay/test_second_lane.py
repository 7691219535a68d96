"""Whom a face or staff let begin in a second lane, they let begin there again."""

from __future__ import annotations

from kiosk.core import passage as entries
from kiosk.core.events import FaceAppeared, FaceGone, StaffAction
from tests.core.playbook import GATE_IN, WELL, code
from tests.core.replay.replaying import Recorded
from tests.core.replay.test_holds import TWO as TWO_IN
from tests.core.replay.test_replay import NEAR, granted, same
from tests.core.test_lanes import MEASURED_TOO, TWO


def test_a_face_that_is_gone_before_the_second_reading_is_that_of_its_lane() -> None:
    play = Recorded(MEASURED_TOO)
    play.happens(FaceAppeared(play.now, "out")).wait(0.5).sample(NEAR, 1).wait(0.5)
    play.scan(code()).happens(FaceGone(play.now, "out"))
    play.sample(WELL, 2).wait(9.0)
    reasons = [record.data["reason"] for record in play.recorded(entries.DECIDED)]
    assert reasons == ["temperature.recheck", "granted"]
    same(play)


def test_staff_open_the_door_of_the_lane_that_they_open() -> None:
    play = Recorded(TWO)
    play.acts(StaffAction.OPEN_ONCE, lane="out").wait(9.0)
    assert play.recorded(entries.DECIDED)[0].data["access_point"] != GATE_IN.id
    same(play)


def test_a_grant_that_was_still_open_at_a_crash_counted_in_the_other_lane_until_then() -> None:
    play = granted(Recorded(TWO_IN))
    play.wait(3.5).scan(code(), "side-camera")
    assert [each.type for each in play.journal[2:]] == [entries.DECIDED, entries.DECIDED]
    assert play.journal[-1].data["reason"] == "credential.already_shown"
    report = play.again()
    assert (report.difference, report.decisions) == (None, 2)
