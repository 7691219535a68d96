"""A heartbeat holds how many are inside, so that a start knows it that does not read so far back."""

from __future__ import annotations

from kiosk.core import passage as entries
from kiosk.core.events import DoorClosed, DoorOpened, Started
from kiosk.core.rules import Rules
from tests.core.counters import RESTAURANT
from tests.core.playbook import RULES, WELL, Playbook, code

HOUR_S = 3600.0


def started(rules: Rules = RULES) -> Playbook:
    play = Playbook(rules)
    return play.happens(Started(play.now, {}, {}))


def goes_through(play: Playbook) -> Playbook:
    play.scan(code()).sample(WELL)
    return play.happens(DoorOpened(play.now)).happens(DoorClosed(play.now))


def test_a_heartbeat_says_how_many_are_inside_where_anybody_goes_in() -> None:
    beats = [
        play.wait(HOUR_S).recorded(entries.HEARTBEAT)[0].data.get("inside")
        for play in (goes_through(started()), started(), started(RESTAURANT))
    ]
    assert beats == [1, 0, None]


def test_a_heartbeat_says_nothing_of_it_while_the_record_of_a_passage_is_owed() -> None:
    play = started().scan(code()).sample(WELL)
    play.journal_works = False
    play.happens(DoorOpened(play.now)).happens(DoorClosed(play.now)).wait(HOUR_S)
    beat = next(one for one in play.commands if getattr(one, "type", "") == entries.HEARTBEAT)
    assert "inside" not in beat.data  # type: ignore[union-attr]
