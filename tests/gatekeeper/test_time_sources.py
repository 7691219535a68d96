from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.config import TimeSource
from kiosk.gatekeeper import time_sources
from kiosk.gatekeeper.time_sources import TIME_ERROR, BootMark, TimeSources, has_set_the_clock


@pytest.fixture
def rtc(tmp_path: Path) -> Path:
    path = tmp_path / "rtc0"
    path.mkdir()
    return path


def test_a_clock_chip_counts_where_the_kernel_has_set_its_time_from_it(rtc: Path) -> None:
    assert not has_set_the_clock(rtc.parent / "none")
    assert not has_set_the_clock(rtc)
    for text, counts in (("0\n", False), ("1\n", True), ("\xff", False)):
        (rtc / "hctosys").write_bytes(text.encode("latin-1"))
        assert has_set_the_clock(rtc) is counts


@pytest.mark.parametrize(("kernel", "borne_out"), [(0, True), (1, True), (TIME_ERROR, False), (-1, False)])
def test_the_kernel_s_word_counts_and_a_chip_where_it_has_none(
    kernel: int, borne_out: bool, rtc: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time_sources, "kernel_clock_state", lambda: kernel)
    none = rtc / "synchronized"
    assert TimeSources(TimeSource.KERNEL, rtc, none)() is borne_out
    none.touch()
    assert TimeSources(TimeSource.KERNEL, rtc, none)()
    none.unlink()
    (rtc / "hctosys").write_text("1", encoding="ascii")
    assert TimeSources(TimeSource.KERNEL, rtc, none)()


def test_a_mark_says_whether_the_clock_was_believed_in_this_boot(tmp_path: Path) -> None:
    boot = tmp_path / "id"
    mark = BootMark(tmp_path / "mark", boot)
    assert not mark.is_of_this_boot()
    boot.write_text("one\n", encoding="ascii")
    assert not mark.is_of_this_boot()
    mark.set()
    assert mark.is_of_this_boot()
    boot.write_text("two\n", encoding="ascii")
    assert not mark.is_of_this_boot()
    (tmp_path / "mark").write_bytes(b"\xff")
    assert not mark.is_of_this_boot()


def test_a_mark_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    BootMark(tmp_path / "file" / "mark").set()


def test_where_the_host_keeps_the_time_it_is_believed(rtc: Path) -> None:
    assert TimeSources(TimeSource.HOST, rtc)()
