"""A code that is not read, a reader that is lost, and what is heard: told at once, and while it is so."""

from __future__ import annotations

import pytest

from kiosk.core import passage as entries
from kiosk.core.commands import Announce, Sound
from kiosk.core.events import (
    CodeUnread,
    DeviceFaulted,
    DeviceReconnecting,
    DeviceRecovered,
    DoorClosed,
    DoorOpened,
)
from kiosk.core.view import CodeHint, Page, SourceState
from tests.core.playbook import WELL, Playbook, code, granted


def unread(play: Playbook, hint: CodeHint = CodeHint.CLOSER) -> Playbook:
    return play.happens(CodeUnread(play.now, "camera", hint))


@pytest.mark.parametrize("hint", [hint for hint in CodeHint if hint is not CodeHint.NONE])
def test_what_would_help_stands_on_the_welcome(hint: CodeHint) -> None:
    play = unread(Playbook().wait(0.1), hint)
    assert (play.page(), play.view.code_hint) == (Page.WELCOME, hint)


def test_a_hint_goes_by_itself_when_it_is_not_given_again() -> None:
    play = unread(Playbook())
    assert unread(play.wait(1.4)).wait(1.4).view.code_hint is CodeHint.CLOSER
    assert play.wait(0.2).view.code_hint is CodeHint.NONE


def test_a_scan_that_was_torn_is_asked_for_long_enough_to_be_read() -> None:
    play = unread(Playbook(), CodeHint.SCAN_AGAIN).wait(3.9)
    assert play.view.code_hint is CodeHint.SCAN_AGAIN
    assert play.wait(0.2).view.code_hint is CodeHint.NONE


def test_the_same_hint_again_is_no_new_state_of_the_screen() -> None:
    play = unread(Playbook())
    revision = play.view.revision
    unread(play.wait(0.3))
    assert play.view.revision == revision


def test_on_a_page_that_asks_for_no_code_nothing_is_said_of_one() -> None:
    play = unread(Playbook().scan(code()))
    assert (play.page(), play.view.code_hint) == (Page.LOOK_AT_SENSOR, CodeHint.NONE)


def test_a_code_is_heard_when_it_is_read_and_not_again_while_it_stays() -> None:
    play = Playbook().scan(code())
    assert play.asked(Announce) == [Announce(Sound.READ)]
    play.wait(0.1).scan(code()).wait(0.1).scan(code())
    assert play.asked(Announce) == [Announce(Sound.READ)]


def test_a_code_that_must_wait_is_heard_at_once_and_only_once() -> None:
    play = granted()
    play.happens(DoorOpened(play.now))
    before = len([each for each in play.asked(Announce) if each.sound is Sound.READ])
    for _ in range(5):
        play.wait(0.1).scan(code(cti=b"leaving!"), "exit-scanner")
    assert len([each for each in play.asked(Announce) if each.sound is Sound.READ]) == before + 1
    play.happens(DoorClosed(play.now)).wait(1.0)
    assert play.view.result is not None
    assert play.view.result.access_point == "gate-out"
    assert len([each for each in play.asked(Announce) if each.sound is Sound.READ]) == before + 1


def state(play: Playbook) -> tuple[str, str | None]:
    """Of the first reader, as the screen has it."""
    source = play.view.sources[0]
    return source.state.value, source.since


def test_every_reader_shows_its_state_and_since_when_it_is_lost() -> None:
    play = Playbook().wait(1.0)
    since = play.now.utc.isoformat()
    play.happens(DeviceFaulted(play.now, "camera", "pulled out"))
    assert [source.name for source in play.view.sources] == ["camera", "exit-scanner", "counter-scanner"]
    assert [source.state for source in play.view.sources[1:]] == [SourceState.OK] * 2
    assert state(play) == ("lost", since)
    play.wait(3.0).happens(DeviceReconnecting(play.now, "camera"))
    assert state(play) == ("reconnecting", since)
    play.happens(DeviceRecovered(play.now, "camera"))
    assert state(play) == ("ok", None)


def test_each_change_of_a_reader_is_one_entry_of_the_journal() -> None:
    play = Playbook()
    for _ in range(2):
        play.happens(DeviceFaulted(play.now, "camera", "pulled out")).wait(1.0)
        play.happens(DeviceReconnecting(play.now, "camera")).wait(1.0)
        play.happens(DeviceRecovered(play.now, "camera")).wait(1.0)
    kinds = [entries.DEVICE_FAULTED, entries.DEVICE_RECONNECTING, entries.DEVICE_RECOVERED]
    assert [record.type for record in play.journal] == kinds * 2
    assert {record.data["device"] for record in play.journal} == {"camera"}


def test_a_passage_goes_on_whatever_is_seen_at_another_reader() -> None:
    play = unread(Playbook().scan(code()), CodeHint.ONE_CODE).sample(WELL)
    assert play.page() is Page.RESULT
