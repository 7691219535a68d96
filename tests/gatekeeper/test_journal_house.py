"""What is done for the journal besides writing: retention, a full disk, damage; in a whole gatekeeper."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import apsw
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.core import passage as entries
from kiosk.core.commands import JsonValue
from kiosk.core.events import DeviceFaulted, DeviceRecovered, Event
from kiosk.core.passage import PASSED
from kiosk.gatekeeper.journal_house import JournalHouse
from kiosk.gatekeeper.restore import past_of
from kiosk.journal import startup
from kiosk.journal.ballast import Ballast
from kiosk.journal.device_key import load_or_create
from kiosk.journal.epoch_statement import EPOCH_BEGAN
from kiosk.journal.errors import EntryForgotten, JournalDamaged, JournalFull
from kiosk.journal.signed_note import open_note_text
from kiosk.journal.store import Journal
from kiosk.journal.verify import verify
from kiosk.terms import Instant, Reason
from tests.gatekeeper.rig import Rig
from tests.journal.conftest import START
from tests.journal.tampering import TRUSTED, receipt

RETENTION = timedelta(days=14)
DEVICE_KEY = Ed25519PrivateKey.from_private_bytes(b"d" * 32)


class House:
    """A journal and its house, at a time that the test sets."""

    def __init__(self, folder: Path) -> None:
        self.now = Instant(1000.0, START, True)
        self.events: list[Event] = []
        self.free = 10**9
        self.journal = Journal(
            folder / "journal.db", "kiosk-7", device_key=DEVICE_KEY, make_room=lambda: self.house.make_room()
        ).open()
        self.ballast = Ballast(folder / "reserve", 1_000_000, lambda _: self.free)
        self.house = JournalHouse(self.journal, self.ballast, self.events.append, lambda: self.now, RETENTION)

    def write(self, passage: int, **more: JsonValue) -> None:
        data: dict[str, JsonValue] = {"passage": passage, "subject": f"secret-{passage}", "purpose": "entry"}
        self.journal.append_many([(PASSED, {**data, **more}, self.now.utc, True)])

    def acknowledge(self, size: int) -> None:
        self.journal.acknowledge(size, receipt(size, self.journal.root_at(size), signed_at=self.now.utc))

    def holds_reserve(self) -> bool:
        return self.ballast.is_held

    def is_damaged(self) -> bool:
        return self.journal.is_damaged

    def keep(self, seconds: float = 1.0) -> None:
        for _ in range(round(seconds)):
            self.now = Instant(self.now.mono + 1.0, self.now.utc + timedelta(seconds=1), True)
            self.house.keep()

    def days_pass(self, days: float) -> None:
        later = timedelta(days=days)
        self.now = Instant(self.now.mono + later.total_seconds(), self.now.utc + later, True)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_fourteen_days_after_the_receipt_data_is_deleted_and_the_log_still_verifies(house: House) -> None:
    for passage in range(1, 301):
        house.write(passage)
    house.days_pass(30)
    house.keep(5)
    assert house.journal.forgotten[0] == 0, "however old: nothing that the hub has not acknowledged"
    house.acknowledge(290)
    house.days_pass(13.9)
    house.keep(5)
    assert house.journal.forgotten[0] == 0
    house.days_pass(0.2)
    house.keep(1)
    assert house.journal.forgotten[0] == 256, "in small steps"
    house.keep(5)
    assert [entry.data is None for entry in house.journal.entries(288, 4)] == [True, True, False, False]
    report = verify(house.journal.path, TRUSTED)
    assert (report.problems, report.forgotten, report.entries) == ((), 290, 300)


def test_nothing_of_what_was_deleted_is_left_in_the_files(house: House, tmp_path: Path) -> None:
    for passage in range(1, 21):
        house.write(passage)
    house.acknowledge(15)
    house.days_pass(15)
    house.keep(5)
    house.journal.checkpoint(erase=True)
    stored = b"".join(each.read_bytes() for each in tmp_path.glob("journal.db*"))
    assert b"secret-16" in stored
    assert b"secret-15" not in stored


def test_at_a_time_that_is_not_trusted_nothing_is_deleted(house: House) -> None:
    house.write(1)
    house.acknowledge(1)
    house.now = Instant(2000.0, START + timedelta(days=400), False)
    house.house.keep()
    assert house.journal.forgotten[0] == 0


def test_a_start_still_knows_what_it_must_of_entries_that_are_deleted(house: House) -> None:
    house.write(41)
    now: JsonValue = {"record": "0011"}
    house.journal.append_many([(entries.CALIBRATION_CHANGED, {"now": now}, START, True)])
    house.acknowledge(2)
    house.days_pass(15)
    house.write(40, purpose="exit")
    house.write(39)
    house.keep(3)
    past = past_of(house.journal)
    assert (past.last_passage_id, past.calibration) == (41, now)
    assert set(past.inside) == {"secret-39"}, "who came in later is still known to be inside"
    assert past.trusted_until == house.now.utc - timedelta(seconds=3)


def test_the_hub_is_not_sent_what_is_deleted(house: House) -> None:
    house.write(1)
    house.acknowledge(1)
    house.days_pass(15)
    house.keep(3)
    with pytest.raises(EntryForgotten, match="the hub acknowledged it"):
        house.journal.wire_entries(0, 10)


def test_receipts_are_thinned_to_the_last_of_each_256_entries(house: House) -> None:
    for passage in range(1, 521):
        house.write(passage)
        house.acknowledge(passage)
    house.days_pass(15)
    house.keep(5)
    connection = apsw.Connection(str(house.journal.path))
    sizes = [size for (size,) in connection.execute("SELECT size FROM receipt ORDER BY size").fetchall()]
    connection.close()
    assert sizes == [256, 512, 520]
    assert verify(house.journal.path, TRUSTED).ok


def fill(house: House) -> None:
    """From now on the database cannot grow, but for what the ballast had kept."""
    writer = house.journal._connection_for_writing()
    pages = writer.execute("PRAGMA page_count").get
    writer.execute(f"PRAGMA max_page_count = {pages}").fetchall()


def test_when_the_disk_is_full_the_reserve_is_released_and_the_entry_is_written(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.keep()
    assert house.holds_reserve()
    fill(house)
    release = house.ballast.release
    writer = house.journal._connection_for_writing()

    def release_pages() -> bool:
        writer.execute("PRAGMA max_page_count = 100000").fetchall()
        return release()

    monkeypatch.setattr(house.ballast, "release", release_pages)
    house.write(1, padding="x" * 20_000)
    assert not house.holds_reserve()
    assert house.journal.size == 1
    (fault,) = house.events
    assert isinstance(fault, DeviceFaulted)
    assert (fault.device, "its reserve is in use" in fault.detail) == ("disk", True)


def test_without_a_reserve_the_entry_fails_and_nothing_that_was_written_is_dropped(house: House) -> None:
    house.write(1)
    fill(house)
    for _ in range(2):
        with pytest.raises(JournalFull):
            house.write(2, padding="x" * 20_000)
    assert [entry.data["passage"] for entry in house.journal.entries(0, 9)] == [1]
    assert len(house.events) == 1, "said once"


def test_the_reserve_is_put_back_when_there_is_room_for_two_and_then_the_fault_is_over(house: House) -> None:
    house.keep()
    house.house.make_room()
    house.free = 1_999_999
    house.keep(3)
    assert not house.holds_reserve()
    house.free = 2_000_000
    house.keep(1)
    assert house.holds_reserve()
    assert [type(event) for event in house.events] == [DeviceFaulted, DeviceRecovered]


def test_entries_that_have_changed_long_ago_are_found_while_the_kiosk_runs_and_by_the_next_start(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for passage in range(1, 600):
        house.write(passage)
    other = apsw.Connection(str(house.journal.path))
    other.execute("DROP TRIGGER entry_is_final")
    other.execute("UPDATE entry SET envelope = x'7b7d' WHERE seq = 300")
    other.close()
    house.keep(1)
    assert not house.is_damaged()
    house.keep(1)
    assert house.is_damaged()
    (fault,) = house.events
    assert isinstance(fault, DeviceFaulted)
    assert "entry 300 is not what was written" in fault.detail
    house.journal.close()
    monkeypatch.setattr(startup, "NEWEST", 10)
    with pytest.raises(JournalDamaged, match="entry 300"):
        Journal(house.journal.path, "kiosk-7", device_key=DEVICE_KEY).open()


# -- damage, in a whole gatekeeper


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def damage(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))


def test_a_damaged_journal_is_set_aside_and_a_new_log_begins_with_a_signed_statement(rig: Rig) -> None:
    rig.start()
    rig.visit("green_well")
    rig.stop()
    written = len(rig.entries())
    damage(rig.site.journal_path)
    rig.start()
    assert "it is kept as journal.db.damaged-1" in rig.kiosk.news_of_the_journal[0]
    experience = rig.visit("green_well")
    rig.stop()
    assert experience.passed, "it is recorded again, so people are let in"
    assert rig.faults() == ["journal_epoch"]
    first = rig.entries()[0]
    assert first.type == EPOCH_BEGAN
    assert first.data["may_be_lost"] == {"start": 0, "known_to": written}
    assert (rig.state / first.data["set_aside"]).exists()
    key = load_or_create(rig.state / "device.key").public_key()
    text = open_note_text(first.data["statement"], "checkpoint-kiosk/kiosk-7.epoch-2", key)
    assert f"entries that may be lost: from 0 on, of at least {written}\n" in text
    assert verify(rig.site.journal_path).log == "kiosk-7.epoch-2"
    assert verify(rig.site.journal_path).ok
    assert entries.DEVICE_FAULTED in [entry.type for entry in rig.entries()]


def test_the_fault_of_a_new_log_stands_until_the_hub_has_its_statement(rig: Rig) -> None:
    rig.start().stop()
    rig.site.journal_path.unlink()
    rig.start().run(2.0)
    assert rig.faults() == ["journal_epoch"]
    journal = rig.kiosk.journal
    journal.acknowledge(1, receipt(1, journal.root_at(1), journal.device_id))
    rig.run(2.0)
    assert rig.faults() == []
    rig.stop()
    rig.start().run(2.0)
    assert rig.faults() == []
    rig.stop()


def test_who_is_inside_is_still_known_where_the_damaged_journal_can_be_read(rig: Rig) -> None:
    rig.start()
    assert rig.visit("green_well", person=5).passed
    rig.stop()
    connection = apsw.Connection(str(rig.site.journal_path))
    connection.execute("DROP TRIGGER entry_is_final")
    connection.execute("UPDATE entry SET leaf_hash = zeroblob(32) WHERE seq = 0")
    connection.close()
    rig.clock.sleep(60.0)
    rig.start()
    rig.visit("green_well", person=5)
    rig.stop()
    assert rig.result.reason is Reason.ALREADY_INSIDE
    assert [entry.data["passage"] for entry in rig.entries(entries.DECIDED)] == [2]


def test_damage_that_is_met_while_it_runs_asks_for_a_new_start(rig: Rig) -> None:
    rig.start()
    assert not rig.kiosk.journal_is_back()
    rig.kiosk.journal.is_damaged = True
    assert rig.kiosk.journal_is_back()
    rig.stop()


def test_a_start_says_how_the_run_before_has_ended(rig: Rig) -> None:
    rig.start().stop()
    rig.start().stop()
    connection = apsw.Connection(str(rig.site.journal_path))
    connection.execute("UPDATE run SET state = 1")  # as a power cut leaves it
    connection.close()
    rig.start().stop()
    found = [entry.data["journal"]["ended_in_order"] for entry in rig.entries(entries.STARTED)]
    assert found == [True, True, False]
    assert rig.entries(entries.STARTED)[-1].data["journal"]["checked"] == len(rig.entries()) - 2
    assert len(rig.entries(entries.CALIBRATION_CHANGED)) == 1
    (sentence,) = rig.kiosk.news_of_the_journal
    assert sentence.startswith("the run before did not end in order; ")


def test_a_receipt_without_a_time_that_can_be_read_deletes_nothing(house: House) -> None:
    house.write(1)
    house.journal.acknowledge(1, json.dumps({"time": "soon"}).encode())
    house.days_pass(400)
    house.keep(3)
    assert house.journal.forgotten[0] == 0
