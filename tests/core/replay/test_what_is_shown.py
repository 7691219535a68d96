"""What a difference says: the entry, what stands there, what comes out now, and what both rest on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from kiosk.core import passage as entries
from kiosk.core.commands import JsonValue
from kiosk.core.events import DeviceFaulted
from kiosk.core.replay.run import Difference
from kiosk.core.replay.story import compared
from kiosk.gatekeeper.restore import past_told_by
from kiosk.journal.reader import Entry
from tests.core.playbook import BUNDLE, GATE_IN, MORNING, WELL, code
from tests.core.replay.replaying import Recorded, changed, entries_of, replayed, seqs
from tests.core.replay.test_replay import ANOTHER, granted
from tests.core.test_lanes import TWO

NAME = "today-" + b"somebody".hex()
RESTED_ON: dict[str, JsonValue] = {
    "format": "HP1",
    "colour": "green",
    "roles": [1],
    "area": "330100",
    "rotating": True,
    "revocable": False,
    "clock_trusted": True,
    "keys": True,
    "limit_oral_celsius": 38.0,
    "guard_factor": 1.0,
}


def difference_in(told: list[Entry]) -> Difference:
    difference = replayed(told).difference
    assert difference is not None
    return difference


def test_a_decision_is_shown_with_all_that_it_rests_on() -> None:
    fresh_until = MORNING + timedelta(days=1)
    play = Recorded(bundle=replace(BUNDLE, fresh_until=fresh_until))
    granted(play).goes_through()
    told = play.entries()
    (seq,) = seqs(told, entries.DECIDED)
    (end,) = seqs(told, entries.PASSED)
    slot, temperature = told[seq].data["slot"], told[seq].data["temperature"]
    now = {
        "outcome": "grant",
        "reason": "granted",
        "access_point": GATE_IN.id,
        "purpose": "entry",
        "subject": NAME,
        "slot": slot,
    }
    assert difference_in(changed(told, seq, reason="trust.stale")) == Difference(
        seq,
        told[seq].time,
        1,
        {**now, "reason": "trust.stale"},
        now,
        {
            **RESTED_ON,
            "temperature": temperature,
            "trust_fresh_until": fresh_until.isoformat(),
            "recorded_ms": 0,
            "door": told[end].data["door"],
        },
    )


def test_of_a_grant_the_entry_of_its_end_is_shown_with_what_the_door_did() -> None:
    play = Recorded()
    play.happens(DeviceFaulted(play.now, "door", "cut"))
    granted(play).wait(9.0)
    told = play.entries()
    (end,) = seqs(told, entries.PASSED)
    assert told[end].data["door_was"] == ["door lost"]
    now = {"type": entries.PASSED, "access_point": GATE_IN.id, "purpose": "entry", "subject": NAME}
    difference = difference_in(changed(told, end, purpose="exit"))
    assert (difference.seq, difference.time, difference.passage) == (end, told[end].time, 1)
    assert (difference.recorded, difference.now) == ({**now, "purpose": "exit"}, now)
    temperature = told[seqs(told, entries.DECIDED)[0]].data["temperature"]
    assert difference.facts == {
        **RESTED_ON,
        "temperature": temperature,
        "recorded_ms": 0,
        "door_was": ["door lost"],
    }


def test_of_an_end_that_does_not_come_what_stands_there_is_shown() -> None:
    play = granted(Recorded()).goes_through()
    told = play.entries()
    (end,) = seqs(told, entries.PASSED)
    difference = difference_in(changed(told, end, door=[[1200, "opened"]]))
    assert difference.recorded == {
        "type": entries.PASSED,
        "access_point": GATE_IN.id,
        "purpose": "entry",
        "subject": NAME,
    }
    assert (difference.seq, difference.time, difference.now) == (end, told[end].time, None)


def test_of_a_decision_that_does_not_come_what_stands_there_is_shown() -> None:
    play = granted(Recorded())
    told = play.entries()
    (seq,) = seqs(told, entries.DECIDED)
    difference = difference_in(changed(told, seq, source="no-such-reader"))
    assert difference.recorded == compared(told[seq].data)
    assert (difference.seq, difference.now) == (seq, None)


def two_starts() -> list[Entry]:
    """A crash while in both lanes somebody was granted, and the start that annuls both grants."""
    first = Recorded(TWO)
    first.scan(code(cti=ANOTHER), "exit-scanner").scan(code()).sample(WELL, 2)
    past = past_told_by("", first.entries())
    second = Recorded(TWO, past=past, begins_at=first.now.utc + timedelta(seconds=30))
    return entries_of([*first.journal, *second.journal])


def test_of_a_grant_that_a_start_annuls_what_it_annuls_now_is_shown() -> None:
    told = two_starts()
    report = replayed(told)
    assert (report.difference, report.decisions, report.annulled) == (None, 2, 2)
    seq = seqs(told, entries.ANNULLED)[1]
    now = {"type": entries.ANNULLED, "access_point": GATE_IN.id, "purpose": "entry", "subject": NAME}
    assert difference_in(changed(told, seq, subject="somebody else")) == Difference(
        seq, told[seq].time, 2, {**now, "subject": "somebody else"}, now, {}
    )
