from __future__ import annotations

from zoneinfo import ZoneInfo

from kiosk.core.view import LinkView, Mode, Page, SourceState, SourceView, StaffView, ViewState
from kiosk.screen.link_bar import faults_text, link_text, staff_button_text, waiting_text
from kiosk.screen.staff_texts import unusual_text
from kiosk.screen.window import KioskWindow

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = "2026-11-22T08:00:00+00:00"


def test_a_connection_is_said_to_be_online() -> None:
    assert link_text(LinkView(connected=True), NOW, SHANGHAI).en == "Online"


def test_a_lost_connection_says_since_when_in_local_time() -> None:
    text = link_text(LinkView(offline_since="2026-11-22T06:05:00Z"), NOW, SHANGHAI)
    assert text.en == "Offline since 14:05"
    assert text.zh_CN == "离线，自 14:05 起"


def test_a_connection_that_never_was_is_offline_without_a_time() -> None:
    assert link_text(LinkView(), NOW, SHANGHAI).en == "Offline"


def test_the_waiting_entries_are_counted() -> None:
    said = [waiting_text(LinkView(waiting=count), NOW, SHANGHAI).en for count in (0, 1, 12)]
    assert said == ["All entries sent", "1 entry waiting", "12 entries waiting"]


def test_the_last_receipt_is_told_in_local_time_and_with_its_day_when_that_is_another() -> None:
    text = waiting_text(LinkView(waiting=1, last_receipt="2026-11-22T06:05:00+00:00"), NOW, SHANGHAI)
    assert (text.en, text.zh_CN) == ("1 entry waiting · receipt 14:05", "1 条记录待上传 · 回执 14:05")
    older = LinkView(last_receipt="2026-10-30T06:05:00Z")
    assert waiting_text(older, NOW, SHANGHAI).en == "All entries sent · receipt 10-30 14:05"


def test_faults_are_named() -> None:
    text = faults_text(("thermal", "gate"))
    assert text.en == "Not working: Thermal sensor, Gate"
    assert text.zh_CN == "故障：热像传感器、闸门"


def test_without_faults_the_bar_says_nothing_of_them() -> None:
    assert faults_text(()).en == ""


def test_a_reader_that_is_lost_says_since_when_and_one_that_is_there_again_says_so() -> None:
    lost = SourceView("gate-camera", SourceState.LOST, "2026-11-22T06:05:00Z")
    back = SourceView("exit-scanner", SourceState.RECONNECTING, "2026-11-22T06:05:00Z")
    works = SourceView("desk-scanner")
    text = faults_text(("exit-scanner", "gate", "gate-camera"), (lost, back, works), NOW, SHANGHAI)
    assert text.en == "Not working: exit-scanner (reconnecting), Gate, gate-camera (lost since 14:05)"
    assert "gate-camera（14:05起断）" in text.zh_CN


def test_the_way_to_the_staff_page_counts_who_waits_and_names_who_is_signed_in() -> None:
    said = [
        staff_button_text(staff).en
        for staff in (StaffView(), StaffView(waiting=3), StaffView(signed_in="17", waiting=1))
    ]
    assert said == ["Staff", "Staff: 3 waiting", "Staff 17: 1 waiting"]


def test_nothing_is_said_of_a_site_in_normal_operation() -> None:
    assert unusual_text(StaffView(signed_in="17", waiting=2, occupancy=3)) is None


def test_a_lane_held_open_is_named_and_the_first_lane_has_a_name_for_it() -> None:
    text = unusual_text(StaffView(held=("", "north")))
    assert text is not None
    assert (text.zh_CN, text.en) == ("常开：第一通道、north", "Held open: first lane, north")


def test_a_mode_and_too_many_overrides_are_said_together() -> None:
    text = unusual_text(StaffView(mode=Mode.LOCKED_DOWN, too_many_overrides=True))
    assert text is not None
    assert text.en == "Entry is closed  ·  Too many overrides"


def test_it_is_said_how_many_more_it_takes_until_a_case_lapses(window: KioskWindow) -> None:
    window.show_view(ViewState(Page.WELCOME, staff=StaffView(waiting=98, lapses_after=3)))
    assert "再来 3 人，最早的等待将失效" in window.words()
    assert "3 more, and the oldest case lapses" in window.words()


def test_an_evacuation_does_not_list_its_open_lanes() -> None:
    text = unusual_text(StaffView(mode=Mode.EVACUATING, held=("", "north")))
    assert text is not None
    assert text.en == "Evacuating"


def test_an_evacuation_that_is_not_on_disk_says_that_its_doors_are_shut(window: KioskWindow) -> None:
    staff = StaffView(mode=Mode.EVACUATING, evacuation_unrecorded=True)
    text = unusual_text(staff)
    assert text is not None
    assert text.en == "Evacuating  ·  not recorded yet, doors are not open"
    window.show_view(ViewState(Page.EVACUATE, staff=staff))
    assert "The gates are not open yet" in window.words()
    window.show_view(ViewState(Page.EVACUATE, staff=StaffView(mode=Mode.EVACUATING)))
    assert "The gates are open" in window.words()


def test_the_bar_shows_what_is_unusual_and_forgets_it(window: KioskWindow) -> None:
    window.show_view(ViewState(Page.WELCOME, staff=StaffView(held=("north",))))
    assert "Held open: north" in window.words()
    window.show_view(ViewState(Page.WELCOME))
    assert "Held open" not in window.words()
