"""The sensor's warm-up across restarts of the program, on a clock that the test moves."""

from __future__ import annotations

from pathlib import Path

import pytest

from calibration.warm_up import WarmUp
from kiosk.core.events import SensorWarming
from kiosk.gatekeeper.warming import PowerNote, Warming
from tests.gatekeeper.inbox import Posted


class Start:
    """One start of the program beside a sensor that goes on."""

    def __init__(self, posted: Posted, path: Path, *, kept_power: bool = True) -> None:
        self.posted = posted
        self.warming = Warming(
            path,
            lambda since, earlier: WarmUp(powered_since_s=since, earlier=earlier),
            posted.clock,
            posted.post,
        )
        self.warming.begin(kept_power=kept_power)

    def run(self, seconds: float, *, ta_celsius: float = 31.0, drift_per_minute: float = 0.0) -> Start:
        begun_s = self.posted.time.mono()

        def work() -> None:
            now_s = self.posted.time.mono()
            self.warming.add(now_s, ta_celsius + drift_per_minute * (now_s - begun_s) / 60)

        self.posted.poll(work, seconds, every_s=0.25)
        return self

    def is_over(self) -> bool:
        return self.warming.is_over

    def told(self) -> list[float]:
        return [event.remaining_s for event in self.posted.of(SensorWarming)]


@pytest.fixture
def note(tmp_path: Path) -> Path:
    return tmp_path / "note.json"


def test_a_sensor_just_powered_takes_four_minutes_and_says_so_once_at_each_end(note: Path) -> None:
    start = Start(Posted(), note, kept_power=False)
    start.run(239.0)
    assert not start.is_over()
    start.run(2.0)
    assert start.is_over()
    assert start.told() == [240.0, 0.0]


def test_a_restart_of_the_program_does_not_wait_again(note: Path) -> None:
    posted = Posted()
    Start(posted, note, kept_power=False).run(400.0)
    posted.events.clear()
    posted.time.sleep(3.0)
    again = Start(posted, note).run(1.0)
    assert again.is_over()


@pytest.mark.parametrize("ran_s", [30.25, 31.0, 45.0, 59.0, 61.0])
def test_however_soon_after_a_note_the_restart_comes_only_the_rest_is_waited_for(
    note: Path, ran_s: float
) -> None:
    posted = Posted()
    Start(posted, note, kept_power=False).run(300.0 + ran_s)
    posted.time.sleep(1.0)
    assert Start(posted, note).run(1.0).is_over()


def test_a_restart_in_the_middle_of_the_warm_up_waits_for_the_rest_only(note: Path) -> None:
    posted = Posted()
    Start(posted, note, kept_power=False).run(100.0)
    posted.time.sleep(5.0)
    again = Start(posted, note).run(130.0)
    assert not again.is_over()
    assert again.run(10.0).is_over()


def test_a_sensor_without_the_mark_waits_whatever_the_note_says(note: Path) -> None:
    posted = Posted()
    Start(posted, note, kept_power=False).run(400.0)
    again = Start(posted, note, kept_power=False).run(200.0)
    assert not again.is_over()


def test_a_mark_without_a_note_waits(note: Path) -> None:
    assert not Start(Posted(), note).run(200.0).is_over()


def test_a_note_from_the_future_or_of_rubbish_counts_for_nothing(note: Path) -> None:
    for text in ("", "[]", "{", '{"powered_since_s": "x"}', '{"powered_since_s": NaN}', "[" * 2000):
        note.write_text(text, encoding="utf-8")
        assert PowerNote.load(note) is None
    PowerNote(1e12, 1e12, 31.0).save(note)
    assert not Start(Posted(), note).run(200.0).is_over()


def test_a_sensor_whose_own_temperature_moves_is_not_warm_however_long_it_has_been_on(note: Path) -> None:
    start = Start(Posted(), note, kept_power=False).run(300.0)
    assert start.is_over()
    start.run(120.0, drift_per_minute=0.3)
    assert not start.is_over()
    assert start.told()[-1] > 0.0
    start.run(90.0, ta_celsius=31.6)
    assert start.is_over()
    assert start.told()[-1] == 0.0


def test_a_supply_that_was_away_begins_it_all_again(note: Path) -> None:
    start = Start(Posted(), note, kept_power=False).run(300.0)
    start.warming.lost_power()
    assert not start.is_over()
    assert not start.run(200.0).is_over()
    assert start.run(60.0).is_over()


def test_a_note_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    assert Start(Posted(), tmp_path / "nowhere" / "note.json", kept_power=False).run(250.0).is_over()
