"""What kiosks say in their entries that people at the hub must see."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.state import HubState
from kiosk.core.json_value import JsonValue
from kiosk.core.passage import ALARM_CLEARED, ALARM_RAISED
from tests.hub.asgi import Caller
from tests.hub.conftest import NOON, ON_BOTH, SetClock
from tests.hub.devices import FakeDevice

ENTRIES = "/v1/logs/gate-1/entries"
TOO_MANY: JsonValue = {"reason": "staff.overrides", "in_an_hour": 7}


@ON_BOTH
def test_too_many_overrides_at_a_kiosk_are_an_alarm_at_the_hub(
    anyone: Caller, admin: Caller, device: FakeDevice
) -> None:
    device.record(2)
    device.tell(ALARM_RAISED, TOO_MANY)
    assert anyone.post(ENTRIES, device.batch()).status == 200
    (alarm,) = admin.get("/v1/alarms").json()["alarms"]
    assert (alarm["device_id"], alarm["kind"], alarm["open"]) == ("gate-1", "staff.overrides", True)
    assert "7 times within an hour" in alarm["sentence"]
    assert alarm["note"] == device.tree_head()
    assert "staff.overrides" in admin.get("/").text


def test_it_is_raised_once_an_entry_however_often_that_is_sent(
    anyone: Caller, device: FakeDevice, hub: HubState, clock: SetClock
) -> None:
    device.tell(ALARM_RAISED, TOO_MANY)
    anyone.post(ENTRIES, device.batch())
    hub.store.acknowledge("gate-1", "staff.overrides", "Li Na", "asked them: a broken reader", NOON)
    anyone.post(ENTRIES, device.batch())
    (alarm,) = hub.store.alarms()
    assert (alarm.times, alarm.is_open) == (1, False)
    clock.now = NOON + timedelta(hours=3)
    device.tell(ALARM_RAISED, TOO_MANY)
    anyone.post(ENTRIES, device.batch(1))
    (alarm,) = hub.store.alarms()
    assert (alarm.times, alarm.is_open) == (2, True)


def test_entries_that_are_refused_raise_nothing(anyone: Caller, device: FakeDevice, hub: HubState) -> None:
    device.tell(ALARM_RAISED, TOO_MANY)
    batch = device.batch() | {"tree_head": device.tree_head(root=bytes(32))}
    assert anyone.post(ENTRIES, batch).status == 422
    assert [alarm.kind for alarm in hub.store.alarms()] == ["history.unproven"]


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (ALARM_CLEARED, TOO_MANY),
        (ALARM_RAISED, {"reason": "tamper"}),
        (ALARM_RAISED, ["staff.overrides"]),
        ("another", {"text": ALARM_RAISED}),
    ],
)
def test_what_says_something_else_is_none(
    kind: str, data: JsonValue, anyone: Caller, device: FakeDevice, hub: HubState
) -> None:
    device.tell(kind, data)
    assert anyone.post(ENTRIES, device.batch()).status == 200
    assert hub.store.alarms() == []


def test_a_number_of_another_kind_is_not_repeated(anyone: Caller, device: FakeDevice, hub: HubState) -> None:
    device.tell(ALARM_RAISED, {"reason": "staff.overrides", "in_an_hour": "<b>many</b>"})
    anyone.post(ENTRIES, device.batch())
    (alarm,) = hub.store.alarms()
    assert "too often within an hour" in alarm.sentence
