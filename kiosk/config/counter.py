"""What is wrong with a counter in a site.toml whose every value is in itself allowed, a sentence each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from kiosk.config.sections import ReaderKind, Site
from kiosk.config.sentences import shown
from kiosk.core.rules import AccessPoint, Purpose, TemperatureCheck

AT_A_COUNTER = (Purpose.HANDOVER, Purpose.CHECKIN)
"""Nobody goes through a door there."""


_SLIP_PAGE = re.compile(r"https?://[A-Za-z0-9._~:/\[\]-]+", re.ASCII)


def contradicting_counter(site: Site) -> Iterator[str]:
    points = site.rules.access_points
    for point in points:
        where = f"rules.access_points {shown(point.id)}"
        yield from _contradicting_check_in(point, where)
        yield from _contradicting_orders(site, point, where)
    yield from _shared_readers(points)
    page = site.rules.counter.slip_page
    if page and not _SLIP_PAGE.fullmatch(page):
        yield (
            f"rules.counter.slip_page: {shown(page)} is not the address of a hub's page; write one such as "
            "'https://hub.example/s', or leave it out."
        )


def _contradicting_check_in(point: AccessPoint, where: str) -> Iterator[str]:
    if point.purpose is not Purpose.CHECKIN:
        if point.duty is not None:
            yield f"{where}: duty is for a check-in; remove it, or write purpose = 'checkin'."
        return
    if point.duty is None:
        yield f"{where}: a check-in needs its duty; write duty = 'cook' or 'packer'."
    if point.temperature in (TemperatureCheck.OFF, TemperatureCheck.ONLY):
        yield (
            f"{where}: temperature = {point.temperature.value!r} is none of a check-in, which takes code and "
            "temperature; write 'after'."
        )


def _contradicting_orders(site: Site, point: AccessPoint, where: str) -> Iterator[str]:
    if not point.order_reader:
        return
    reader = next((each for each in site.readers if each.id == point.order_reader), None)
    name = shown(point.order_reader)
    if point.purpose is not Purpose.HANDOVER:
        yield f"{where}: order_reader is for a handover; remove it."
    elif point.temperature in (TemperatureCheck.OFF, TemperatureCheck.ONLY):
        yield (
            f"{where}: temperature = {point.temperature.value!r} and an order_reader, whose slip needs code "
            "and temperature; write 'after'."
        )
    if reader is None:
        yield f"{where}: order_reader {name} is not in [[readers]]; add it or correct its name."
    elif reader.kind is ReaderKind.CAMERA and not reader.linear_codes:
        yield f"readers {name}: reads orders, and no barcodes; write linear_codes = true."
    others = [each for each in site.rules.access_points if each is not point]
    if any(point.order_reader in each.readers and each.reader != point.reader for each in others):
        yield f"{where}: order_reader {name} serves another access point; give each its own."


def _shared_readers(points: tuple[AccessPoint, ...]) -> Iterator[str]:
    """One reader may serve several points of a counter, told apart by the roles of who comes."""
    served = Counter(point.reader for point in points if point.reader)
    for reader in (each for each, times in served.items() if times > 1):
        mine = [point for point in points if point.reader == reader]
        roles = [role for point in mine for role in point.roles]
        if any(point.purpose not in AT_A_COUNTER for point in mine):
            yield f"rules.access_points: reader {shown(reader)} serves two; give each point its own."
        elif any(not point.roles for point in mine) or len(set(roles)) != len(roles):
            yield (
                f"rules.access_points: reader {shown(reader)} serves two whose roles are not apart; name "
                "for each point roles of its own."
            )
        elif any(point.temperature.begins_with_a_face for point in mine) or len({p.lane for p in mine}) > 1:
            yield (
                f"rules.access_points: reader {shown(reader)} serves two, and not both in one lane after the "
                "code; write temperature = 'after'."
            )
