"""Staff at a whole gatekeeper: from the screen's message to the relay, the journal and the next start."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk.core import passage as entries
from kiosk.core.events import StaffAction, StaffReason
from kiosk.core.view import Mode, Notice, Page
from kiosk.gatekeeper import staff_register
from kiosk.gatekeeper.staff_register import StaffRegister, pepper_of
from kiosk.journal.device_key import load_or_create
from kiosk.terms import Outcome, Reason
from kiosk.wire import IntentMessage, SignInMessage
from tests.gatekeeper.rig import GATE_PIN, Rig

PIN = "271828"


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    monkeypatch.setattr(staff_register, "SCRYPT_N", 2)
    rig = Rig(tmp_path)
    key = load_or_create(rig.state / "device.key")
    StaffRegister(rig.state, pepper_of(key)).add("07", PIN, datetime.now(UTC))
    rig.start()
    yield rig
    rig.stop()


def sign_in(rig: Rig, pin: str = PIN) -> None:
    rig.kiosk.staff.take(SignInMessage("07", pin))
    rig.run(0.1)


def intend(rig: Rig, action: StaffAction, case: int | None = None) -> None:
    rig.kiosk.staff.take(IntentMessage(action, StaffReason.PAPERS_CHECKED, case))
    rig.run(0.1)


def test_a_referred_person_is_admitted_by_staff_and_the_relay_moves_for_it(rig: Rig) -> None:
    rig.visit("yellow")
    assert rig.result.outcome is Outcome.REFER
    assert not rig.gate_ever_moved()
    rig.run(6.0)
    sign_in(rig)
    case = rig.views[-1].staff.cases[0]
    intend(rig, StaffAction.ADMIT, case.id)
    assert rig.pins.level(GATE_PIN)
    assert rig.result.reason is Reason.STAFF_ADMITTED
    acted = rig.entries(entries.STAFF_ACTED)[0].data
    assert isinstance(acted, dict)
    assert (acted["staff"], acted["reason"], acted["case"]) == ("07", "papers_checked", case.id)


def test_a_wrong_pin_opens_nothing_and_is_in_the_journal(rig: Rig) -> None:
    sign_in(rig, "314159")
    intend(rig, StaffAction.OPEN_ONCE)
    assert rig.views[-1].staff.notice is Notice.NOT_SIGNED_IN
    assert not rig.gate_ever_moved()
    refused = [entry.data for entry in rig.entries(entries.STAFF_REFUSED)]
    assert refused == [{"staff": "07", "reason": "wrong_pin"}]


def test_a_number_that_nobody_has_is_not_written_down(rig: Rig) -> None:
    rig.kiosk.staff.take(SignInMessage("271828", PIN))
    rig.run(0.1)
    assert [entry.data for entry in rig.entries(entries.STAFF_REFUSED)] == [
        {"staff": None, "reason": "wrong_pin"}
    ]


def test_a_door_that_is_held_open_stays_open_past_any_lease_and_shuts_with_its_release(rig: Rig) -> None:
    sign_in(rig)
    intend(rig, StaffAction.HOLD_OPEN)
    rig.run(45.0)
    assert rig.pins.level(GATE_PIN)
    sign_in(rig)
    intend(rig, StaffAction.RELEASE)
    assert not rig.pins.level(GATE_PIN)


def test_a_lock_down_outlasts_a_restart_and_a_hold_does_not(rig: Rig) -> None:
    sign_in(rig)
    intend(rig, StaffAction.HOLD_OPEN)
    rig.stop()
    assert not rig.pins.level(GATE_PIN)
    rig.start()
    rig.run(1.0)
    assert not rig.pins.level(GATE_PIN)
    assert len(rig.entries(entries.MODE_ENDED)) == 1
    sign_in(rig)
    intend(rig, StaffAction.LOCK_DOWN)
    rig.stop()
    rig.start()
    rig.run(1.0)
    assert (rig.views[-1].page, rig.views[-1].staff.mode) == (Page.LOCKED_DOWN, Mode.LOCKED_DOWN)
    rig.visit("green_well")
    assert rig.result.reason is Reason.LOCKED_DOWN
