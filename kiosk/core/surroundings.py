"""What the kiosk depends on besides the person: devices, keys, connection, a sensor that is warm and true.

Each change is recorded and shown; none of it changes anybody's answer by itself.
"""

from __future__ import annotations

from calibration.reading import Reading
from kiosk.core import passage as entries
from kiosk.core.commands import Command
from kiosk.core.display import Display
from kiosk.core.drift import DriftWatch
from kiosk.core.events import DeviceFaulted, DeviceRecovered, LinkChanged, SensorWarming, TrustChanged
from kiosk.core.ledger import Ledger
from kiosk.core.rules import ScreeningRules
from kiosk.core.view import LinkView
from kiosk.credentials.bundle import TrustBundle
from kiosk.terms import Instant

DRIFT = "drift"


class Surroundings:
    """Turns news of the surroundings into records and what the screen shows; `bundle` is the one in force."""

    def __init__(self, rules: ScreeningRules, bundle: TrustBundle, ledger: Ledger, display: Display) -> None:
        self.bundle = bundle
        self._ledger = ledger
        self._display = display
        self._drift = DriftWatch(rules)

    def changed(self, event: DeviceRecovered | TrustChanged | LinkChanged | SensorWarming) -> list[Command]:
        match event:
            case DeviceRecovered():
                return self.recovered(event)
            case TrustChanged():
                return self._trust_changed(event)
            case LinkChanged():
                return self._link_changed(event)
            case SensorWarming():
                return [self._display.warm_up(event.at, event.remaining_s)]

    def faulted(self, event: DeviceFaulted) -> list[Command]:
        data = {"device": event.device, "detail": event.detail}
        return [
            self._ledger.record(event.at, entries.DEVICE_FAULTED, data),
            self._display.lose(event.at, event.device, event.detail),
        ]

    def recovered(self, event: DeviceRecovered) -> list[Command]:
        """Nothing where the device was not lost."""
        if not self._display.has_fault(event.device):
            return []
        record = self._ledger.record(event.at, entries.DEVICE_RECOVERED, {"device": event.device})
        return [record, *self._display.regain(event.at, event.device)]

    def measured(self, at: Instant, reading: Reading) -> list[Command]:
        """One person's final reading: is the sensor still true, as far as people tell?

        An alarm for staff when it begins and when it ends.
        """
        self._drift.add(reading)
        complaint = self._drift.complaint
        if complaint is None:
            return self.recovered(DeviceRecovered(at, DRIFT))
        return [] if self._display.has_fault(DRIFT) else self.faulted(DeviceFaulted(at, DRIFT, complaint))

    def _trust_changed(self, event: TrustChanged) -> list[Command]:
        self.bundle = event.bundle
        record = self._ledger.record(event.at, entries.TRUST_CHANGED, {"version": event.bundle.version})
        back = self.recovered(DeviceRecovered(event.at, "keys")) if event.bundle.keys else []
        return [record, *back]

    def _link_changed(self, event: LinkChanged) -> list[Command]:
        since = event.offline_since.utc.isoformat() if event.offline_since else None
        return [*self._display.link(event.at, LinkView(event.connected, since, event.waiting))]
