"""Relays and the door contact, through gpiozero.

A relay is active high and rests de-energised. Energising is a lease: it names
the moment at which it ends, at most `LEASE_CAP_S` away, and `poll_once()`
takes the relay back when the lease is over, whatever else has been forgotten.
Closing drives the pin low before it is let go.
"""

from __future__ import annotations

from collections.abc import Callable
from traceback import clear_frames

from gpiozero import DigitalInputDevice, DigitalOutputDevice, Factory

from drivers.errors import DeviceUnavailable
from drivers.pins import pin_errors

LEASE_CAP_S = 10.0


class Relay:
    """One relay on a BCM pin."""

    def __init__(self, factory: Factory, pin: int, now: Callable[[], float]) -> None:
        self._factory = factory
        self._pin = pin
        self._now = now
        self._device: DigitalOutputDevice | None = None
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

    def energise(self, hold_s: float) -> None:
        """Energise for `hold_s`, capped. Raises DeviceUnavailable; the relay then rests."""
        self._drive(True)
        self._lease_ends_s = self._now() + min(hold_s, LEASE_CAP_S)

    def rest(self) -> None:
        """De-energise. Raises DeviceUnavailable where the pin does not answer."""
        self._lease_ends_s = None
        self._drive(False)

    def poll_once(self) -> None:
        """Take the relay back if its lease is over."""
        if self._lease_ends_s is not None and self._now() >= self._lease_ends_s:
            self.rest()

    def close(self) -> None:
        """Drive the pin low, then let it go. Raises DeviceUnavailable where the pin does not answer."""
        device, self._device = self._device, None
        self._lease_ends_s = None
        if device is None:
            return
        try:
            try:
                device.off()
            finally:
                device.close()
        except pin_errors() as error:
            raise self._no_answer(error) from error

    def _drive(self, level: bool) -> None:
        if self._device is None:
            raise DeviceUnavailable(f"gate: GPIO {self._pin} is not open.")
        try:
            self._device.value = level
        except pin_errors() as error:
            raise self._no_answer(error) from error

    def _no_answer(self, error: Exception) -> DeviceUnavailable:
        return DeviceUnavailable(
            f"gate: GPIO {self._pin} does not answer: {error}; check the wiring of the relay."
        )


class Contact:
    """A door contact on a BCM pin: high while the door is open (normally closed, pulled up)."""

    def __init__(self, factory: Factory, pin: int) -> None:
        self._factory = factory
        self._pin = pin
        self._device: DigitalInputDevice | None = None

    def open(self) -> None:
        """Raises DeviceUnavailable."""
        try:
            self._device = DigitalInputDevice(self._pin, pull_up=True, pin_factory=self._factory)
        except pin_errors() as error:
            clear_frames(error.__traceback__)
            raise DeviceUnavailable(
                f"door: GPIO {self._pin} cannot be opened: {error}; end what else uses it, "
                "or move the contact."
            ) from error

    def is_door_open(self) -> bool:
        """Raises DeviceUnavailable."""
        if self._device is None:
            raise DeviceUnavailable(f"door: GPIO {self._pin} is not open.")
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
            f"door: GPIO {self._pin} does not answer: {error}; check the wiring of the contact."
        )
