"""What is wrong with a site's lanes, a sentence each: their names, their doors and their sensors.

What is asked of a door or a sensor is asked of every lane's. A further lane
is named as the other messages name a table of a list: `lanes.0` is the first
`[[lanes]]`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from kiosk.config.pins import contact_key
from kiosk.config.sections import LaneParts, Site, ThermalConfig
from kiosk.config.sentences import shown
from kiosk.core.events import Input
from kiosk.core.rules import AccessPoint, Purpose, TemperatureCheck

LANE_ID = re.compile("[A-Za-z0-9-]{1,32}")
REFRESH_RATES_HZ = (1, 2, 4, 8, 16, 32)
MIN_IDLE_HZ_FOR_FACES = 1.0


def lane_contradictions(site: Site) -> Iterator[str]:
    yield from _names(site)
    yield from _outputs(site)
    yield from _shared_addresses(site)
    yield from _shared_calibrations(site)
    for number, lane in enumerate(site.lane_parts):
        points = site.rules.points_of(lane.lane)
        yield from _door(number, lane)
        yield from _faces(points)
        if lane.thermal is not None:
            yield from _sensor(number, lane.thermal, site, points)


def _table(number: int, name: str) -> str:
    """A table of a lane; the first one's stand at the top."""
    return f"lanes.{number - 1}.{name}" if number else name


def _names(site: Site) -> Iterator[str]:
    for number, each in enumerate(site.lanes):
        if not LANE_ID.fullmatch(each.id):
            yield (
                f"lanes.{number}.id: {shown(each.id)} is not 1 to 32 letters, digits or hyphens; rename it."
            )
    for one, count in Counter(lane.id for lane in site.lanes).items():
        if count > 1:
            yield f"lanes: the id {shown(one)} is used twice; rename one."
    sensors = {each.lane: each.thermal for each in site.lane_parts}
    for point in site.rules.access_points:
        where = f"rules.access_points {shown(point.id)}"
        if point.lane not in sensors:
            yield f"{where}: lane {shown(point.lane)} is not in [[lanes]]; add it or correct its name."
        elif sensors[point.lane] is None and point.temperature is not TemperatureCheck.OFF:
            further = f"in lane {shown(point.lane)}, which has no sensor; add [lanes.thermal] with its driver"
            first = "while thermal.driver is 'none'; name the sensor's driver"
            yield (
                f"{where}: temperature = {point.temperature.value!r} {further if point.lane else first}, or "
                "write 'off'."
            )
    used = {point.lane for point in site.rules.access_points}
    if "" not in used:
        yield "rules.access_points: none is in the first lane; leave lane out at one of them."
    for lane in site.lanes:
        if lane.id not in used:
            yield f"lanes: {shown(lane.id)} has no access point; name the lane at one, or remove it."


def _outputs(site: Site) -> Iterator[str]:
    """A lane's door is its own: another's people would go through on its grants."""
    lanes: dict[str, set[str]] = {}
    for point in site.rules.access_points:
        if point.output:
            lanes.setdefault(point.output, set()).add(point.lane)
    for output, sharing in lanes.items():
        if len(sharing) > 1:
            names = " and ".join(shown(lane) if lane else "the first lane" for lane in sorted(sharing))
            yield f"rules.access_points: output {shown(output)} is shared by {names}; give each its own."


def _shared_addresses(site: Site) -> Iterator[str]:
    places: dict[tuple[str, int], list[str]] = {}
    for number, lane in enumerate(site.lane_parts):
        if lane.thermal is not None:
            place = lane.thermal.bus, lane.thermal.address
            places.setdefault(place, []).append(_table(number, "thermal"))
    for (bus, address), tables in places.items():
        if len(tables) > 1:
            yield (
                f"thermal: address 0x{address:02x} on {shown(bus)} is used by {' and '.join(tables)}; a "
                "sensor serves one lane, so give each its own bus or address."
            )


