"""The outputs of a site under one roof: a command names one, and a fault of any is the gate's.

What is to stay energised (the buzzer, a lamp, a door that staff hold open) is
on a lease like the others, which is renewed with every look at the gate: a
loop that hangs falls silent and dark, and shuts the door.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from gpiozero import Factory

from drivers.errors import DeviceError
from drivers.gate import LEASE_CAP_S, Relay
from kiosk.config import GateConfig, LaneConfig
from kiosk.config.sections import BUZZER
from kiosk.core.commands import Lamp
from kiosk.core.devices import device_in
from kiosk.gatekeeper.clock import TrustedClock
from kiosk.gatekeeper.device_state import DeviceState, Post
from kiosk.gatekeeper.ending import take_all


def make_relays(
    config: GateConfig, factory: Factory, now: Callable[[], float], lanes: Sequence[LaneConfig] = ()
) -> dict[str, Relay]:
    """The site's relays by output id, its buzzer and every lane's lamps, not yet open."""
    pins = {output.id: output.pin for output in config.outputs} | config.signals
    for lane in lanes:
        pins |= lane.signals
    return {name: Relay(factory, pin, now) for name, pin in pins.items()}


class Gate:
    """All relays. `make` opens the pin factory and builds them by output id."""

    def __init__(self, make: Callable[[], Mapping[str, Relay]], clock: TrustedClock, post: Post) -> None:
        self._make = make
        self._clock = clock
        self._relays: dict[str, Relay] = {}
        self._held: set[str] = set()
        self._burns: dict[str, tuple[str, float]] = {}
        self._state = DeviceState("gate", clock, post)

    @property
    def lease_ends_s(self) -> float | None:
        ends = [relay.lease_ends_s for relay in self._relays.values() if relay.lease_ends_s is not None]
        return min(ends, default=None)

    def poll_once(self) -> None:
        """Open the relays where they are not open, and end leases that are over."""
        if not self._state.may_try:
            return
        try:
            if not self._relays:
                self._open()
            self._renew()
            for relay in self._relays.values():
                relay.poll_once()
            self._state.works()
        except DeviceError as error:
            self._lost(error)

    def release(self, output: str, pulse_s: float) -> None:
        try:
            if output not in self._relays:
                raise DeviceError(f"gate: the output {output!r} is not open.")
            self._relays[output].energise(pulse_s)
        except DeviceError as error:
            self._lost(error)

    def hold(self, output: str) -> None:
        """Keep an output energised from now on, until it is secured or the gate is lost."""
        self._held.add(output)
        try:
            self._renew()
        except DeviceError as error:
            self._lost(error)

    def secure(self, output: str) -> None:
        self._held.discard(output)
        try:
            if output in self._relays:
                self._relays[output].rest()
        except DeviceError as error:
            self._lost(error)

    def buzz(self, on: bool) -> None:
        """Let the buzzer sound from now on, or no more; nothing where the site has none."""
        if on:
            self.hold(BUZZER)
        else:
            self.secure(BUZZER)

    def light(self, lamp: Lamp | None, for_s: float, lane: str = "") -> None:
        """Let this lamp of a lane burn from now on and no other, or none; nothing where the lane has none.

        One that burns already goes out first: it is another answer.
        """
        try:
            for each in Lamp:
                relay = self._relays.get(device_in(lane, each))
                if relay is not None and relay.lease_ends_s is not None:
                    relay.rest()
            self._burns.pop(lane, None)
            if lamp is not None:
                self._burns[lane] = (device_in(lane, lamp), self._clock.mono() + for_s)
            self._renew()
        except DeviceError as error:
            self._lost(error)

    def close(self) -> None:
        """Every relay to rest. One that does not answer keeps no other from it."""
        relays, self._relays = self._relays, {}
        take_all(*(partial(self._close, relay) for relay in relays.values()))

    def _renew(self) -> None:
        """Before leases are looked at: one that is renewed in time does not end."""
        for output in self._held:
            self._keep(output, LEASE_CAP_S)
        for lamp, until_s in self._burns.values():
            left_s = until_s - self._clock.mono()
            if left_s > 0:
                self._keep(lamp, left_s)

    def _keep(self, output: str, hold_s: float) -> None:
        relay, now_s = self._relays.get(output), self._clock.mono()
        if relay is None:
            return
        wanted_s, ends_s = min(hold_s, LEASE_CAP_S), relay.lease_ends_s
        if ends_s is None or (ends_s - now_s < LEASE_CAP_S / 2 and ends_s < now_s + wanted_s):
            relay.energise(wanted_s)

    def _open(self) -> None:
        self._relays = dict(self._make())  # kept before they are opened: who fails closes them all
        for relay in self._relays.values():
            relay.open()

    def _close(self, relay: Relay) -> None:
        try:
            relay.close()
        except DeviceError as error:
            self._state.lost(error)

    def _lost(self, error: DeviceError) -> None:
        """The rules hold open again what is to be held, once they know that the gate is back."""
        self._held &= {BUZZER}
        self._burns.clear()
        self._state.lost(error)
        self.close()
