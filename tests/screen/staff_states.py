"""States of the staff page, for tests and pictures, and how a finger gets there.

`python -m tests.screen.staff_states FOLDER [--size 800x480] [--language en]` draws them.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from PySide6.QtWidgets import QApplication

from kiosk.core.events import StaffAction
from kiosk.core.rules import Shown
from kiosk.core.view import CaseView, Mode, Notice, Page, Result, StaffView, TripView, ViewState
from kiosk.screen.screenshots import save
from kiosk.screen.staff_actions import Draft
from kiosk.screen.staff_page import StaffPage
from kiosk.screen.texts import LANGUAGES
from kiosk.screen.touch import ChoiceGrid, TouchButton
from kiosk.screen.window import KioskWindow
from kiosk.terms import Outcome, Reason

NOW = "2026-11-22T08:00:00+00:00"
REFER, DENY = Outcome.REFER, Outcome.DENY
WARM = Result(REFER, Reason.TEMPERATURE_ELEVATED, "main-gate", "张*明", 38.4, 0.9)
BOTH = Result(
    REFER, Reason.TEMPERATURE_RECHECK, "gate-in", "欧阳**", 35.3, 0.9, 37.5, 1.06, shown=Shown.ORAL_ESTIMATE
)
PAPER = Result(REFER, Reason.PAPER, "main-gate", "李*")
UNKNOWN = Result(REFER, Reason.STATUS_UNKNOWN, "main-gate")
SHOTS = Result(DENY, Reason.TEMPERATURE_ELEVATED, "W" * 64, "W" * 64, 39.3, 0.9)
CASES = tuple(
    CaseView(40 - index, f"2026-11-22T07:{55 - index}:00+00:00", result)
    for index, result in enumerate((WARM, BOTH, PAPER, UNKNOWN, SHOTS, WARM))
)
MANY = tuple(replace(CASES[number % 6], id=100 - number) for number in range(93))


def staff_view(page: Page = Page.WELCOME, **members: object) -> ViewState:
    """Somebody is signed in, six wait, 42 are inside; two lanes have doors."""
    staff: dict[str, object] = {
        "signed_in": "17",
        "occupancy": 42,
        "overrides": 3,
        "waiting": 6,
        "cases": CASES,
        "doors": ("", "north"),
        "sounds": page is Page.ALARM,
    }
    return ViewState(page, shown_at=NOW, staff=StaffView(**(staff | _told(members))))  # type: ignore[arg-type]


def _told(members: dict[str, object]) -> dict[str, object]:
    """A notice is the answer to something, and the first one here."""
    return {"answers": int("notice" in members)} | members


def granted_behind(**members: object) -> ViewState:
    """Somebody has been granted, and has not opened the door yet."""
    view = staff_view(Page.RESULT, annullable=("", "north"), **members)
    result = Result(Outcome.GRANT, Reason.GRANTED, "main-gate", "王*", 34.6, 0.9)
    return ViewState(Page.RESULT, shown_at=NOW, result=result, staff=view.staff)


def at_counter(page: Page = Page.WELCOME, **members: object) -> ViewState:
    """Nothing is opened and nobody is inside."""
    return staff_view(page, occupancy=None, doors=(), **members)


def on_a_ride(page: Page = Page.WELCOME, **members: object) -> ViewState:
    """The driver of a bus is signed in, and has a trip to choose."""
    trips = (TripView("K7-0630", "K7"), TripView("K7-0745", "K7"))
    return replace(at_counter(page, trips=trips, trip="K7-0630", **members), boards=True)


def signed_out(**members: object) -> ViewState:
    return ViewState(Page.WELCOME, shown_at=NOW, staff=StaffView(**_told(members)))  # type: ignore[arg-type]


def touch(page: StaffPage, *words: str) -> None:
    """Touch the buttons that say these words in English, one after another, as they are to be seen then."""
    for word in words:
        seen = [each for each in page.findChildren(TouchButton) if each.isVisibleTo(page)]
        [button] = [each for each in seen if word in (each.words(), each.words().rsplit(" ", 1)[-1])] or [
            each for each in seen if word in each.words()
        ]
        button.click()


def choose(grid: ChoiceGrid, value: object) -> None:
    """Touch the button of a choice."""
    index = [choice.value for choice in grid.choices].index(value)
    grid.buttons[index].click()


def type_keys(page: StaffPage, digits: str) -> None:
    for digit in digits:
        touch(page, digit)


def draft(action: StaffAction) -> Draft:
    """An action that lacks its reason alone."""
    number = {StaffAction.CLINICAL: 37.4, StaffAction.OCCUPANCY: 42}.get(action)
    return Draft(action) if number is None else Draft(action).with_number(number)


def _sign_in(page: StaffPage) -> None:
    type_keys(page, "17")
    page.sign_in.send.click()
    type_keys(page, "246813")


def _case(page: StaffPage, row: int = 1) -> None:
    page.work.cases.rows[row].click()


def _thermometer(page: StaffPage) -> None:
    _case(page)
    choose(page.case.choices, StaffAction.CLINICAL)
    type_keys(page, "374")


def _reason(page: StaffPage) -> None:
    _case(page)
    choose(page.case.choices, StaffAction.ADMIT)


def _evacuate(page: StaffPage) -> None:
    choose(page.work.choices, StaffAction.EVACUATE)
    page.reason.answers.buttons[0].click()


def _oldest(page: StaffPage) -> None:
    page.work.cases.later.click()


def _nothing(page: StaffPage) -> None:
    pass


def _asked(page: StaffPage) -> None:
    """Something was sent before: its notice is shown."""
    page.header.sign_out.click()


STATES: dict[str, tuple[ViewState, Callable[[StaffPage], None]]] = {
    "sign-in": (signed_out(waiting=3), _sign_in),
    "sign-in-pass": (signed_out(awaits_pass=True), _nothing),
    "work": (staff_view(), _nothing),
    "work-one": (staff_view(cases=CASES[:1], waiting=1, occupancy=1, notice=Notice.DONE), _asked),
    "work-alarm": (
        staff_view(Page.ALARM, held=("", "north"), notice=Notice.BUSY, overrides=14,
                   too_many_overrides=True),
        _asked,
    ),
    "work-many": (staff_view(cases=MANY, waiting=93, lapses_after=8), _nothing),
    "work-oldest": (
        staff_view(cases=MANY, waiting=93, lapses_after=8, mode=Mode.LOCKED_DOWN, notice=Notice.DONE),
        _oldest,
    ),
    "work-counter": (at_counter(), _nothing),
    "work-ride": (on_a_ride(mode=Mode.LOCKED_DOWN), _nothing),
    "evacuate-ride": (on_a_ride(), _evacuate),
    "work-granted": (granted_behind(cases=(), waiting=0, held=("north",)), _nothing),
    "case": (granted_behind(), _case),
    "case-paper": (staff_view(), lambda page: _case(page, 2)),
    "thermometer": (staff_view(), _thermometer),
    "people": (staff_view(), lambda page: choose(page.work.choices, StaffAction.OCCUPANCY)),
    "reason": (staff_view(), _reason),
    "evacuate": (staff_view(Page.LOOK_AT_SENSOR), _evacuate),
}  # fmt: skip

LOCKED = StaffView(mode=Mode.LOCKED_DOWN, too_many_overrides=True)
LAPSES = StaffView(mode=Mode.LOCKED_DOWN, waiting=100, lapses_after=1)
PAGES: dict[str, ViewState] = {
    "page-welcome": signed_out(waiting=3, held=("north",)),
    "page-alarm": ViewState(Page.ALARM, alarm=Reason.DOOR_FORCED_OPEN),
    "page-evacuate": ViewState(Page.EVACUATE, staff=StaffView(mode=Mode.EVACUATING, occupancy=42)),
    "page-locked": ViewState(Page.LOCKED_DOWN, staff=LOCKED),
    "page-evacuate-ride": ViewState(Page.EVACUATE, boards=True, staff=StaffView(mode=Mode.EVACUATING)),
    "page-unrecorded-ride": ViewState(
        Page.EVACUATE, boards=True, staff=StaffView(mode=Mode.EVACUATING, evacuation_unrecorded=True)
    ),
    "page-locked-ride": ViewState(Page.LOCKED_DOWN, boards=True, staff=LOCKED),
    "page-fire-ride": ViewState(Page.ALARM, boards=True, alarm=Reason.FIRE),
    "page-lapses": ViewState(Page.LOCKED_DOWN, staff=LAPSES),
}  # fmt: skip


def work(window: KioskWindow, view: ViewState) -> None:
    """Open the staff page over a state."""
    window.show_view(view)
    window.staff.open_page()


def go_to(window: KioskWindow, name: str) -> None:
    """Bring the window's staff page into a state, from a closed one."""
    view, touches = STATES[name]
    window.staff.close_page()
    work(window, view)
    touches(window.staff)
    answers = view.staff.answers + (view.staff.notice is not Notice.NONE)
    window.show_view(replace(view, staff=replace(view.staff, answers=answers)))


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("--size", default="1024x600")
    options.add_argument("--language", choices=LANGUAGES, default="zh_CN")
    chosen = options.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication.instance() or QApplication(["staff-states"])
    window = KioskWindow(language=chosen.language, zone=ZoneInfo("Asia/Shanghai"))
    window.resize(*map(int, chosen.size.split("x")))
    window.show()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    for name in STATES:
        go_to(window, name)
        save(window, chosen.folder / f"{name}.png")
    window.staff.close_page()
    for name, view in PAGES.items():
        window.show_view(view)
        save(window, chosen.folder / f"{name}.png")
    window.close()
    del app
    return 0


if __name__ == "__main__":
    sys.exit(main())
