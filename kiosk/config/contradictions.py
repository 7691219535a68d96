"""What is wrong in a site.toml whose every value is in itself allowed, a sentence each."""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kiosk.config.sections import Site
from kiosk.config.sentences import shown
from kiosk.core.events import Input
from kiosk.core.rules import Purpose, TemperatureCheck
from kiosk.terms import LONGEST_DEVICE_ID, Strictness, is_device_id

# Pulled up at boot, or driven by the boot console and the SD card: a relay there would pulse at start.
PINS_UNFIT_FOR_A_RELAY = frozenset({*range(9), 14, 15})
# Gatekeeper tells its parts by these names, and a reader by its id.
RESERVED_NAMES = frozenset(
    {
        "blackbody",
        "calibration",
        "disk",
        "door",
        "drift",
        "fire",
        "gate",
        "gatekeeper",
        "hub",
        "journal",
        "journal_epoch",
        "keys",
        "loop",
        "oral_model",
        "passage",
        "pseudonyms",
        "request_to_exit",
        "tamper",
        "thermal",
    }
)
BUZZER = "buzzer"
I2C_1, PINS_OF_I2C_1 = "/dev/i2c-1", frozenset({2, 3})
REFRESH_RATES_HZ = (1, 2, 4, 8, 16, 32)
MIN_IDLE_HZ_FOR_FACES = 1.0


def contradictions(site: Site, *, names_passback: bool = False) -> Iterator[str]:
    """`names_passback`: the file itself asks for anti-passback, and does not just leave it at the default."""
    yield from _unknown_references(site)
    yield from _pin_conflicts(site)
    yield from _unfit_values(site)
    yield from _contradicting_rules(site)
    yield from _contradicting_door(site)
    yield from _contradicting_passback(site, names_passback=names_passback)


def _contradicting_door(site: Site) -> Iterator[str]:
    door, gate = site.rules.door, site.gate
    if door.contact and gate.door_contact_pin is None:
        yield "gate.door_contact_pin: is missing while rules.door.contact is true; add it, or set false."
    if door.passage_sensor and gate.passage_pin is None:
        yield "gate.passage_pin: is missing while rules.door.passage_sensor is true; add it, or set false."
    if gate.passage_pin is not None and not door.passage_sensor:
        yield (
            "rules.door.passage_sensor: is false while gate.passage_pin names one; write true, or "
            "remove the pin."
        )
    if door.relock_after_open_s > door.pulse_s:
        yield (
            f"rules.door.relock_after_open_s: {door.relock_after_open_s:g} s is longer than the pulse of "
            f"{door.pulse_s:g} s; the pulse is never made longer, so write less."
        )


def _contradicting_passback(site: Site, *, names_passback: bool) -> Iterator[str]:
    strictness, points = site.rules.passback.strictness, site.rules.access_points
    where = f"rules.passback.strictness: {strictness.value!r}"
    if strictness is Strictness.OFF:
        return
    if names_passback and all(point.purpose is Purpose.HANDOVER for point in points):
        yield f"{where} at a site that only hands over: nobody goes in there; write 'off'."
    if strictness is not Strictness.HARD:
        return
    entries = [point for point in points if point.purpose is Purpose.ENTRY]
    if entries and not any(point.purpose is Purpose.EXIT for point in points):
        yield f"{where} without an exit would let nobody in a second time; write 'soft', or add an exit."
    for point in entries:
        if point.temperature is TemperatureCheck.ONLY:
            yield f"{where} needs a code, and access point {shown(point.id)} asks for none; write 'soft'."


def _contradicting_rules(site: Site) -> Iterator[str]:
    screening, thermal = site.rules.screening, site.thermal
    if screening.elevated is Strictness.OFF:
        yield (
            "rules.screening.elevated: 'off' would measure and not heed it; write 'soft' or 'hard', or set "
            'temperature = "off" at the access point.'
        )
    if screening.drift_low_oral_celsius >= screening.drift_high_oral_celsius:
        yield "rules.screening: drift_low_oral_celsius is not below drift_high_oral_celsius; correct one."
    yield from _contradicting_faces(site)
    needed_s = (thermal.frames + 2) * 2 / thermal.refresh_hz
    if screening.timeout_s < needed_s:
        yield (
            f"rules.screening.timeout_s: {screening.timeout_s:g} s is too short for thermal.frames = "
            f"{thermal.frames} at thermal.refresh_hz = {thermal.refresh_hz}, which take {needed_s:g} s."
        )
    doors = {point.output for point in site.rules.access_points if point.purpose is not Purpose.HANDOVER}
    for point in site.rules.access_points:
        if point.purpose is Purpose.HANDOVER and point.output in doors:
            yield (
                f"rules.access_points {point.id!r}: a handover cannot share the output {point.output!r} with "
                "a door; give it one of its own."
            )


