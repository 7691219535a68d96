"""PINs: right or wrong, locked after five, across restarts, worth nothing without the device."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.core.view import Notice
from kiosk.gatekeeper import staff_register
from kiosk.gatekeeper.staff_register import LOCK_S, MOST_FAILURES, StaffError, StaffRegister, weakness_of
from kiosk.terms import Instant
from tests.core.playbook import MORNING

PEPPER = bytes(32)
PIN, WRONG = "271828", "314159"


def at(seconds: float = 0.0, *, trusted: bool = True, mono_s: float | None = None) -> Instant:
    mono = 1000.0 + seconds if mono_s is None else mono_s
    return Instant(mono, MORNING + timedelta(seconds=seconds), trusted)


@pytest.fixture(autouse=True)
def _quick_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same function with less work; one test below has it whole."""
    monkeypatch.setattr(staff_register, "SCRYPT_N", 2)


@pytest.fixture
def register(tmp_path: Path) -> StaffRegister:
    register = StaffRegister(tmp_path, PEPPER)
    register.add("07", PIN, MORNING)
    return register


def fail(register: StaffRegister, times: int, moment: Instant | None = None) -> list[Notice]:
    return [register.check("07", WRONG, moment or at()) for _ in range(times)]


def test_the_right_pin_signs_in_and_another_does_not(register: StaffRegister) -> None:
    assert register.check("07", PIN, at()) is Notice.DONE
    assert register.check("07", WRONG, at()) is Notice.WRONG_PIN
    assert register.check("08", PIN, at()) is Notice.WRONG_PIN


def test_the_hash_takes_its_time_and_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    register = StaffRegister(tmp_path, PEPPER)
    register.add("07", PIN, MORNING)
    assert (staff_register.SCRYPT_N * staff_register.SCRYPT_R * 128) >= 16 * 2**20
    assert register.check("07", PIN, at()) is Notice.DONE


def test_five_wrong_pins_lock_for_five_minutes_and_the_right_one_too(register: StaffRegister) -> None:
    assert fail(register, MOST_FAILURES) == [Notice.WRONG_PIN] * 4 + [Notice.PIN_LOCKED]
    assert register.check("07", PIN, at(LOCK_S - 1)) is Notice.PIN_LOCKED
    assert register.check("07", PIN, at(LOCK_S)) is Notice.DONE
    assert fail(register, 1, at(LOCK_S)) == [Notice.WRONG_PIN]


def test_the_right_pin_takes_back_the_failures_before_it(register: StaffRegister) -> None:
    for _ in range(3):
        fail(register, MOST_FAILURES - 1)
        assert register.check("07", PIN, at()) is Notice.DONE


def test_a_restart_gives_no_sixth_attempt(register: StaffRegister, tmp_path: Path) -> None:
    fail(register, 3)
    again = StaffRegister(tmp_path, PEPPER)
    assert fail(again, 2) == [Notice.WRONG_PIN, Notice.PIN_LOCKED]
    later = StaffRegister(tmp_path, PEPPER)
    assert later.check("07", PIN, at(100, mono_s=5.0)) is Notice.PIN_LOCKED
    assert later.check("07", PIN, at(300, mono_s=5.0 + LOCK_S - 100)) is Notice.DONE


@pytest.mark.parametrize("moment", [at(86_400, trusted=False, mono_s=5.0), at(-86_400, mono_s=5.0)])
def test_a_clock_that_is_set_gives_no_time_away(
    register: StaffRegister, tmp_path: Path, moment: Instant
) -> None:
    fail(register, MOST_FAILURES)
    again = StaffRegister(tmp_path, PEPPER)
    assert again.check("07", PIN, moment) is Notice.PIN_LOCKED
    late = Instant(moment.mono + LOCK_S, moment.utc, moment.utc_trusted)
    assert again.check("07", PIN, late) is Notice.DONE


def test_an_attempt_that_cannot_be_written_down_is_none(register: StaffRegister, tmp_path: Path) -> None:
    (tmp_path / ".staff-attempts.json.new").mkdir()
    assert register.check("07", PIN, at()) is Notice.NOT_POSSIBLE


def test_the_files_are_the_owners_alone_and_hold_no_pin(register: StaffRegister, tmp_path: Path) -> None:
    fail(register, 1)
    for name in ("staff.json", "staff-attempts.json"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
        assert PIN not in (tmp_path / name).read_text()


def test_the_file_is_worth_nothing_on_another_device(register: StaffRegister, tmp_path: Path) -> None:
    assert register.listed() == {"07": "2026-11-23"}
    assert StaffRegister(tmp_path, bytes([1] * 32)).check("07", PIN, at()) is Notice.WRONG_PIN


def test_who_is_removed_signs_in_no_more_and_who_is_unlocked_may_try_again(register: StaffRegister) -> None:
    fail(register, MOST_FAILURES)
    register.unlock("07")
    assert register.check("07", PIN, at()) is Notice.DONE
    assert register.knows("07")
    register.remove("07")
    assert not register.knows("07")
    assert register.check("07", PIN, at()) is Notice.WRONG_PIN
    with pytest.raises(StaffError, match="kiosk staff list"):
        register.remove("07")


@pytest.mark.parametrize("damage", [b"[]", b'{"07": {"salt": 1}}', b"\xff", b"x" * 1_000_001])
@pytest.mark.parametrize("name", ["staff.json", "staff-attempts.json"])
def test_a_damaged_file_admits_nobody_and_says_what_to_do(
    register: StaffRegister, tmp_path: Path, name: str, damage: bytes
) -> None:
    (tmp_path / name).write_bytes(damage)
    assert register.check("07", PIN, at()) is Notice.NOT_POSSIBLE
    with pytest.raises(StaffError, match=name):
        register.add("08", PIN, MORNING)


@pytest.mark.parametrize(
    "pin", ["12345", "1234567890123", "12345a", "111111", "123456", "987654", "１２３４５６"]
)
def test_a_weak_pin_is_refused(register: StaffRegister, pin: str) -> None:
    assert weakness_of(pin) is not None
    with pytest.raises(StaffError):
        register.add("08", pin, MORNING)


@pytest.mark.parametrize("staff", ["", "123456789", "ab", "07\n"])
def test_a_staff_number_is_digits(register: StaffRegister, staff: str) -> None:
    with pytest.raises(StaffError, match="staff number"):
        register.add(staff, PIN, MORNING)