def _shared_calibrations(site: Site) -> Iterator[str]:
    """A calibration speaks for one sensor; it is refused with another when that is opened."""
    tables: dict[Path, list[str]] = {}
    for number, lane in enumerate(site.lane_parts):
        if lane.thermal is not None and lane.thermal.calibration is not None:
            tables.setdefault(lane.thermal.calibration, []).append(f"{_table(number, 'thermal')}.calibration")
    for path, keys in tables.items():
        if len(keys) > 1:
            yield (
                f"thermal: the calibration {shown(str(path))} is used by {' and '.join(keys)}; it speaks for "
                "one sensor, so give each its own."
            )


def _door(number: int, lane: LaneParts) -> Iterator[str]:
    door, rules = lane.door, _table(number, "door") if number else "rules.door"
    contact, passage = contact_key(number, Input.DOOR), contact_key(number, Input.PASSAGE)
    if door.contact and Input.DOOR not in lane.contacts:
        yield f"{contact}: is missing while {rules}.contact is true; add it, or set false."
    if Input.DOOR in lane.contacts and not door.contact:
        yield f"{rules}.contact: is false while {contact} names one; write true, or remove the pin."
    if door.passage_sensor and Input.PASSAGE not in lane.contacts:
        yield f"{passage}: is missing while {rules}.passage_sensor is true; add it, or set false."
    if Input.PASSAGE in lane.contacts and not door.passage_sensor:
        yield f"{rules}.passage_sensor: is false while {passage} names one; write true, or remove the pin."
    if door.relock_after_open_s > door.pulse_s:
        yield (
            f"{rules}.relock_after_open_s: {door.relock_after_open_s:g} s is longer than the pulse of "
            f"{door.pulse_s:g} s; the pulse is never made longer, so write less."
        )


def _faces(points: tuple[AccessPoint, ...]) -> Iterator[str]:
    """One sensor stands at one access point, and a face there is enough to begin."""
    first = [point for point in points if point.temperature.begins_with_a_face]
    for point in first:
        where = f"rules.access_points {shown(point.id)}: temperature = {point.temperature.value!r}"
        if point.purpose is Purpose.EXIT:
            yield f"{where} would hold up people at an exit; write 'off'."
        if point.temperature is TemperatureCheck.ONLY and point.reader:
            yield f"{where} asks for no code; leave its reader out."
    if len(first) > 1:
        yield (
            "rules.access_points: more than one of a lane begins with the temperature; its sensor stands at "
            "one only."
        )


def _sensor(
    number: int, thermal: ThermalConfig, site: Site, points: tuple[AccessPoint, ...]
) -> Iterator[str]:
    table, screening = _table(number, "thermal"), site.rules.screening
    if thermal.refresh_hz not in REFRESH_RATES_HZ:
        rates = ", ".join(map(str, REFRESH_RATES_HZ))
        yield f"{table}.refresh_hz: {thermal.refresh_hz} is no rate of the sensor; take one of {rates}."
    try:
        _ = thermal.blackbody and thermal.blackbody.reference
    except ValueError as error:
        yield f"{table}.blackbody: {error} Correct it."
    if any(point.temperature.begins_with_a_face for point in points) and (
        thermal.idle_hz < MIN_IDLE_HZ_FOR_FACES
    ):
        yield (
            f"{table}.idle_hz: {thermal.idle_hz:g} is too seldom to see somebody come; "
            f"write {MIN_IDLE_HZ_FOR_FACES:g} or more."
        )
    needed_s = (thermal.frames + 2) * 2 / thermal.refresh_hz
    if screening.timeout_s < needed_s:
        yield (
            f"rules.screening.timeout_s: {screening.timeout_s:g} s is too short for {table}.frames = "
            f"{thermal.frames} at {table}.refresh_hz = {thermal.refresh_hz}, which take {needed_s:g} s."
        )
