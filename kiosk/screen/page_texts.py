"""What the pages say that are about a place and not about a person: entry closed, an evacuation, an alarm.

On a vehicle (`boards`) they speak of it: it has no gate that the kiosk would open or shut.
"""

from __future__ import annotations

from kiosk.core.view import Page
from kiosk.screen import texts
from kiosk.screen.texts import ReasonText, Text
from kiosk.terms import Reason

RIDE_PAGES: dict[Page, Text] = {
    Page.LOCKED_DOWN: Text("暂停上车", "Boarding is closed"),
    Page.EVACUATE: Text("请立即下车", "Leave the vehicle now"),
}
RIDE_PAGE_ADVICE: dict[Page, Text] = {
    Page.LOCKED_DOWN: Text("车上乘客可照常下车", "You can still get off as usual"),
    Page.EVACUATE: Text("请从就近车门下车，听从司机", "Use the nearest door and follow the driver"),
}
RIDE_ALARMS: dict[Reason, ReasonText] = {
    Reason.FIRE: ReasonText(Text("火警", "Fire alarm"), Text("请立即下车", "Please leave the vehicle now")),
    Reason.DOOR_HELD_OPEN: ReasonText(
        Text("车门未关好", "The door is held open"), Text("请关好车门", "Please close the door")
    ),
    Reason.DOOR_FORCED_OPEN: ReasonText(
        Text("车门被强行打开", "The door was forced open"),
        Text("请工作人员查看", "Staff, please check the door"),
    ),
}


def alarm_text(alarm: Reason | None, *, boards: bool) -> ReasonText:
    """What is wrong, and what to do; None is an alarm whose reason the kiosk was not told."""
    if alarm is None:
        return ReasonText(texts.PAGES[Page.ALARM])
    told = texts.REASONS[alarm]
    return RIDE_ALARMS.get(alarm, told) if boards else told


def page_text(page: Page, *, boards: bool) -> Text:
    """What a page says in large letters."""
    return RIDE_PAGES.get(page, texts.PAGES[page]) if boards else texts.PAGES[page]


def advice_text(page: Page, *, boards: bool) -> Text:
    """What to do, on the pages that say it; raises KeyError on the others."""
    told = texts.PAGE_ADVICE[page]
    return RIDE_PAGE_ADVICE.get(page, told) if boards else told


def evacuation_text(*, boards: bool, is_open: bool) -> Text:
    """Where to, in an evacuation. `is_open`: the gates are held open for it; a vehicle has none."""
    return advice_text(Page.EVACUATE, boards=boards) if boards or is_open else texts.GATES_NOT_OPEN
