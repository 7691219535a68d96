"""Staff at a checkpoint under test: signing in, doing something, and what came of it."""

from __future__ import annotations

from kiosk.core import passage as entries
from kiosk.core.events import (
    StaffAction,
    StaffIntent,
    StaffReason,
    StaffSignedIn,
)
from kiosk.core.rules import StaffRules
from kiosk.core.view import StaffView
from kiosk.credentials.credential import Colour
from tests.core.playbook import (
    WARM,
    Playbook,
    code,
    rules_with,
)

GUARD = 90
WITH_PASSES = rules_with(staff=StaffRules(pass_roles=(GUARD,)))
YELLOW = code(colour=Colour.YELLOW)


def signed_in(play: Playbook | None = None) -> Playbook:
    play = Playbook() if play is None else play
    return play.happens(StaffSignedIn(play.now, "07"))


def does(play: Playbook, action: StaffAction, **more: object) -> Playbook:
    more.setdefault("reason", StaffReason.OTHER)
    return play.happens(StaffIntent(play.now, action, **more))  # type: ignore[arg-type]


def staff(play: Playbook) -> StaffView:
    return play.view.staff


def acts(play: Playbook) -> list[object]:
    return [record.data["action"] for record in play.recorded(entries.STAFF_ACTED)]


def decided(play: Playbook) -> list[tuple[object, object]]:
    return [(one.data["outcome"], one.data["reason"]) for one in play.recorded(entries.DECIDED)]


def referred() -> Playbook:
    """A yellow code was referred, and somebody of the staff is signed in."""
    return signed_in(Playbook().scan(YELLOW))


def warm() -> Playbook:
    """Somebody with an elevated temperature was referred, and somebody of the staff is signed in."""
    return signed_in(Playbook().scan(code()).sample(WARM))