def _contradicting_faces(site: Site) -> Iterator[str]:
    """One sensor stands at one access point, and a face there is enough to begin."""
    points = [point for point in site.rules.access_points if point.temperature.begins_with_a_face]
    for point in points:
        where = f"rules.access_points {shown(point.id)}: temperature = {point.temperature.value!r}"
        if point.purpose is Purpose.EXIT:
            yield f"{where} would hold up people at an exit; write 'off'."
        if point.temperature is TemperatureCheck.ONLY and point.reader:
            yield f"{where} asks for no code; leave its reader out."
    if len(points) > 1:
        yield "rules.access_points: more than one begins with the temperature; the sensor stands at one only."
    if points and site.thermal.idle_hz < MIN_IDLE_HZ_FOR_FACES:
        yield (
            f"thermal.idle_hz: {site.thermal.idle_hz:g} is too seldom to see somebody come; "
            f"write {MIN_IDLE_HZ_FOR_FACES:g} or more."
        )


def _unfit_values(site: Site) -> Iterator[str]:
    if not is_device_id(site.site.device_id) or len(site.site.device_id) > LONGEST_DEVICE_ID:
        yield (
            f"site.device_id: {shown(site.site.device_id)} is not 1 to {LONGEST_DEVICE_ID} letters, digits, "
            "dots, underscores or hyphens, the first a letter or digit; choose another."
        )
    try:
        ZoneInfo(site.site.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield f"site.time_zone: {shown(site.site.time_zone)} is no time zone; write e.g. 'Asia/Shanghai'."
    if site.thermal.refresh_hz not in REFRESH_RATES_HZ:
        rates = ", ".join(map(str, REFRESH_RATES_HZ))
        yield f"thermal.refresh_hz: {site.thermal.refresh_hz} is no rate of the sensor; take one of {rates}."
    try:
        _ = site.thermal.blackbody and site.thermal.blackbody.reference
    except ValueError as error:
        yield f"thermal.blackbody: {error} Correct it."
    if not _is_http_url(site.uplink.hub_url):
        yield (
            f"uplink.hub_url: {shown(site.uplink.hub_url)} is not the address of a hub; "
            "write one such as 'https://hub.example'."
        )
    if site.uplink.hub_ca is None and site.uplink.hub_url.lower().startswith("https:"):
        yield "uplink.hub_ca: is missing while hub_url is https; name the file with the hub's CA certificate."
    if not _is_ed25519_key(site.uplink.hub_public_key):
        yield "uplink.hub_public_key: is not an Ed25519 key of 32 bytes in base64; the hub shows it at start."


def _unknown_references(site: Site) -> Iterator[str]:
    readers = [reader.id for reader in site.readers]
    outputs = [output.id for output in site.gate.outputs]
    points = site.rules.access_points
    for name, ids in (
        ("readers", readers),
        ("gate.outputs", outputs),
        ("rules.access_points", [point.id for point in points]),
    ):
        yield from (
            f"{name}: the id {shown(one)} is used twice; rename one."
            for one, n in Counter(ids).items()
            if n > 1
        )
    if BUZZER in outputs:
        yield f"gate.outputs: the id {BUZZER!r} is the buzzer's, which is gate.buzzer_pin; choose another."
    for reader in sorted(RESERVED_NAMES.intersection(readers)):
        yield f"readers: the id {reader!r} is the name of a part of the kiosk; choose another."
    for point in points:
        where = f"rules.access_points {shown(point.id)}"
        if point.reader not in readers and point.temperature is not TemperatureCheck.ONLY:
            yield f"{where}: reader {shown(point.reader)} is not in [[readers]]; add it or correct its name."
        if point.output not in outputs:
            yield f"{where}: output {shown(point.output)} is not in [[gate.outputs]]; add or correct it."
    served = Counter(point.reader for point in points if point.reader)
    yield from (
        f"rules.access_points: reader {shown(one)} serves two; give each point its own."
        for one, n in served.items()
        if n > 1
    )


def _pin_conflicts(site: Site) -> Iterator[str]:
    relays = [(f"gate.outputs {shown(output.id)}", output.pin) for output in site.gate.outputs]
    if site.gate.buzzer_pin is not None:
        relays.append(("gate.buzzer_pin", site.gate.buzzer_pin))
    contacts = [(_key_of(which), pin) for which, pin in site.gate.contacts.items()]
    users: dict[int, list[str]] = {}
    for name, pin in (*relays, *contacts):
        users.setdefault(pin, []).append(name)
    for pin, names in users.items():
        if len(names) > 1:
            yield f"gate: GPIO {pin} is used twice, by {' and '.join(names)}; move one."
    for name, pin in relays:
        if pin in PINS_UNFIT_FOR_A_RELAY:
            yield (
                f"{name}: GPIO {pin} is pulled up or driven at boot and "
                "would move the relay; take one of 9 to 13 or 16 to 27."
            )
    for name, pin in contacts:
        if site.thermal.bus == I2C_1 and pin in PINS_OF_I2C_1:
            yield f"{name}: GPIO {pin} carries the thermal sensor's bus, {I2C_1}; move the contact."


def _key_of(which: Input) -> str:
    return "gate.door_contact_pin" if which is Input.DOOR else f"gate.{which.value}_pin"


def _is_http_url(text: str) -> bool:
    try:
        url = urlsplit(text)
        return url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        return False


def _is_ed25519_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == 32
    except (binascii.Error, ValueError):
        return False
