"""The names of devices, and whom a mode keeps out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.core.devices import device_in, split_device
from kiosk.core.events import StaffReason
from kiosk.core.modes import Modes
from kiosk.core.passage import Passage, StaffMark
from kiosk.core.rules import Purpose
from kiosk.core.view import Mode
from kiosk.terms import Instant, Outcome, Reason
from tests.core.playbook import GATE_IN, MORNING

PASSAGE = Passage(7, GATE_IN, Instant(0.0, MORNING, True))
BARRING = {Mode.LOCKED_DOWN: Reason.LOCKED_DOWN, Mode.EVACUATING: Reason.EVACUATING}


@pytest.mark.parametrize(("lane", "name"), [("", "thermal"), ("out", "thermal@out")])
def test_a_device_is_named_with_its_lane_and_told_from_it_again(lane: str, name: str) -> None:
    assert device_in(lane, "thermal") == name
    assert split_device(name) == ("thermal", lane)


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("mode", Mode)
def test_a_mode_that_bars_bars_everybody_but_who_leaves_and_whom_staff_admit(
    mode: Mode, purpose: Purpose
) -> None:
    passage = replace(PASSAGE, access_point=replace(GATE_IN, purpose=purpose))
    verdict = Modes(mode).bars(passage)
    if mode in BARRING and purpose is not Purpose.EXIT:
        assert verdict is not None
        assert (verdict.outcome, verdict.reason) == (Outcome.DENY, BARRING[mode])
    elif mode is Mode.NORMAL or purpose is Purpose.EXIT:
        assert verdict is None
    assert Modes(mode).bars(replace(passage, staff=StaffMark("07", StaffReason.RESCUE))) is None
