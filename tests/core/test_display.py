"""What one lane's screen shows, state by state, and where what concerns one lane or all is shown."""

from __future__ import annotations

import pytest

from calibration.reading import Missing
from kiosk.core.commands import Announce, Command, Lamp, Light, Show, Sound
from kiosk.core.decision import Verdict
from kiosk.core.display import Display
from kiosk.core.displays import Displays
from kiosk.core.passage import Passage
from kiosk.core.rules import Shown
from kiosk.core.view import (
    CodeHint,
    Guidance,
    LinkView,
    Page,
    SourceState,
    SourceView,
    StaffView,
    ViewState,
)
from kiosk.terms import Instant, Outcome, Reason
from tests.core.playbook import GATE_IN, MORNING, WELL
from tests.core.test_decision import GREEN

PASSAGE = Passage(7, GATE_IN, Instant(0.0, MORNING, True), credential=GREEN, reading=WELL)
LINK, STAFF = LinkView(True, waiting=3), StaffView("07", occupancy=4)


def at(second: float) -> Instant:
    return Instant(second, MORNING, True)


def shown(commands: list[Show] | list[Command]) -> list[ViewState]:
    return [each.view for each in commands if isinstance(each, Show)]


@pytest.fixture
def display() -> Display:
    return Display(
        Shown.ORAL_ESTIMATE,
        Guidance.LOOK_AT_SENSOR,
        sources=("camera", "scanner"),
        lane="out",
        boards=True,
        result_s=4.0,
    )


@pytest.fixture
def two() -> Displays:
    return Displays(
        {
            "": Display(sources=("camera",), boards=False, result_s=4.0),
            "out": Display(sources=("exit-scanner",), lane="out", boards=False, result_s=4.0),
        }
    )


class TestPages:
    def test_each_state_has_a_higher_number_its_moment_and_its_lane(self, display: Display) -> None:
        first, second = display.welcome(at(1.0)).view, display.alarm(at(2.0), Reason.FIRE).view
        assert (first.page, first.revision, first.lane, first.guidance) == (
            Page.WELCOME,
            1,
            "out",
            Guidance.LOOK_AT_SENSOR,
        )
        assert (second.page, second.revision, second.alarm) == (Page.ALARM, 2, Reason.FIRE)
        assert second.shown_at == MORNING.isoformat()
        assert second.guidance is Guidance.NONE

    def test_where_people_board_every_page_says_so_from_the_first_on(self, display: Display) -> None:
        first, second = display.link(at(1.0), LINK)[0].view, display.welcome(at(2.0)).view
        assert (first.page, first.boards, second.boards) == (Page.STARTING, True, True)

    def test_connection_and_staff_outlast_a_page_and_nothing_else_does(self, display: Display) -> None:
        display.link(at(1.0), LINK)
        display.staff(at(1.0), STAFF)
        display.answer(at(2.0), PASSAGE, Verdict(Outcome.DENY, Reason.COLOUR_RED))
        view = display.alarm(at(3.0), Reason.TAMPER).view
        assert (view.link, view.staff, view.result, view.passage_id) == (LINK, STAFF, None, None)

    def test_what_stands_there_already_is_no_new_state(self, display: Display) -> None:
        assert len(display.link(at(1.0), LINK)) == len(display.staff(at(1.0), STAFF)) == 1
        assert display.link(at(2.0), LINK) == display.staff(at(2.0), STAFF) == []
        display.ask_to_look(at(3.0), PASSAGE)
        assert display.guide(at(3.0), Missing.NO_FACE) == []

    @pytest.mark.parametrize(
        ("outcome", "sound", "lamp"),
        [
            (Outcome.GRANT, Sound.GRANTED, Lamp.GRANTED),
            (Outcome.REFER, Sound.REFERRED, Lamp.REFUSED),
            (Outcome.DENY, Sound.DENIED, Lamp.REFUSED),
        ],
    )
    def test_an_answer_is_heard_in_its_lane_shown_and_lit(
        self, display: Display, outcome: Outcome, sound: Sound, lamp: Lamp
    ) -> None:
        heard, page, light = display.answer(at(1.0), PASSAGE, Verdict(outcome, Reason.OUTSIDE_HOURS))
        assert (heard, light) == (Announce(sound, "out"), Light(lamp, 4.0, "out"))
        (view,) = shown([page])
        assert (view.page, view.passage_id) == (Page.RESULT, 7)
        assert view.result is not None
        assert view.result.outcome is outcome
        assert view.result.shown is Shown.ORAL_ESTIMATE
        assert view.result.face_skin_celsius == pytest.approx(34.3)

    @pytest.mark.parametrize(
        ("missing", "guidance"),
        [
            (Missing.NO_FACE, Guidance.LOOK_AT_SENSOR),
            (Missing.COME_CLOSER, Guidance.COME_CLOSER),
            (Missing.STEP_LEFT, Guidance.STEP_LEFT),
            (Missing.STEP_RIGHT, Guidance.STEP_RIGHT),
            (Missing.STEP_BACK, Guidance.STEP_BACK),
            (Missing.ONE_PERSON, Guidance.ONE_PERSON),
        ],
    )
    def test_what_a_measurement_lacks_is_what_the_person_is_asked_for(
        self, display: Display, missing: Missing, guidance: Guidance
    ) -> None:
        asked = display.ask_to_look(at(1.0), PASSAGE).view
        assert (asked.page, asked.passage_id, asked.guidance) == (
            Page.LOOK_AT_SENSOR,
            7,
            Guidance.LOOK_AT_SENSOR,
        )
        display.guide(at(1.5), Missing.SENSOR_FAULT)
        (view,) = shown(display.guide(at(2.0), missing)) or [asked]
        assert (view.guidance, view.passage_id) == (guidance, 7)

    @pytest.mark.parametrize("missing", [Missing.SENSOR_FAULT, Missing.WARMING_UP])
    def test_nobody_is_asked_to_do_anything_about_what_the_sensor_lacks(
        self, display: Display, missing: Missing
    ) -> None:
        display.ask_to_look(at(1.0), PASSAGE)
        (view,) = shown(display.guide(at(2.0), missing))
        assert view.guidance is Guidance.NONE


