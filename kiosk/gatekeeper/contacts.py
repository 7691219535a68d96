"""The poller of each contact that stands in site.toml: every lane's door, and the kiosk's own contacts."""

from __future__ import annotations

from collections.abc import Callable

from gpiozero import Factory

from drivers.gate import Contact
from kiosk.config import CLOSED_AT_REST, LaneParts, Site
from kiosk.core.events import Input
from kiosk.gatekeeper.clock import TrustedClock
from kiosk.gatekeeper.device_state import Post
from kiosk.gatekeeper.pollers import AnyPoller, ContactPoller


def contact_pollers(
    site: Site, pins: Callable[[], Factory], clock: TrustedClock, post: Post
) -> list[AnyPoller]:
    """`pins` opens the factory, or gives the one that is open."""
    return [
        _contact(lane.lane, which, pin, pins, clock, post)
        for lane in site.lane_parts
        for which, pin in lane.contacts.items()
        if _is_looked_at(lane, which)
    ]


def _is_looked_at(lane: LaneParts, which: Input) -> bool:
    """A door that the rules leave unwatched is not."""
    return which is not Input.DOOR or lane.door.contact


def _contact(
    lane: str, which: Input, pin: int, pins: Callable[[], Factory], clock: TrustedClock, post: Post
) -> ContactPoller:
    def make() -> Contact:
        return Contact(pins(), pin, which.value)

    closed_at_rest = which in CLOSED_AT_REST
    return ContactPoller(which, make, clock, post, active_when_open=closed_at_rest, lane=lane)
