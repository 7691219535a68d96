"""A grant that is on disk too late for whom it was given to: it is void as it comes there."""

from __future__ import annotations

from kiosk.core import passage as entries
from kiosk.core.commands import Record
from kiosk.core.events import DoorClosed, DoorOpened, RecordFailed, StaffAction
from kiosk.core.events import Recorded as OnDisk
from tests.core.counters import ORDER, WITH_ORDERS, slip_writer
from tests.core.playbook import COURIER, WELL, code
from tests.core.replay.replaying import Recorded
from tests.core.replay.test_replay import ANOTHER, granted, same


def reaches_the_disk(play: Recorded, record: Record) -> None:
    play.journal.append(record)
    play.happens(OnDisk(play.now, record.record_id, len(play.journal) - 1))


def ends(play: Recorded) -> list[tuple[object, str]]:
    ended = [each for each in play.journal if each.type in (entries.PASSED, entries.ANNULLED)]
    return [(each.data["passage"], each.type.rpartition(".")[2]) for each in ended]


def test_a_hand_over_whose_slip_could_not_be_written_is_void_when_its_record_comes() -> None:
    play = Recorded(WITH_ORDERS, write_slip=slip_writer())
    play.scan(ORDER, "order-scanner").wait(0.5)
    play.scan(code(cti=b"courier1", role=COURIER), "counter-scanner").wait(0.5)
    play.journal_works = False
    play.sample(WELL)
    slip, decided = play.asked(Record)[-2:]
    play.happens(RecordFailed(play.now, slip.record_id, "disk full"))
    play.journal_works = True
    play.wait(0.5).scan(code(cti=ANOTHER)).wait(0.5)
    reaches_the_disk(play, decided)
    play.sample(WELL).wait(9.0)
    assert ends(play) == [(1, "annulled"), (2, "annulled")], "the next one had begun before it came"
    play.journal.sort(key=lambda record: record.record_id)
    same(play)


def test_who_is_in_the_door_when_the_record_of_somebody_before_comes_passes_all_the_same() -> None:
    play = Recorded()
    play.journal_works = False
    granted(play).wait(9.0)
    late = next(each for each in play.asked(Record) if each.type == entries.DECIDED)
    play.journal_works = True
    granted(play, ANOTHER).wait(0.5)
    reaches_the_disk(play, late)
    play.wait(0.5).happens(DoorOpened(play.now))
    play.wait(0.5).happens(DoorClosed(play.now))
    play.wait(9.0)
    assert ends(play) == [(1, "annulled"), (2, "passed")]
    play.journal.sort(key=lambda record: record.record_id)
    same(play)


def test_an_evacuation_that_is_on_disk_late_opens_nothing_before() -> None:
    play = Recorded()
    play.journal_works = False
    play.acts(StaffAction.EVACUATE)
    opens = play.asked(Record)[-1]
    play.journal_works = True
    play.scan(code(), "exit-scanner").wait(9.0)
    reaches_the_disk(play, opens)
    for cti in (b"a second", b"a third!"):
        play.wait(9.0).scan(code(cti=cti), "exit-scanner").wait(1.0)
        play.happens(DoorOpened(play.now)).wait(1.0).happens(DoorClosed(play.now))
    play.wait(60.0)
    assert ends(play) == [(1, "annulled"), (2, "passed"), (3, "passed")], "the first had a pulse of his own"
    play.journal.sort(key=lambda record: record.record_id)
    same(play)
