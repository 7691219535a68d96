"""What is wrong in a site.toml whose every value is in itself allowed, a sentence each."""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from collections.abc import Container, Iterator
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kiosk.config.counter import contradicting_counter
from kiosk.config.folders import shared_folders
from kiosk.config.lane_contradictions import lane_contradictions
from kiosk.config.pins import pin_conflicts
from kiosk.config.reader_contradictions import reader_contradictions
from kiosk.config.riding import contradicting_ride
from kiosk.config.sections import BUZZER, Site
from kiosk.config.sentences import shown
from kiosk.config.unheeded import unheeded
from kiosk.config.watchdog import contradicting_watchdog
from kiosk.core.commands import Lamp
from kiosk.core.rules import Purpose, TemperatureCheck
from kiosk.terms import LONGEST_DEVICE_ID, Strictness, is_device_id

# Gatekeeper tells its parts by these names, and a reader by its id.
RESERVED_NAMES = frozenset(
    {
        "blackbody",
        "calibration",
        "configuration",
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
        "trip",
        "watchdog",
    }
)
SIGNALS = frozenset({BUZZER, *Lamp})
MIN_HEARTBEAT_S, MINUTES_OF_A_DAY = 10.0, 1440
_KINDS = {Purpose.CHECKIN: "check-in"}
NOBODY_GOES_IN = frozenset({Purpose.HANDOVER, Purpose.BOARDING, Purpose.CHECKIN})


def contradictions(
    site: Site, *, names_passback: bool = False, names_temperature: Container[int] = ()
) -> Iterator[str]:
    """What the file itself asks for, and does not just leave at the default.

    `names_passback`: anti-passback; `names_temperature`: a temperature, at access points of these numbers.
    """
    yield from _unknown_references(site)
    yield from reader_contradictions(site)
    yield from shared_folders(site)
    yield from pin_conflicts(site)
    yield from contradicting_watchdog(site)
    yield from _unfit_values(site)
    yield from _contradicting_rules(site)
    yield from _contradicting_times(site)
    yield from lane_contradictions(site)
    yield from contradicting_counter(site)
    yield from _contradicting_passback(site, names_passback=names_passback)
    yield from contradicting_ride(site)
    yield from unheeded(site, names_temperature)


def _contradicting_passback(site: Site, *, names_passback: bool) -> Iterator[str]:
    passback, points = site.rules.passback, site.rules.access_points
    where = f"rules.passback.strictness: {passback.strictness.value!r}"
    if passback.strictness is Strictness.OFF:
        if passback.window_minutes:
            yield (
                f"rules.passback.window_minutes: {passback.window_minutes} counts for nothing while "
                "strictness is 'off'; write 0, or 'soft'."
            )
        return
    if names_passback and all(point.purpose in NOBODY_GOES_IN for point in points):
        yield f"{where} at a site that only hands over or lets board: nobody goes in there; write 'off'."
    elif names_passback and not any(point.purpose is Purpose.ENTRY for point in points):
        yield f"{where} at a site without an entry: nobody comes in a second time there; write 'off'."
    if passback.strictness is not Strictness.HARD:
        return
    entries = [point for point in points if point.purpose is Purpose.ENTRY]
    if entries and not passback.only_kiosk:
        yield (
            f"{where} denies by what this kiosk alone has seen; write only_kiosk = true where nobody comes "
            "in or goes out elsewhere, or 'soft'."
        )
    has_exit = any(point.purpose is Purpose.EXIT for point in points)
    if entries and not has_exit and not passback.window_minutes:
        yield (
            f"{where} without an exit would let nobody in a second time; write 'soft' or window_minutes, "
            "or add an exit."
        )
    for point in entries:
        if point.temperature is TemperatureCheck.ONLY:
            yield f"{where} needs a code, and access point {shown(point.id)} asks for none; write 'soft'."


