from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.errors import DeviceUnavailable
from drivers.serial_scanner import MAX_PAYLOAD_BYTES, SerialScanner
from sim.scanner import PtyScanner


class ManualClock:
    def __init__(self) -> None:
        self.at_s = 10.0

    def __call__(self) -> float:
        return self.at_s


@pytest.fixture
def now() -> ManualClock:
    return ManualClock()


@pytest.fixture
def hand() -> Iterator[PtyScanner]:
    with PtyScanner() as hand:
        yield hand


@pytest.fixture
def scanner(hand: PtyScanner, now: ManualClock) -> Iterator[SerialScanner]:
    with SerialScanner(hand.path, 115200, now) as scanner:
        yield scanner


def all_codes(scanner: SerialScanner) -> list[bytes]:
    """What is there without time passing; several polls, since a line hands over its bytes in pieces."""
    codes = (scanner.poll_once() for _ in range(12))
    return [code for code in codes if code is not None]


@pytest.mark.parametrize("terminator", [b"\r", b"\n", b"\r\n", b"\t"])
def test_each_terminator_ends_a_code(hand: PtyScanner, scanner: SerialScanner, terminator: bytes) -> None:
    hand.send(b"HP1:FIRST" + terminator + b"HP1:SECOND" + terminator)
    assert all_codes(scanner) == [b"HP1:FIRST", b"HP1:SECOND"]


def test_nothing_scanned_is_nothing_read(scanner: SerialScanner, now: ManualClock) -> None:
    assert scanner.poll_once() is None
    now.at_s += 5
    assert scanner.poll_once() is None


def test_a_hundred_milliseconds_of_silence_end_a_code(
    hand: PtyScanner, scanner: SerialScanner, now: ManualClock
) -> None:
    hand.send(b"HP1:NO TERMINATOR")
    assert all_codes(scanner) == []
    now.at_s += 0.09
    assert scanner.poll_once() is None
    now.at_s += 0.02
    assert scanner.poll_once() == b"HP1:NO TERMINATOR"
    assert scanner.poll_once() is None


def test_a_code_in_pieces_less_than_the_silence_apart_is_one_code(
    hand: PtyScanner, scanner: SerialScanner, now: ManualClock
) -> None:
    for piece in (b"HP1:", b"IN ", b"PIECES\r"):
        assert all_codes(scanner) == []
        now.at_s += 0.08
        hand.send(piece)
    assert all_codes(scanner) == [b"HP1:IN PIECES"]


def test_bytes_above_ascii_are_kept_as_they_are(hand: PtyScanner, scanner: SerialScanner) -> None:
    payload = bytes(b for b in range(256) if b not in b"\r\n\t")
    hand.scan(payload)
    assert all_codes(scanner) == [payload]


def test_the_longest_code_is_read_and_a_longer_one_is_dropped_to_its_end(
    hand: PtyScanner, scanner: SerialScanner
) -> None:
    longest = b"7" * MAX_PAYLOAD_BYTES
    hand.scan(longest)
    assert all_codes(scanner) == [longest]
    for _ in range(3):
        hand.send(b"8" * 4000)
        assert all_codes(scanner) == []
    hand.send(b"8\rHP1:NEXT\r")
    assert all_codes(scanner) == [b"HP1:NEXT"]
    assert scanner.refused == 1


def test_an_endless_code_takes_no_more_memory_than_the_longest(
    hand: PtyScanner, scanner: SerialScanner, now: ManualClock
) -> None:
    for _ in range(20):
        hand.send(b"8" * 4000)
        assert all_codes(scanner) == []
        assert len(scanner._pending) <= MAX_PAYLOAD_BYTES
    now.at_s += 1
    assert scanner.poll_once() is None
    hand.scan(b"HP1:NEXT")
    assert all_codes(scanner) == [b"HP1:NEXT"]


def test_a_scanner_that_is_not_there_is_one_sentence(now: ManualClock, tmp_path: Path) -> None:
    with pytest.raises(DeviceUnavailable) as caught:
        SerialScanner("/dev/ttyACM99", 9600, now).open()
    assert str(caught.value) == (
        "There is no scanner at /dev/ttyACM99: check its cable and the device's path in site.toml."
    )


def test_a_file_is_no_serial_line(now: ManualClock, tmp_path: Path) -> None:
    file = tmp_path / "ttyACM0"
    file.touch()
    with pytest.raises(DeviceUnavailable, match=r"cannot be opened as a serial line"):
        SerialScanner(str(file), 9600, now).open()


def test_a_line_is_held_by_one_program_alone(
    hand: PtyScanner, scanner: SerialScanner, now: ManualClock
) -> None:
    with pytest.raises(DeviceUnavailable, match=r"is in use by another program"):
        SerialScanner(hand.path, 9600, now).open()


def test_a_scanner_unplugged_is_reported_and_read_again_when_it_is_back(
    tmp_path: Path, now: ManualClock
) -> None:
    with PtyScanner(tmp_path / "scanner") as hand, SerialScanner(hand.path, 9600, now) as scanner:
        hand.scan(b"HP1:BEFORE")
        assert all_codes(scanner) == [b"HP1:BEFORE"]
        hand.unplug()
        with pytest.raises(DeviceUnavailable, match=r"went away: check its cable\.$"):
            scanner.poll_once()
        with pytest.raises(DeviceUnavailable, match=r"There is no scanner"):
            scanner.open()
        hand.replug()
        scanner.open()
        hand.scan(b"HP1:AFTER")
        assert all_codes(scanner) == [b"HP1:AFTER"]


def test_half_a_code_from_before_the_cable_was_pulled_is_forgotten(tmp_path: Path, now: ManualClock) -> None:
    with PtyScanner(tmp_path / "scanner") as hand, SerialScanner(hand.path, 9600, now) as scanner:
        hand.send(b"HP1:HAL")
        assert scanner.poll_once() is None
        hand.unplug()
        with pytest.raises(DeviceUnavailable):
            scanner.poll_once()
        hand.replug()
        scanner.open()
        hand.scan(b"HP1:WHOLE")
        assert all_codes(scanner) == [b"HP1:WHOLE"]
