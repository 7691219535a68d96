from __future__ import annotations

import json
import random
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kiosk.core.events import DeviceFaulted
from kiosk.gatekeeper.device_state import DeviceState
from kiosk.gatekeeper.pseudonyms import KEPT_DAYS, Pseudonyms
from kiosk.terms import Instant
from tests.gatekeeper.inbox import Posted

SHANGHAI = ZoneInfo("Asia/Shanghai")
EVENING = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # 23:00 in Shanghai
SUBJECT = b"12345678"


def at(after: timedelta = timedelta(), *, trusted: bool = True) -> Instant:
    return Instant(after.total_seconds(), EVENING + after, trusted)


class Book:
    def __init__(self, folder: Path) -> None:
        self.path = folder / "pseudonyms.json"
        self.posted = Posted()
        self.state = DeviceState("pseudonyms", self.posted.clock, self.posted.post)
        self._random = random.Random(1)

    def open(self) -> Pseudonyms:
        """The names as a gatekeeper has them after its start."""
        pseudonyms = Pseudonyms(self.path, SHANGHAI, self.state, self._random.randbytes)
        pseudonyms.open()
        return pseudonyms

    def detail(self) -> str:
        return self.posted.of(DeviceFaulted)[-1].detail


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path)


def test_one_subject_has_one_name_all_day_and_another_subject_another(book: Book) -> None:
    names = book.open()
    assert names(SUBJECT, at()) == names(SUBJECT, at(timedelta(minutes=59)))
    assert names(SUBJECT, at()) != names(b"87654321", at())


def test_a_name_does_not_tell_the_subject(book: Book) -> None:
    (name,) = book.open()(SUBJECT, at())
    assert SUBJECT.hex() not in name
    assert SUBJECT.decode() not in name


def test_the_day_is_the_site_s_own(book: Book) -> None:
    names = book.open()
    (before,) = names(SUBJECT, at(timedelta(minutes=59)))
    after = names(SUBJECT, at(timedelta(minutes=60)))
    assert after[0] != before


def test_after_midnight_and_for_as_long_as_its_key_is_kept_an_earlier_name_is_known(book: Book) -> None:
    names = book.open()
    (monday,) = names(SUBJECT, at())
    tuesday, still_monday = names(SUBJECT, at(timedelta(hours=3)))
    assert still_monday == monday
    assert names(SUBJECT, at(timedelta(hours=27)))[1:] == (tuesday, monday)
    assert names(SUBJECT, at(timedelta(days=KEPT_DAYS)))[-1] == monday
    assert monday not in names(SUBJECT, at(timedelta(days=KEPT_DAYS + 1)))


def test_keys_are_destroyed_also_while_nobody_comes(book: Book) -> None:
    names = book.open()
    (monday,) = names(SUBJECT, at())
    names.keep_house(at(timedelta(days=KEPT_DAYS)))
    assert len(json.loads(book.path.read_text())) == 1
    names.keep_house(at(timedelta(days=KEPT_DAYS + 1), trusted=False))
    assert len(json.loads(book.path.read_text())) == 1
    names.keep_house(at(timedelta(days=KEPT_DAYS + 1)))
    assert json.loads(book.path.read_text()) == {}
    assert monday not in book.open()(SUBJECT, at())


def test_a_disk_that_takes_nothing_is_tried_again_and_said(book: Book) -> None:
    names = book.open()
    names(SUBJECT, at())
    aside = book.path.with_name(".pseudonyms.json.new")
    aside.mkdir()
    late = at(timedelta(days=KEPT_DAYS + 1))
    names.keep_house(late)
    assert book.posted.states() == ["-pseudonyms"]
    aside.rmdir()
    names.keep_house(late)
    assert json.loads(book.path.read_text()) == {}


def test_names_survive_a_restart(book: Book) -> None:
    assert book.open()(SUBJECT, at()) == book.open()(SUBJECT, at())


def test_the_keys_are_readable_by_their_owner_alone(book: Book) -> None:
    book.open()(SUBJECT, at())
    assert stat.S_IMODE(book.path.stat().st_mode) == 0o600


def test_old_keys_are_destroyed(book: Book) -> None:
    names = book.open()
    for day in range(30):
        names(SUBJECT, at(timedelta(days=day)))
    assert len(json.loads(book.path.read_text())) == KEPT_DAYS + 1


def test_a_clock_that_is_not_trusted_destroys_no_keys(book: Book) -> None:
    (today,) = book.open()(SUBJECT, at())
    book.open()(SUBJECT, at(timedelta(days=3650), trusted=False))
    assert book.open()(SUBJECT, at()) == (today,)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"2026-11-23": 7}', '{"2026-11-23": "AAAA"}', '{"today": ""}', '{"2026-11-23": "§"}'],
)
def test_while_the_keys_are_damaged_nobody_is_named_and_it_is_said_once(book: Book, text: str) -> None:
    book.path.write_text(text, encoding="utf-8")
    names = book.open()
    assert names(SUBJECT, at()) == ()
    assert book.posted.states() == ["-pseudonyms"]
    assert "is damaged; restore it" in book.detail()
    assert book.path.read_text(encoding="utf-8") == text, "a technician may still need it"
    book.path.unlink()
    assert len(names(SUBJECT, at())) == 1
    assert book.posted.states() == ["-pseudonyms", "+pseudonyms"]


def test_while_a_key_cannot_be_kept_nobody_is_named_and_later_under_the_key_that_is(book: Book) -> None:
    names = book.open()
    aside = book.path.with_name(".pseudonyms.json.new")
    aside.mkdir()  # in the place of the file that would be written
    assert names(SUBJECT, at()) == ()
    assert names(SUBJECT, at()) == ()
    assert book.posted.states() == ["-pseudonyms"]
    assert "cannot be written" in book.detail()
    aside.rmdir()
    named = names(SUBJECT, at())
    assert named == book.open()(SUBJECT, at())
    assert book.posted.states() == ["-pseudonyms", "+pseudonyms"]
