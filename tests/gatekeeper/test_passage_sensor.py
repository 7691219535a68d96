"""A whole gatekeeper at a turnstile: its sensor alone says who went through."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.core import passage as entries
from kiosk.core.events import Input
from kiosk.terms import Reason
from sim.pace import AT_LEISURE
from tests.gatekeeper.rig import GATE_PIN, Rig
from tests.sim.visits import visit

PASSAGE_PIN = 16


def turnstile(folder: Path, *, door: bool) -> Rig:
    """With a door contact beside the sensor, or without one."""
    gate: dict[str, object] = {"passage_pin": PASSAGE_PIN}
    if not door:
        gate["door_contact_pin"] = None
    return Rig(folder, gate=gate, rules={"door": {"passage_sensor": True, "contact": door}}).start()


@pytest.mark.slow
@pytest.mark.parametrize("door", [True, False], ids=["door and sensor", "sensor alone"])
def test_who_goes_through_has_passed_and_who_comes_too_late_is_annulled(tmp_path: Path, door: bool) -> None:
    rig = turnstile(tmp_path / "kiosk", door=door)
    assert rig.visit("green_well").passed
    assert len(rig.entries(entries.PASSED)) == 1
    first, last = [edge for edge in rig.pins.edges if edge.pin == GATE_PIN]
    assert last.at_s - first.at_s < 4.0, "the strike locks again once somebody is in the passage"
    too_late = replace(visit(number=9, person=9), pace=replace(AT_LEISURE, reach_door_s=6.0))
    rig.wallets.prepare(too_late)
    rig.world.send([too_late])
    rig.run(16.0)
    rig.stop()
    assert [len(rig.entries(kind)) for kind in (entries.PASSED, entries.ANNULLED)] == [1, 1]
    assert rig.entries(entries.DOOR_ALARM) == []


@pytest.mark.slow
def test_the_second_one_on_a_grant_is_an_alarm(tmp_path: Path) -> None:
    rig = turnstile(tmp_path / "kiosk", door=True)
    rig.send("green_well")
    while not rig.entries(entries.PASSED):
        rig.run(0.1)
    rig.run(0.5)  # the first one is out of the passage, and the door is not shut yet
    rig.world.actuate(Input.PASSAGE, True)
    rig.run(0.3)
    rig.world.actuate(Input.PASSAGE, False)
    rig.run(1.0)
    rig.stop()
    (alarm,) = rig.entries(entries.DOOR_ALARM)
    assert alarm.data["reason"] == Reason.DOOR_FORCED_OPEN.value
    assert len(rig.entries(entries.PASSED)) == 1
