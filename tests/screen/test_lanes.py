"""One screen a lane: it shows and sounds its own lane's state, and says which one that is."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from kiosk.core.commands import Sound
from kiosk.core.rules import AccessPoint, LaneRules, Purpose, Rules
from kiosk.core.view import Page, ViewState
from kiosk.screen.lane_sign import lane_text
from kiosk.screen.process import Link, Screen
from kiosk.screen.texts import PURPOSES, Text
from kiosk.screen.window import KioskWindow
from kiosk.wire import CAMERA_COLUMNS, CAMERA_ROWS, CameraPicture, SoundMessage, ViewMessage
from tests.screen.conftest import Gatekeeper, granted, picture

MakeScreen = Callable[..., Screen]
WELCOME, GRANT = "请出示健康码", "请通行"
IN, OUT = AccessPoint("in", Purpose.ENTRY, "gate"), AccessPoint("out", Purpose.EXIT, "gate-out", lane="out")
TWO = Rules(access_points=(IN, OUT), lanes=(LaneRules("out"),))
WAY_OUT = Text("出口（out）", "Way out (out)")


class Ear:
    def __init__(self) -> None:
        self.heard: list[Sound] = []

    def play(self, sound: Sound) -> None:
        self.heard.append(sound)

    def stop(self) -> None:
        return


def seen(lane: str) -> CameraPicture:
    return CameraPicture(b64encode(bytes(CAMERA_ROWS * CAMERA_COLUMNS)).decode(), lane)


@pytest.mark.parametrize(("lane", "other"), [("out", ""), ("", "out"), ("out", "out-2")])
def test_what_is_of_another_lane_is_neither_shown_nor_sounded(
    make_screen: MakeScreen, lane: str, other: str
) -> None:
    ear = Ear()
    screen = make_screen(lane=lane, player=ear)
    screen.handle(ViewMessage(ViewState(Page.WELCOME, lane=lane)))
    screen.handle(ViewMessage(replace(granted(), lane=other)))
    screen.handle(replace(picture(), lane=other))
    screen.handle(seen(other))
    screen.handle(SoundMessage(Sound.GRANTED, other))
    assert WELCOME in screen.window.words()
    assert not screen.window.thermal.has_picture
    assert not screen.window.camera.has_picture
    assert ear.heard == []


def test_what_is_of_its_own_lane_is_shown_and_sounded(make_screen: MakeScreen) -> None:
    ear = Ear()
    screen = make_screen(lane="out", player=ear)
    screen.handle(ViewMessage(replace(granted(), lane="out")))
    screen.handle(replace(picture(), lane="out"))
    screen.handle(seen("out"))
    screen.handle(SoundMessage(Sound.GRANTED, "out"))
    assert GRANT in screen.window.words()
    assert screen.window.thermal.has_picture
    assert screen.window.camera.has_picture
    assert ear.heard == [Sound.GRANTED]


def test_another_lane_s_news_is_no_sign_that_this_one_is_still_served(
    qtbot: QtBot, make_screen: MakeScreen, gatekeeper: Gatekeeper
) -> None:
    """An old grant goes when gatekeeper has been silent of its lane for a while."""
    screen = make_screen(lane="out")
    link = Link(screen, gatekeeper.path)
    link.start()
    gatekeeper.accept()
    gatekeeper.say(ViewMessage(replace(granted(), lane="out")))
    qtbot.waitUntil(lambda: GRANT in screen.window.words())
    assert link._silence.isActive()
    link._silence.stop()
    gatekeeper.say(picture(), ViewMessage(granted()), seen("out"))
    qtbot.waitUntil(lambda: screen.window.camera.has_picture)
    assert not link._silence.isActive()
    link.stop()


def test_a_lane_is_named_by_what_people_do_there_and_by_its_id() -> None:
    assert lane_text(TWO, "") == Text("入口", "Way in")
    assert lane_text(TWO, "out") == WAY_OUT
    both = Rules(access_points=(IN, replace(OUT, lane="")), lanes=(LaneRules("out"),))
    assert lane_text(both, "") == Text("入口 · 出口", "Way in · Way out")


def test_where_there_is_one_lane_it_is_not_named() -> None:
    assert lane_text(Rules(access_points=(IN,)), "") is None


@pytest.mark.parametrize("purpose", Purpose)
def test_every_purpose_has_a_word_in_both_languages(purpose: Purpose) -> None:
    assert PURPOSES[purpose].zh_CN
    assert PURPOSES[purpose].en


def test_the_lane_s_name_stands_on_every_page_and_takes_no_room_where_there_is_none(
    make_screen: MakeScreen,
) -> None:
    plain, named = make_screen(), make_screen(lane="out", lane_text=WAY_OUT)
    for view in (ViewState(Page.WELCOME), granted(), ViewState(Page.LOCKED_DOWN)):
        plain.handle(ViewMessage(view))
        named.handle(ViewMessage(replace(view, lane="out")))
        assert named.window.words() == f"出口（out）  Way out (out) {plain.window.words()}"
    named.connection_lost()
    assert named.window.words().startswith("出口（out）")


def test_nothing_lies_over_the_name_or_the_bar(window: KioskWindow) -> None:
    window.show_lane(WAY_OUT)
    window.show_picture(picture())
    for size in ((1024, 600), (640, 384), (1280, 800), (600, 1024)):
        window.resize(*size)
        for view in (ViewState(Page.WELCOME), granted()):
            window.show_view(view)
            sign, page, bar = (each.geometry() for each in (window._lane, window._current, window.bar))
            assert window._lane.isVisible()
            assert (sign.top(), sign.bottom() + 1, page.bottom() + 1) == (0, page.top(), bar.top())
            assert bar.bottom() + 1 == window.height()
            assert page.contains(window.thermal.geometry())