class TestCountdowns:
    def test_a_warm_up_counts_down_in_whole_seconds_and_is_gone_at_its_end(self, display: Display) -> None:
        assert display.warm_up(at(0.0), 60.2).view.warm_up_s == 61
        assert display.welcome(at(10.1)).view.warm_up_s == 51
        assert display.welcome(at(60.1)).view.warm_up_s == 1
        assert display.welcome(at(60.2)).view.warm_up_s is None

    def test_the_time_left_for_trust_counts_down_to_nothing_and_goes_with_new_trust(
        self, display: Display
    ) -> None:
        assert display.trust_left(at(0.0), None) == []
        (view,) = shown(display.trust_left(at(0.0), 90.5))
        assert view.trust_left_s == 91
        assert display.welcome(at(90.0)).view.trust_left_s == 1
        assert display.welcome(at(100.0)).view.trust_left_s == 0
        (view,) = shown(display.trust_left(at(101.0), None))
        assert view.trust_left_s is None
        assert display.trust_left(at(102.0), None) == []

    @pytest.mark.parametrize(
        ("hint", "stands_s"),
        [(CodeHint.CLOSER, 1.5), (CodeHint.TILT_OR_DIM, 1.5), (CodeHint.SCAN_AGAIN, 4.0)],
    )
    def test_a_hint_stands_for_its_time(self, display: Display, hint: CodeHint, stands_s: float) -> None:
        display.welcome(at(0.0))
        (view,) = shown(display.hint(at(1.0), hint))
        assert view.code_hint is hint
        wakes = [display.wake_at]
        assert display.end_hint(at(0.9 + stands_s)) == []
        (view,) = shown(display.end_hint(at(1.0 + stands_s)))
        assert view.code_hint is CodeHint.NONE
        assert [*wakes, display.wake_at] == [1.0 + stands_s, None]
        assert display.end_hint(at(20.0)) == []

    @pytest.mark.parametrize("page", Page)
    def test_a_hint_stands_on_the_pages_that_ask_for_a_code(self, display: Display, page: Page) -> None:
        display.hint(at(0.0), CodeHint.CLOSER)
        asks = page in (Page.WELCOME, Page.SHOW_CODE, Page.SHOW_ORDER)
        view = display.turn_to(at(0.5), page).view
        assert view.code_hint is (CodeHint.CLOSER if asks else CodeHint.NONE)
        assert len(display.hint(at(0.6), CodeHint.HOLD_STILL)) == asks


