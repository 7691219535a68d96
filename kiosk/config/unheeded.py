"""What a site.toml asks for where nothing would heed it, a sentence each.

Whoever wrote it expects that it is heeded: a role that nobody is asked for
admits everybody.
"""

from __future__ import annotations

from collections.abc import Container, Iterator

from kiosk.config.sections import Site
from kiosk.config.sentences import shown
from kiosk.core.rules import AccessPoint, CounterRules, Purpose, TemperatureCheck

_OF_ORDERS = ("order_within_s", "without_order", "slip_s", "slip_page")
_OF_CHECK_INS = ("without_checkin",)


def unheeded(site: Site, names_temperature: Container[int]) -> Iterator[str]:
    """`names_temperature`: the numbers of the access points whose temperature stands in the file."""
    points = site.rules.access_points
    for number, point in enumerate(points):
        yield from _roles(point)
        asks = number in names_temperature and point.temperature is TemperatureCheck.AFTER
        if asks and point.purpose is Purpose.EXIT:
            yield (
                f"rules.access_points {shown(point.id)}: temperature = 'after' at an exit, where nobody is "
                "measured; write 'off'."
            )
    if not any(point.order_reader for point in points):
        yield from _counter(site.rules.counter, _OF_ORDERS, "no handover has an order_reader; add one")
    if not any(point.purpose is Purpose.CHECKIN for point in points):
        yield from _counter(site.rules.counter, _OF_CHECK_INS, "nobody checks in; add a check-in")


def _roles(point: AccessPoint) -> Iterator[str]:
    where = f"rules.access_points {shown(point.id)}: roles"
    if point.roles and point.temperature is TemperatureCheck.ONLY:
        yield f"{where} count for nothing with temperature = 'only', which asks for no code; remove them."
    elif point.roles and point.purpose is Purpose.EXIT:
        yield f"{where} count for nothing at an exit, which is denied to nobody; remove them."


def _counter(rules: CounterRules, keys: tuple[str, ...], why: str) -> Iterator[str]:
    usual = CounterRules()
    for key in keys:
        value = getattr(rules, key)
        if value != getattr(usual, key):
            yield f"rules.counter.{key}: {shown(str(value))} counts for nothing while {why}, or remove it."
