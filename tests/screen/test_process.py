from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest
from pytestqt.qtbot import QtBot

from kiosk.core.commands import Sound
from kiosk.core.events import StaffAction, StaffReason
from kiosk.core.view import Page, ViewState
from kiosk.screen import process
from kiosk.screen.fitted import FittedLabel
from kiosk.screen.process import Link, Screen
from kiosk.terms import Reason
from kiosk.wire import IntentMessage, SignInMessage, SoundMessage, ViewMessage, decode, encode
from tests.screen import staff_states
from tests.screen.conftest import Gatekeeper, granted, picture

MakeScreen = Callable[..., Screen]
WELCOME = ViewMessage(ViewState(Page.WELCOME))
GRANT = "请通行"


@pytest.fixture
def screen(make_screen: MakeScreen) -> Screen:
    return make_screen()


@pytest.fixture
def link(screen: Screen, gatekeeper: Gatekeeper) -> Iterator[Link]:
    link = Link(screen, gatekeeper.path)
    link.start()
    gatekeeper.accept()
    yield link
    link.stop()


def wait_for(qtbot: QtBot, screen: Screen, words: str) -> None:
    qtbot.waitUntil(lambda: words in screen.window.words(), timeout=4000)


def test_what_gatekeeper_says_is_shown(
    qtbot: QtBot, screen: Screen, link: Link, gatekeeper: Gatekeeper
) -> None:
    gatekeeper.say(WELCOME)
    wait_for(qtbot, screen, "请出示健康码")
    gatekeeper.say(picture(), ViewMessage(granted()))
    wait_for(qtbot, screen, "面部皮肤 / Face skin  34.6 °C ± 0.9 °C")
    assert screen.window.thermal.has_picture


@pytest.mark.parametrize(
    "garbage",
    [
        b"\n",
        b"no json\n",
        b'{"kind":"view"}\n',
        b"\xff\xfe\x00\n",
        b"[" * 50_000 + b"\n",
        b"x" * 200_000 + b"\n",
    ],
    ids=["empty", "words", "half a message", "not text", "deep", "long"],
)
def test_garbage_is_ignored_and_the_next_line_is_shown(
    qtbot: QtBot, screen: Screen, link: Link, gatekeeper: Gatekeeper, garbage: bytes
) -> None:
    sender = Thread(target=gatekeeper.say_bytes, args=(garbage + encode(ViewMessage(granted())),))
    sender.start()  # the screen reads on this thread, and more than a socket holds may be sent
    wait_for(qtbot, screen, GRANT)
    sender.join()


def test_garbage_is_complained_of_once(
    qtbot: QtBot, screen: Screen, link: Link, gatekeeper: Gatekeeper, capsys: pytest.CaptureFixture[str]
) -> None:
    gatekeeper.say_bytes(b"no json\n" * 100)
    gatekeeper.say(WELCOME)
    wait_for(qtbot, screen, "请出示健康码")
    assert capsys.readouterr().err.count("ignored a line") == 1


def test_a_lost_connection_never_leaves_a_grant_on_the_screen(
    qtbot: QtBot, screen: Screen, link: Link, gatekeeper: Gatekeeper
) -> None:
    gatekeeper.say(ViewMessage(granted()))
    wait_for(qtbot, screen, GRANT)
    gatekeeper.die()
    wait_for(qtbot, screen, "No connection to the gatekeeper")
    assert GRANT not in screen.window.words()
    gatekeeper.restart()
    qtbot.waitUntil(lambda: link.connection.connected, timeout=3000)
    assert GRANT not in screen.window.words()


def test_a_line_cut_off_with_the_connection_is_not_continued_by_the_next(
    qtbot: QtBot, screen: Screen, link: Link, gatekeeper: Gatekeeper
) -> None:
    gatekeeper.say_bytes(b'{"kind":')
    gatekeeper.hang_up()
    qtbot.waitUntil(lambda: not link.connection.connected)
    qtbot.waitUntil(lambda: link.connection.connected, timeout=3000)
    gatekeeper.accept()
    gatekeeper.say(WELCOME)
    wait_for(qtbot, screen, "请出示健康码")


def test_a_silent_gatekeeper_does_not_leave_a_grant_on_the_screen(
    qtbot: QtBot, screen: Screen, gatekeeper: Gatekeeper
) -> None:
    link = Link(screen, gatekeeper.path, silence_ms=50)
    link.start()
    gatekeeper.accept()
    gatekeeper.say(ViewMessage(granted()))
    wait_for(qtbot, screen, "No connection to the gatekeeper")
    assert GRANT not in screen.window.words()
    link.stop()


def test_a_silent_gatekeeper_may_welcome_for_as_long_as_nobody_comes(
    qtbot: QtBot, screen: Screen, gatekeeper: Gatekeeper
) -> None:
    link = Link(screen, gatekeeper.path, silence_ms=20, picture_ms=300)
    link.start()
    gatekeeper.accept()
    gatekeeper.say(picture(), WELCOME)
    qtbot.waitUntil(lambda: screen.window.thermal.has_picture)
    qtbot.waitUntil(lambda: not screen.window.thermal.has_picture)
    assert "请出示健康码" in screen.window.words()
    link.stop()