class TestFaults:
    def test_faults_stand_in_the_order_of_their_names_on_every_page_until_each_is_over(
        self, display: Display
    ) -> None:
        display.lose(at(1.0), "thermal", "unplugged")
        display.lose(at(1.0), "journal", "full")
        assert display.welcome(at(2.0)).view.faults == ("journal", "thermal")
        assert (display.has_fault("thermal"), display.has_fault("door")) == (True, False)
        (view,) = shown(display.regain(at(3.0), "thermal"))
        assert view.faults == ("journal",)
        assert display.regain(at(4.0), "thermal") == []

    def test_a_reader_is_shown_as_lost_since_when_then_as_answering_then_as_well(
        self, display: Display
    ) -> None:
        assert display.reconnecting(at(0.0), "camera") == []
        assert display.lose(at(1.0), "camera", "unplugged").view.sources == (
            SourceView("camera", SourceState.LOST, MORNING.isoformat()),
            SourceView("scanner"),
        )
        (view,) = shown(display.reconnecting(at(2.0), "camera"))
        assert view.sources[0] == SourceView("camera", SourceState.RECONNECTING, MORNING.isoformat())
        assert display.reconnecting(at(3.0), "camera") == []
        (view,) = shown(display.regain(at(4.0), "camera"))
        assert view.sources == (SourceView("camera"), SourceView("scanner"))

    def test_a_device_that_is_no_reader_does_not_become_one_when_it_is_lost(self, display: Display) -> None:
        assert display.lose(at(1.0), "gate", "no pins").view.sources == (
            SourceView("camera"),
            SourceView("scanner"),
        )
        (view,) = shown(display.regain(at(2.0), "gate"))
        assert len(view.sources) == 2


class TestLanes:
    def test_what_all_lanes_share_is_shown_in_each(self, two: Displays) -> None:
        said = [
            two.link(at(1.0), LINK),
            two.staff(at(1.0), STAFF),
            two.trust_left(at(1.0), 60.0),
            two.lose(at(1.0), "journal", "full"),
            two.regain(at(1.0), "journal"),
        ]
        assert [[view.lane for view in shown(each)] for each in said] == [["", "out"]] * len(said)
        assert [(view.link, view.staff) for view in shown(said[1])] == [(LINK, STAFF)] * 2

    def test_what_one_lane_has_of_its_own_is_shown_there(self, two: Displays) -> None:
        two.of("").welcome(at(0.0))
        two.of("out").welcome(at(0.0))
        said = [
            two.lose(at(1.0), "thermal@out", "cut"),
            two.lose(at(1.0), "exit-scanner", "cut"),
            two.reconnecting(at(1.0), "exit-scanner"),
            two.regain(at(1.0), "exit-scanner"),
            two.regain(at(1.0), "thermal@out"),
            two.warm_up(at(1.0), "out", 60.0),
            two.hint(at(1.0), "exit-scanner", CodeHint.CLOSER),
            two.end_hint(at(9.0)),
        ]
        assert [[view.lane for view in shown(each)] for each in said] == [["out"]] * len(said)
        assert [view.lane for view in shown(two.lose(at(9.0), "thermal", "cut"))] == [""]
        assert [view.lane for view in shown(two.hint(at(9.0), "nobodys", CodeHint.CLOSER))] == [""]

    def test_faults_of_all_lanes_have_the_names_that_records_give_them(self, two: Displays) -> None:
        for device in ("thermal@out", "door", "exit-scanner", "camera", "journal"):
            two.lose(at(1.0), device, "lost")
            assert two.has_fault(device)
        assert two.faults == ("camera", "door", "exit-scanner", "journal", "thermal@out")
        assert [two.has_fault(device) for device in ("thermal", "door@out", "keys")] == [False] * 3

    def test_sensors_that_every_lane_has_lost_are_named_each_and_what_all_share_once(
        self, two: Displays
    ) -> None:
        for device in ("thermal", "thermal@out", "keys"):
            two.lose(at(1.0), device, "lost")
        assert two.faults == ("keys", "thermal", "thermal@out")

    def test_the_screens_are_due_when_the_first_of_them_is(self, two: Displays) -> None:
        wakes = [two.wake_at]
        two.hint(at(1.0), "camera", CodeHint.SCAN_AGAIN)
        wakes.append(two.wake_at)
        two.hint(at(2.0), "exit-scanner", CodeHint.CLOSER)
        assert [*wakes, two.wake_at] == [None, 5.0, 3.5]
