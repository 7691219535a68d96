"""A disk that takes 100 ms for a flush delays an admission, and nothing else."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from drivers.mlx90640 import Mlx90640
from kiosk.clock import SystemClock
from kiosk.core.commands import Record
from kiosk.core.events import Event, Recorded
from kiosk.gatekeeper.clock import TrustedClock
from kiosk.gatekeeper.journal_house import JournalHouse
from kiosk.gatekeeper.loop import Inbox
from kiosk.gatekeeper.thermal import Measuring, ThermalPoller
from kiosk.journal.ballast import Ballast
from kiosk.journal.store import Journal
from kiosk.journal.writer import JournalWriter
from sim.i2c import SimI2C
from sim.mlx90640_chip import Mlx90640Chip
from sim.slow_disk import SlowDisk
from tests.gatekeeper.rig import UNIT, Rig
from tests.gatekeeper.test_journal_house import RETENTION

FLUSH_S = 0.1
LASTS_S = 3.0
PAINT_S = 0.05
PICTURES_HZ = 4.0


@pytest.fixture
def slow_disk() -> Iterator[str]:
    disk = SlowDisk(FLUSH_S)
    yield disk.name
    disk.close()


@pytest.mark.slow
@pytest.mark.alone
def test_pictures_and_the_loop_go_on_while_every_commit_takes_a_tenth_of_a_second(
    slow_disk: str, tmp_path: Path
) -> None:
    clock = TrustedClock(SystemClock())
    inbox, answered, pictures = Inbox(), list[Event](), list[float]()
    journal = Journal(tmp_path / "journal.db", "kiosk-7", vfs=slow_disk).open()
    house = JournalHouse(journal, Ballast(tmp_path / "reserve", 1_000), inbox.post, clock.instant, RETENTION)
    writer = JournalWriter(journal, inbox.post, clock.instant, when_idle=house.keep)
    thermal = _thermal(tmp_path, clock, pictures)
    over = threading.Event()
    threads = [
        threading.Thread(target=_repeat, args=(over, lambda: writer.run_once(0.05), 0.0)),
        threading.Thread(target=_repeat, args=(over, thermal.poll_once, 0.005)),
    ]
    for thread in threads:
        thread.start()
    turns = []
    ends_s = time.monotonic() + LASTS_S
    while time.monotonic() < ends_s:
        turns.append(time.monotonic())
        writer.submit(Record(len(turns), clock.instant(), "kiosk.test", {}))
        while (event := inbox.get(0.0)) is not None:
            answered.append(event)
        time.sleep(PAINT_S / 2)
    over.set()
    for thread in threads:
        thread.join()
    thermal.close()
    journal.close()
    assert sum(isinstance(event, Recorded) for event in answered) > LASTS_S / FLUSH_S / 2
    assert _worst_gap(turns) < PAINT_S + 0.1, "whoever paints every 50 ms is not held up by a flush"
    assert len(pictures) > 0.8 * LASTS_S * PICTURES_HZ
    assert _worst_gap(pictures) < 2.5 / PICTURES_HZ


def _thermal(folder: Path, clock: TrustedClock, pictures: list[float]) -> ThermalPoller:
    """The real driver on the simulated chip, in real time."""
    world = Rig(folder / "world").world
    chip = Mlx90640Chip(UNIT, world, time.monotonic, seed=1)
    poller = ThermalPoller(
        "",
        lambda: Mlx90640(SimI2C({0x33: chip}, lambda _s: None), time.monotonic, time.sleep),
        clock,
        lambda _event: None,
        lambda _picture: pictures.append(time.monotonic()),
        Measuring(folder / "power.json", idle_hz=PICTURES_HZ),
    )
    poller.start(1)
    return poller


def _repeat(over: threading.Event, work: object, pause_s: float) -> None:
    assert callable(work)
    while not over.is_set():
        work()
        time.sleep(pause_s)


def _worst_gap(times: list[float]) -> float:
    return max(later - earlier for earlier, later in pairwise(times))
