"""Relays and contacts, through gpiozero.

A relay is active high and rests de-energised. Energising is a lease: it names
the moment at which it ends, at most `LEASE_CAP_S` away, and `poll_once()`
takes the relay back when the lease is over, whatever else has been forgotten.
Where the pin library has a thread of its own, the same end is handed to it
before the relay is energised, so that it comes also when this process is
blocked (`drivers.one_shot`). Closing drives the pin low before it is let go.

A contact lies between its pin, which is pulled up, and ground: high is open.
"""

from __future__ import annotations

from collections.abc import Callable
from traceback import clear_frames

from gpiozero import DigitalInputDevice, DigitalOutputDevice, Factory

from drivers.errors import DeviceUnavailable
from drivers.one_shot import OneShot, one_shot_of
from drivers.pins import pin_errors

LEASE_CAP_S = 10.0


class Relay:
    """One relay on a BCM pin."""

    def __init__(self, factory: Factory, pin: int, now: Callable[[], float]) -> None:
        self._factory = factory
        self._pin = pin
        self._now = now
        self._device: DigitalOutputDevice | None = None
        self._one_shot: OneShot | None = None
        self._lease_ends_s: float | None = None

    @property
    def lease_ends_s(self) -> float | None:
        """When the relay is due to rest, or None while it rests."""
        return self._lease_ends_s

    def open(self) -> None:
        """Take the pin and drive it to rest. Raises DeviceUnavailable."""
        try:
            self._device = DigitalOutputDevice(self._pin, initial_value=False, pin_factory=self._factory)
        except pin_errors() as error:
            # The half-made device keeps the pin reserved for as long as the traceback keeps the device.
            clear_frames(error.__traceback__)
            raise DeviceUnavailable(
                f"gate: GPIO {self._pin} cannot be opened: {error}; end what else uses it, or move the relay."
            ) from error
        self._one_shot = one_shot_of(self._factory)

    def energise(self, hold_s: float) -> None:
        """Energise for `hold_s`, capped; what ends the lease is told before it begins.

        Raises DeviceUnavailable. The relay may then have moved: let it rest, or close it.
        """
        if not hold_s > 0.0:  # nor is what is no number at all
            raise DeviceUnavailable(
                f"gate: GPIO {self._pin} is not energised for {hold_s:g} s: that has no end."
            )
        hold_s = min(hold_s, LEASE_CAP_S)
        if self._device is None:
            raise DeviceUnavailable(f"gate: GPIO {self._pin} is not open.")
        try:
            if self._one_shot is not None:
                self._one_shot.arm(self._pin, hold_s)
            self._device.on()
        except pin_errors() as error:
            raise self._no_answer(error) from error
        self._lease_ends_s = self._now() + hold_s

    def rest(self) -> None:
        """De-energise. Raises DeviceUnavailable where the pin does not answer."""
        self._lease_ends_s = None
        if self._device is None:
            raise DeviceUnavailable(f"gate: GPIO {self._pin} is not open.")
        try:
            self._device.off()  # first: what is armed could only do the same, later
            if self._one_shot is not None:
                self._one_shot.disarm(self._pin)
        except pin_errors() as error:
            raise self._no_answer(error) from error

    def poll_once(self) -> None:
        """Take the relay back if its lease is over."""
        if self._lease_ends_s is not None and self._now() >= self._lease_ends_s:
            self.rest()

    def close(self) -> None:
        """Drive the pin low, then let it go. Raises DeviceUnavailable where the pin does not answer."""
        device, self._device = self._device, None
        one_shot, self._one_shot = self._one_shot, None
        self._lease_ends_s = None
        if device is None:
            return
        try:
            try:
                device.off()
                if one_shot is not None:
                    one_shot.disarm(self._pin)
            finally:
                device.close()
        except pin_errors() as error:
            raise self._no_answer(error) from error

    def _no_answer(self, error: Exception) -> DeviceUnavailable:
        return DeviceUnavailable(
            f"gate: GPIO {self._pin} does not answer: {error}; check the wiring of the relay."
        )


class Contact:
    """A contact between a BCM pin and ground, the pin pulled up: of a door, a button, a lid, a fire panel.

    `name` is what a message calls it.
    """

    def __init__(self, factory: Factory, pin: int, name: str = "door") -> None:
        self._factory = factory
        self._pin = pin
        self._name = name
        self._device: DigitalInputDevice | None = None

    def open(self) -> None:
        """Take the pin. Raises DeviceUnavailable."""
        try:
            self._device = DigitalInputDevice(self._pin, pull_up=True, pin_factory=self._factory)
        except pin_errors() as error:
            clear_frames(error.__traceback__)
            raise DeviceUnavailable(
                f"{self._name}: GPIO {self._pin} cannot be opened: {error}; end what else uses it, "
                "or move the contact."
            ) from error

    def is_open(self) -> bool:
        """Whether nothing joins the pin to ground: the contact is open, or its wire is cut.

        Raises DeviceUnavailable.
        """
        if self._device is None:
            raise DeviceUnavailable(f"{self._name}: GPIO {self._pin} is not open.")
        try:
            # With pull_up the device is active while the pin is low, which is a closed contact.
            return not self._device.is_active
        except pin_errors() as error:
            raise self._no_answer(error) from error

    def close(self) -> None:
        """Raises DeviceUnavailable."""
        device, self._device = self._device, None
        if device is not None:
            try:
                device.close()
            except pin_errors() as error:
                raise self._no_answer(error) from error

    def _no_answer(self, error: Exception) -> DeviceUnavailable:
        return DeviceUnavailable(
            f"{self._name}: GPIO {self._pin} does not answer: {error}; check the wiring of the contact."
        )
