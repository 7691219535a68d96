from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from kiosk.core.events import StaffAction
from kiosk.core.view import Guidance, Page, Result, ViewState
from kiosk.screen.errors import ScreenError
from kiosk.screen.palette import OUTCOMES
from kiosk.screen.process import Screen
from kiosk.screen.screenshots import kind_of, kind_of_staff
from kiosk.screen.staff_actions import Step
from kiosk.terms import Outcome, Reason
from kiosk.wire import ViewMessage
from tests.screen.conftest import granted
from tests.screen.staff_states import choose, granted_behind, staff_view

MakeScreen = Callable[..., Screen]
RED = ViewState(Page.RESULT, result=Result(Outcome.DENY, Reason.COLOUR_RED, "main-gate"))


def test_a_kind_is_named_by_outcome_and_reason_page_or_alarm() -> None:
    assert kind_of(RED) == "result-deny-colour.red"
    assert kind_of(ViewState(Page.WELCOME)) == "page-welcome"
    assert kind_of(ViewState(Page.ALARM, alarm=Reason.DOOR_HELD_OPEN)) == "alarm-door.held_open"
    look = ViewState(Page.LOOK_AT_SENSOR, guidance=Guidance.COME_CLOSER)
    assert kind_of(look) == "page-look_at_sensor-come_closer"


def test_a_step_of_the_staff_page_is_never_taken_for_the_page_under_it(
    make_screen: MakeScreen, tmp_path: Path
) -> None:
    screen = make_screen(screenshots=tmp_path)
    screen.window.staff.open_page()
    screen.handle(ViewMessage(staff_view()))
    screen.handle(ViewMessage(granted_behind()))
    choose(screen.window.staff.work.choices, StaffAction.OPEN_ONCE)
    kinds = {"page-starting", *(kind_of_staff(step) for step in (Step.SIGN_IN, Step.WORK, Step.REASON))}
    assert {path.stem for path in tmp_path.iterdir()} == kinds


def test_every_kind_is_saved_once(make_screen: MakeScreen, tmp_path: Path) -> None:
    folder = tmp_path / "shots"
    screen = make_screen(screenshots=folder)
    screen.handle(ViewMessage(RED))
    first = folder / "result-deny-colour.red.png"
    first.write_bytes(b"kept")
    screen.handle(ViewMessage(granted()))
    screen.handle(ViewMessage(RED))
    assert first.read_bytes() == b"kept"
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["page-starting.png", "result-deny-colour.red.png", "result-grant-granted.png"]


def test_a_screenshot_shows_what_was_painted_and_not_the_page_before(
    make_screen: MakeScreen, tmp_path: Path
) -> None:
    screen = make_screen(screenshots=tmp_path)
    screen.handle(ViewMessage(granted()))
    screen.handle(ViewMessage(RED))
    image = QImage(str(tmp_path / "result-deny-colour.red.png"))
    assert (image.width(), image.height()) == (1024, 600)
    assert image.pixelColor(1020, 3).name() == OUTCOMES[Outcome.DENY].paper


def test_a_folder_that_cannot_be_made_is_said_and_the_screen_goes_on(
    make_screen: MakeScreen, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    screen = make_screen(screenshots=tmp_path / "file" / "shots")
    screen.handle(ViewMessage(granted()))
    assert "cannot be made" in capsys.readouterr().err
    assert "请通行" in screen.window.words()


def test_a_picture_on_request_goes_where_it_was_asked_for(make_screen: MakeScreen, tmp_path: Path) -> None:
    screen = make_screen()
    screen.grab(tmp_path / "now.png")
    assert QImage(str(tmp_path / "now.png")).width() == 1024
    with pytest.raises(ScreenError, match=r"now\.png cannot be written"):
        screen.grab(tmp_path / "missing" / "now.png")