def _contradicting_rules(site: Site) -> Iterator[str]:
    screening = site.rules.screening
    if screening.elevated is Strictness.OFF:
        yield (
            "rules.screening.elevated: 'off' would measure and not heed it; write 'soft' or 'hard', or set "
            'temperature = "off" at the access point.'
        )
    if screening.drift_low_oral_celsius >= screening.drift_high_oral_celsius:
        yield "rules.screening: drift_low_oral_celsius is not below drift_high_oral_celsius; correct one."
    yield from _contradicting_reentry(site)
    points = site.rules.access_points
    doors = {point.output for point in points if point.purpose not in NOBODY_GOES_IN}
    for point in points:
        if point.purpose in NOBODY_GOES_IN and point.output in doors:
            yield (
                f"rules.access_points {shown(point.id)}: a {_KINDS.get(point.purpose, point.purpose.value)} "
                f"cannot share the output {shown(point.output)} with a door; give it one of its own."
            )


def _contradicting_times(site: Site) -> Iterator[str]:
    heartbeat_s, retention = site.rules.heartbeat_s, site.journal.retention_days
    if 0.0 < heartbeat_s < MIN_HEARTBEAT_S:
        yield (
            f"rules.heartbeat_s: {heartbeat_s:g} s would fill the journal; write {MIN_HEARTBEAT_S:g} or "
            "more, or 0 for none."
        )
    window = site.rules.passback.window_minutes
    if window > retention * MINUTES_OF_A_DAY:
        yield (
            f"rules.passback.window_minutes: {window} are longer than journal.retention_days = {retention} "
            "keeps who came in; write less, or keep entries for longer."
        )


def _contradicting_reentry(site: Site) -> Iterator[str]:
    """A break is from an exit to an entry that would measure somebody with a code."""
    minutes, points = site.rules.screening.reentry_minutes, site.rules.access_points
    if not minutes:
        return
    where = f"rules.screening.reentry_minutes: {minutes}"
    if not any(point.purpose is Purpose.EXIT for point in points):
        yield f"{where} needs an exit by which people leave; add one, or write 0."
    measures = (TemperatureCheck.AFTER, TemperatureCheck.BEFORE)
    if not any(point.purpose is Purpose.ENTRY and point.temperature in measures for point in points):
        yield f"{where} counts for nothing where no entry takes a code and a temperature; write 0."


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
    if not _is_http_url(site.uplink.hub_url):
        yield (
            f"uplink.hub_url: {shown(site.uplink.hub_url)} is not the address of a hub; "
            "write one such as 'https://hub.example'."
        )
    if site.uplink.hub_ca is None and site.uplink.hub_url.lower().startswith("https:"):
        yield "uplink.hub_ca: is missing while hub_url is https; name the file with the hub's CA certificate."
    if site.uplink.hub_ca is not None and site.uplink.hub_url.lower().startswith("http:"):
        yield "uplink.hub_ca: counts for nothing while hub_url is http, without TLS; write https, or none."
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
    for name in sorted(SIGNALS.intersection(outputs)):
        yield f"gate.outputs: the id {name!r} is that of gate.{name}_pin; choose another."
    for reader in sorted(RESERVED_NAMES.intersection(readers)):
        yield f"readers: the id {reader!r} is the name of a part of the kiosk; choose another."
    for reader in readers:
        if "@" in reader:
            yield f"readers: the id {shown(reader)} has an @, which only a lane's device has; rename it."
    for output in outputs:
        if "@" in output:
            yield f"gate.outputs: the id {shown(output)} has an @, which only a lane's lamp has; rename it."
    for point in points:
        where = f"rules.access_points {shown(point.id)}"
        if point.reader not in readers and point.temperature is not TemperatureCheck.ONLY:
            yield f"{where}: reader {shown(point.reader)} is not in [[readers]]; add it or correct its name."
        if point.output not in outputs and (point.output or point.purpose is not Purpose.BOARDING):
            yield f"{where}: output {shown(point.output)} is not in [[gate.outputs]]; add or correct it."


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
