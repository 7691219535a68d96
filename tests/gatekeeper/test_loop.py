"""The one thread that runs the core, over real parts: when it waits, what it carries out."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest

from kiosk.core import passage as entries
from kiosk.core.events import DeviceFaulted, Tick
from kiosk.core.view import Page
from kiosk.gatekeeper.loop import LONGEST_WAIT_S, Inbox
from tests.gatekeeper.rig import GATE_PIN, Rig

SOON_S = 5.0


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path).start()


def released(rig: Rig) -> Rig:
    rig.send("green_well")
    while not rig.pins.level(GATE_PIN):
        rig.run(0.02)
    return rig


def test_events_come_out_in_the_order_in_which_they_went_in(rig: Rig) -> None:
    inbox = Inbox()
    events = [Tick(rig.kiosk.clock.instant()) for _ in range(3)]
    for event in events:
        inbox.post(event)
    assert [inbox.get(0.0) for _ in range(4)] == [*events, None]
    assert inbox.is_empty
    rig.stop()


def test_a_loop_that_waits_can_be_woken(rig: Rig) -> None:
    inbox = Inbox()
    waiting = Thread(target=inbox.get, args=(60.0,))
    waiting.start()
    inbox.wake()
    waiting.join(SOON_S)
    assert not waiting.is_alive()
    rig.stop()


def test_an_idle_kiosk_has_nothing_due_but_its_heartbeat(rig: Rig) -> None:
    due_at_s = rig.kiosk.loop.due_at_s
    assert due_at_s is not None
    assert due_at_s - rig.clock.mono() == pytest.approx(rig.site.rules.heartbeat_s, abs=1.0)
    assert LONGEST_WAIT_S <= 1.0, "a lost gate is tried again even if nothing happens"
    rig.stop()


def test_the_end_of_a_lease_is_due_even_if_nothing_happens(rig: Rig) -> None:
    lease_ends_s = released(rig).kiosk.gate.lease_ends_s
    due_at_s = rig.kiosk.loop.due_at_s
    assert lease_ends_s is not None
    assert due_at_s is not None
    assert due_at_s <= lease_ends_s
    rig.stop()


def test_a_lease_ends_in_the_loop_though_the_core_was_told_nothing_more(rig: Rig) -> None:
    released(rig)
    rig.clock.sleep(10.0)
    rig.kiosk.loop.drain()
    assert not rig.pins.level(GATE_PIN)
    rig.stop()


def test_silence_becomes_a_tick(rig: Rig) -> None:
    rig.send("red")
    while rig.views[-1].page is not Page.RESULT:
        rig.run(0.02)
    rig.clock.sleep(10.0)
    rig.kiosk.loop.run_once()
    assert rig.views[-1].result is None
    rig.stop()


def test_whatever_is_said_is_published_and_recorded(rig: Rig) -> None:
    rig.kiosk.post(DeviceFaulted(rig.kiosk.clock.instant(), "printer", "out of paper"))
    rig.run(0.04)
    rig.stop()
    assert rig.faults() == ["printer"]
    assert rig.entries(entries.DEVICE_FAULTED)[-1].data == {"device": "printer", "detail": "out of paper"}
