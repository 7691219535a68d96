"""A whole gatekeeper in a bus, nothing of it replaced: a code, a tone, a lamp, an entry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.core import passage as entries
from kiosk.credentials.bundle import IssuerKey
from kiosk.terms import Reason
from tests.gatekeeper.rig import ISSUER, UNLISTED, Rig

GREEN, RED = 9, 10
SITE: dict[str, dict[str, object]] = {
    "gate": {"granted_lamp_pin": GREEN, "refused_lamp_pin": RED, "outputs": []},
    "rules": {
        "access_points": [
            {"id": "door", "purpose": "boarding", "reader": "gate-camera", "temperature": "off"}
        ],
        "passback": {"strictness": "off"},
        "door": {"contact": False},
        "result_s": 2.0,
    },
    "ride": {
        "vehicle": "bus-17",
        "schedule": [
            {"at": "06:30", "line": "K7", "trip": "K7-0630"},
            {"at": "07:01", "line": "K7", "trip": "K7-0701"},
        ],
    },
}
TRIPS = [{"id": "early", "line": "K7"}, {"id": "late", "line": "N1"}]
POLICY: dict[str, object] = {"temperature": {"boarding": "off"}}


def publish(rig: Rig, policy: dict[str, object]) -> None:
    keys = [IssuerKey(ISSUER.kid, ISSUER.private_key.public_key())]
    rig.hub.publish(keys, UNLISTED, rig.clock.utc(), policy=json.dumps(policy).encode())
    rig.hand_in_trust()


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path / "kiosk", **SITE).start()
    publish(rig, POLICY)
    yield rig
    rig.stop()


def burned(rig: Rig, pin: int) -> list[float]:
    """How long a lamp has burned each time, in seconds."""
    edges = [edge for edge in rig.pins.edges if edge.pin == pin]
    return [round(fall.at_s - rise.at_s, 1) for rise, fall in zip(edges[::2], edges[1::2], strict=True)]


def test_a_boarding_lights_its_lamp_once_it_is_on_disk_and_for_as_long_as_the_result_stands(bus: Rig) -> None:
    on_disk: list[str] = []
    bus.pins.listeners.append(lambda _edge: on_disk.extend(entry.type for entry in bus.entries()))
    bus.visit("green_well")
    assert entries.DECIDED in on_disk
    assert burned(bus, GREEN) == [pytest.approx(2.0, abs=0.1)]
    assert burned(bus, RED) == []
    assert bus.result.face_skin_celsius is None


def test_who_is_turned_away_sees_the_other_lamp(bus: Rig) -> None:
    bus.visit("red")
    assert burned(bus, GREEN) == []
    assert burned(bus, RED) == [pytest.approx(2.0, abs=0.1)]


def test_the_record_names_vehicle_line_and_the_trip_of_the_schedule(bus: Rig) -> None:
    bus.visit("green_well")
    bus.run(60.0)
    bus.visit("green_well")
    decided = bus.entries(entries.DECIDED)
    assert [each.data["trip"] for each in decided] == ["K7-0630", "K7-0701"]
    assert {each.data["vehicle"] for each in decided} == {"bus-17"}
    assert len(bus.entries(entries.PASSED)) == 2


def test_without_the_policy_s_word_everybody_is_measured(bus: Rig) -> None:
    publish(bus, {})
    bus.visit("green_fever")
    assert bus.result.reason is Reason.TEMPERATURE_ELEVATED
    assert burned(bus, GREEN) == []


def test_a_driver_who_has_not_chosen_is_told_so_and_a_restart_knows_what_he_had_chosen(
    tmp_path: Path,
) -> None:
    trips: dict[str, object] = {"vehicle": "bus-17", "trips": TRIPS}
    rig = Rig(tmp_path / "kiosk", **{**SITE, "ride": trips}).start()
    publish(rig, POLICY)
    assert "trip" in rig.faults()
    rig.visit("green_well")
    chosen = (entries.TRIP_CHOSEN, {"trip": "late"}, rig.clock.utc(), True)
    rig.kiosk.journal.append_many([chosen])
    rig.stop()
    rig.start()
    assert "trip" not in rig.faults()
    rig.visit("green_well")
    rig.stop()
    assert [(each.data["trip"], each.data["line"]) for each in rig.entries(entries.DECIDED)] == [
        (None, None),
        ("late", "N1"),
    ]


def test_a_bus_without_a_sensor_misses_none_and_refers_people_only_where_the_policy_asks_for_one(
    tmp_path: Path,
) -> None:
    none: dict[str, object] = {"driver": "none"}
    rig = Rig(tmp_path / "kiosk", **{**SITE, "thermal": none}).start()
    reasons, faults = [], []
    for policy in (POLICY, {}):
        publish(rig, policy)
        rig.visit("green_well")
        reasons.append(rig.result.reason)
        faults.append(rig.faults())
    rig.stop()
    assert reasons == [Reason.GRANTED, Reason.SENSOR_UNAVAILABLE]
    assert faults == [[], ["thermal"]]
    assert [burned(rig, pin) for pin in (GREEN, RED)] == [[pytest.approx(2.0, abs=0.1)]] * 2