def test_a_number_and_a_pin_go_to_gatekeeper_and_the_pin_is_nowhere_else(
    qtbot: QtBot, screen: Screen, link: Link, gatekeeper: Gatekeeper, capfd: pytest.CaptureFixture[str]
) -> None:
    page = screen.window.staff
    page.open_page()
    staff_states.go_to(screen.window, "sign-in")
    assert "●●●●●●" in screen.window.words()
    page.sign_in.send.click()
    assert decode(gatekeeper.hear().rstrip(b"\n")) == SignInMessage("17", "246813")
    assert "●" not in screen.window.words()
    everything = [label.text() + label.full_text for label in screen.window.findChildren(FittedLabel)]
    everything += [repr(vars(widget)) for widget in (page, page.sign_in, page.sign_in.keypad)]
    assert "246813" not in "".join((*everything, *capfd.readouterr()))


def test_what_staff_ask_for_goes_to_gatekeeper_with_its_reason(
    qtbot: QtBot, screen: Screen, link: Link, gatekeeper: Gatekeeper
) -> None:
    page = screen.window.staff
    gatekeeper.say(ViewMessage(staff_states.staff_view()))
    qtbot.waitUntil(lambda: "工号 17" in screen.window.words())
    page.open_page()
    page.work.cases.rows[1].click()
    staff_states.choose(page.case.choices, StaffAction.CLINICAL)
    staff_states.type_keys(page, "374")
    page.number.confirm.click()
    staff_states.choose(page.reason.answers, StaffReason.MEASURED_BY_HAND)
    assert decode(gatekeeper.hear().rstrip(b"\n")) == IntentMessage(
        StaffAction.CLINICAL, StaffReason.MEASURED_BY_HAND, case=39, celsius=37.4
    )


def test_a_lost_connection_closes_the_staff_page_with_all_that_stands_on_it(
    qtbot: QtBot, screen: Screen, link: Link, gatekeeper: Gatekeeper
) -> None:
    gatekeeper.say(ViewMessage(staff_states.staff_view()))
    qtbot.waitUntil(lambda: "工号 17" in screen.window.words())
    screen.window.staff.open_page()
    gatekeeper.die()
    wait_for(qtbot, screen, "No connection to the gatekeeper")
    assert not screen.window.staff.isVisible()
    for words in ("张*明", "17", "等待"):
        assert words not in screen.window.words()


def test_sounds_are_played_and_end_with_the_connection(make_screen: MakeScreen) -> None:
    class Ear:
        def __init__(self) -> None:
            self.heard: list[str] = []

        def play(self, sound: Sound) -> None:
            self.heard.append(sound)

        def stop(self) -> None:
            self.heard.append("silence")

    ear = Ear()
    screen = make_screen(player=ear)
    screen.handle(SoundMessage(Sound.ALARM))
    screen.connection_lost()
    assert ear.heard == [Sound.ALARM, "silence"]


def test_a_screen_works_in_process_without_an_event_loop(make_screen: MakeScreen, tmp_path: Path) -> None:
    screen = make_screen(screenshots=tmp_path)
    screen.handle(ViewMessage(ViewState(Page.ALARM, alarm=Reason.DOOR_FORCED_OPEN)))
    assert "The gate was forced open" in screen.window.words()
    assert (tmp_path / "alarm-door.forced_open.png").is_file()


def test_without_a_display_it_says_so_and_does_not_crash(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert process.main(tmp_path / "s.sock") == 2
    assert "no display" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_process_within_a_second(gatekeeper: Gatekeeper, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "kiosk.screen", "--socket", str(gatekeeper.path), "--headless"]
    child = subprocess.Popen(command, stderr=subprocess.PIPE)
    gatekeeper._server.settimeout(30)
    gatekeeper.accept()
    gatekeeper.say(WELCOME)
    os.kill(child.pid, number)
    _, complaints = child.communicate(timeout=1)
    assert (child.returncode, complaints) == (0, b"")


def test_a_time_zone_that_does_not_exist_is_refused_in_one_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "kiosk.screen", "--socket", "s", "--time-zone", "Mars/Olympus"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 2
    assert "no time zone" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_without_a_chinese_font_it_says_so_and_goes_on(gatekeeper: Gatekeeper, tmp_path: Path) -> None:
    empty = tmp_path / "fonts.conf"
    empty.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        "<dir>/usr/share/fonts/truetype/dejavu</dir></fontconfig>"
    )
    command = [sys.executable, "-m", "kiosk.screen", "--socket", str(gatekeeper.path), "--headless"]
    environment = {**os.environ, "FONTCONFIG_FILE": str(empty)}
    child = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    gatekeeper._server.settimeout(30)
    gatekeeper.accept()
    child.terminate()
    _, complaints = child.communicate(timeout=5)
    assert "fonts-wqy-microhei" in complaints
    assert child.returncode == 0
