from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from sim.scanner import PtyScanner


def read_all(path: str) -> bytes:
    line = os.open(path, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        return os.read(line, 8192)
    except BlockingIOError:
        return b""
    finally:
        os.close(line)


def test_its_path_is_a_character_device() -> None:
    with PtyScanner() as hand:
        assert stat.S_ISCHR(os.stat(hand.path).st_mode)


def test_a_scan_is_the_payload_and_a_carriage_return() -> None:
    with PtyScanner() as hand:
        hand.scan(b"HP1:ABC")
        assert read_all(hand.path) == b"HP1:ABC\r"


def test_the_line_changes_no_byte_and_echoes_nothing() -> None:
    every_byte = bytes(range(256))
    with PtyScanner(terminator=b"\n") as hand:
        hand.scan(every_byte)
        assert read_all(hand.path) == every_byte + b"\n"
        assert read_all(hand.path) == b""


def test_a_link_leads_to_the_line_again_after_it_is_plugged_in_again(tmp_path: Path) -> None:
    link = tmp_path / "scanner"
    with PtyScanner(link) as hand:
        assert hand.path == str(link)
        hand.unplug()
        assert not link.exists()
        hand.scan(b"NOBODY SEES THIS")
        hand.replug()
        hand.scan(b"HP1:AGAIN")
        assert read_all(hand.path) == b"HP1:AGAIN\r"
    assert not link.is_symlink()


def test_a_line_that_nobody_reads_does_not_hold_up_the_world() -> None:
    with PtyScanner() as hand, pytest.raises(BlockingIOError):
        hand.scan(b"7" * 4_000_000)


def test_plugging_and_unplugging_twice_is_harmless() -> None:
    hand = PtyScanner()
    hand.unplug()
    hand.replug()
    path = hand.path
    hand.replug()
    assert hand.path == path
    hand.unplug()
    hand.unplug()
