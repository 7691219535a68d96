"""Who wants out while somebody else is dealt with: let out in his turn, and told where it does not come."""

from __future__ import annotations

from kiosk.core import passage as entries
from kiosk.core.commands import Announce, ReleaseGate, Sound
from kiosk.core.events import DoorClosed, DoorOpened
from kiosk.core.phases import Idle, Showing
from kiosk.core.rules import DoorRules, ScreeningRules
from kiosk.core.view import Page
from kiosk.terms import Outcome, Reason
from tests.core.playbook import Playbook, code, granted, reading, rules_with
from tests.core.staff_play import decided, signed_in, staff

LEAVES = code(cti=b"leaving!")
LEAVES_TODAY = f"today-{b'leaving!'.hex()}"
SLOW = rules_with(screening=ScreeningRules(timeout_s=30.0), door=DoorRules(held_open_s=2.0, debounce_s=0.0))
"""Somebody may be measured for a minute, which is longer than a door keeps anybody waiting."""


def waits_at_the_exit() -> Playbook:
    """Somebody who wants out waits behind somebody who is measured, and then measured once more."""
    play = Playbook(SLOW).scan(code()).scan(LEAVES, "exit-scanner").wait(15.0)
    play.sample(reading(37.8)).wait(29.0)
    assert play.recorded(entries.EXIT_LAPSED) == []
    return play


def test_a_door_that_stands_open_keeps_nobody_in_who_has_shown_his_code() -> None:
    play = granted().happens(DoorOpened(Playbook().now))
    play.scan(LEAVES, "exit-scanner").wait(14.0)
    assert decided(play) == [("grant", "granted")]
    play.wait(1.1)
    assert decided(play)[-1] == ("grant", "exit.recorded")
    assert play.recorded(entries.DECIDED)[-1].data["subject"] == LEAVES_TODAY
    assert len(play.asked(ReleaseGate)) == 2


def test_an_exit_whose_turn_did_not_come_is_recorded_and_asked_for_once_more() -> None:
    play = waits_at_the_exit()
    play.wait(1.1).wait(4.1)
    lapsed = play.recorded(entries.EXIT_LAPSED)
    assert [each.data["subject"] for each in lapsed] == [LEAVES_TODAY]
    assert (lapsed[0].data["access_point"], lapsed[0].data["source"]) == ("gate-out", "exit-scanner")
    waited_ms = lapsed[0].data["waited_ms"]
    assert isinstance(waited_ms, int)
    assert 16_000 <= waited_ms <= 50_000
    assert (play.page(), play.result.reason) == (Page.RESULT, Reason.EXIT_LAPSED)
    assert play.result.outcome is Outcome.REFER
    assert play.asked(Announce)[-1] == Announce(Sound.REFERRED)
    assert isinstance(play.checkpoint.phase(), Showing)
    assert staff(signed_in(play)).waiting == 1, "that of whom nobody could measure"
    play.scan(LEAVES, "exit-scanner")
    assert decided(play)[-1] == ("grant", "exit.recorded")


def test_one_who_shows_his_code_behind_another_at_the_exit_takes_his_turn_and_that_is_recorded() -> None:
    play = Playbook().scan(code()).scan(b"rubbish", "exit-scanner")
    play.scan(LEAVES, "exit-scanner").scan(LEAVES, "exit-scanner").wait(5.0)
    lapsed = play.recorded(entries.EXIT_LAPSED)
    assert [(each.data["subject"], each.data["source"]) for each in lapsed] == [(None, "exit-scanner")]
    play.wait(9.0)
    assert ("grant", "exit.recorded") in decided(play)


def test_an_entry_that_waits_for_too_long_is_no_exit() -> None:
    play = granted().happens(DoorOpened(Playbook().now)).scan(code(cti=b"after me"))
    play.wait(12.0).happens(DoorClosed(play.now)).wait(1.0)
    assert isinstance(play.checkpoint.phase(), Idle)
    assert play.recorded(entries.EXIT_LAPSED) == []


def test_what_is_recorded_of_it_bears_a_number_of_its_own_and_the_name_of_when_the_code_was_shown() -> None:
    play = Playbook(SLOW, pseudonyms=lambda subject, at: (f"{subject.hex()} at {at.utc:%H:%M:%S}",))
    shown_s = play.scan(code()).wait(2.0).now.mono
    play.scan(LEAVES, "exit-scanner").wait(15.0)
    play.sample(reading(37.8)).wait(34.1)
    (lapsed,) = play.recorded(entries.EXIT_LAPSED)
    assert lapsed.data == {
        "passage": 2,
        "access_point": "gate-out",
        "source": "exit-scanner",
        "subject": f"{b'leaving!'.hex()} at 00:00:02",
        "waited_ms": round(1000 * (lapsed.at.mono - shown_s)),
    }
