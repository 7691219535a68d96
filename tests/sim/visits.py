"""Visits and passes for tests of the world, without a hub."""

from __future__ import annotations

from calibration.oral import PUBLISHED
from kiosk.core.events import Input
from sim.clock import SimClock
from sim.people import BY_ID, Kind, Visit
from sim.pins import Pins
from sim.wallets import Wallets
from sim.world import World
from tests.gatekeeper.rig import issue

MODEL = PUBLISHED
"""What a site without pairs of its own uses."""


def visit(
    kind: str | Kind = "green_well", *, number: int = 1, person: int = 1, skin_celsius: float = 34.0
) -> Visit:
    return Visit(number, BY_ID[kind] if isinstance(kind, str) else kind, person, skin_celsius, 1.0)


class Scenery:
    """A world with its pins and wallets on a clock that moves only when told."""

    def __init__(self) -> None:
        self.clock = SimClock()
        self.wallets = Wallets(issue, self.clock.utc, 1)
        self.scanned: list[tuple[str, bytes]] = []
        self.world = World(
            self.wallets,
            self.clock.mono,
            lambda place, payload: self.scanned.append((place, payload)),
            outputs={17: "gate", 27: "lamp"},
            door_contact_pin=23,
            seed=1,
            contacts={Input.DOOR: 23, Input.PASSAGE: 16},
        )
        self.pins = Pins(self.clock.mono, self.world.input_level)
        self.pins.listeners.append(self.world.feels_edge)

    def send(self, *visits: Visit) -> None:
        for one in visits:
            self.wallets.prepare(one)
        self.world.send(visits)

    def until(self, at_s: float) -> None:
        """Let happen, moment by moment, what happens by itself until then."""
        while self.world.next_change_s <= at_s:
            self.clock.advance_to(self.world.next_change_s)
            self.world.step()
        self.clock.advance_to(at_s)
