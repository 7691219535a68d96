"""What the kiosk depends on besides the person: devices, keys, connection, a sensor that is warm and true.

Each change is recorded and shown; none of it changes anybody's answer by itself.
"""

from __future__ import annotations

from datetime import tzinfo

from calibration.reading import Reading
from kiosk.core import passage as entries
from kiosk.core import trust_age
from kiosk.core.chronicle import Chronicle
from kiosk.core.commands import Command, JsonValue, Record
from kiosk.core.devices import device_in
from kiosk.core.displays import Displays
from kiosk.core.drift import DriftWatch
from kiosk.core.events import (
    CodeUnread,
    DeviceFaulted,
    DeviceReconnecting,
    DeviceRecovered,
    LinkChanged,
    SensorWarming,
    Started,
    Stopping,
    TrustChanged,
)
from kiosk.core.in_force import lasts_longer, rules_data, trust_data
from kiosk.core.ledger import Ledger
from kiosk.core.past import Past
from kiosk.core.rules import Rules
from kiosk.core.trust_age import Tier
from kiosk.core.view import LinkView
from kiosk.credentials.bundle import TrustBundle
from kiosk.terms import Instant

Change = CodeUnread | DeviceReconnecting | Started | Stopping | TrustChanged | LinkChanged | SensorWarming

DRIFT = "drift"


class Surroundings:
    """Turns news of the surroundings into records and what the screen shows; `bundle` is the one in force."""

    def __init__(
        self,
        rules: Rules,
        bundle: TrustBundle,
        past: Past,
        ledger: Ledger,
        displays: Displays,
        zone: tzinfo,
    ) -> None:
        self.bundle = bundle
        self._told = bundle
        self._rules = rules
        self._zone = zone
        self._ledger = ledger
        self._displays = displays
        self._drifts = {lane: DriftWatch(rules.screening) for lane in rules.doors}
        self._chronicle = Chronicle(ledger, rules.heartbeat_s, past.calibration)
        self._tier = Tier.FRESH
        self._wake_at: float | None = None

    @property
    def wake_at(self) -> float | None:
        """The monotonic second at which trust has aged, a heartbeat is due, or a hint is over."""
        due = (self._wake_at, self._chronicle.wake_at, self._displays.wake_at)
        return min((at for at in due if at is not None), default=None)

    def tick(self, at: Instant, occupancy: int) -> list[Command]:
        """What has changed with time alone."""
        inside = occupancy if self._rules.has_inside else None
        return [*self._chronicle.tick(at, self._displays.faults, inside), *self.age(at)]

    def age(self, at: Instant) -> list[Command]:
        """What time brings: the end of a hint, and how old the trust in force is.

        A record when its tier changes, the countdown on the screen. At a time that is not trusted nothing is
        said of it.
        """
        return [*self._displays.end_hint(at), *self._trust_aged(at)]

    def _trust_aged(self, at: Instant) -> list[Command]:
        if not at.utc_trusted:
            self._wake_at = None  # nothing is due of it before the time is known
            return []
        if self._wake_at is not None and at.mono < self._wake_at:
            return []
        self._wake_at = trust_age.wake_at(self.bundle, at)
        tier = trust_age.tier_of(self.bundle, at.utc)
        shown = self._displays.trust_left(at, trust_age.left_s(self.bundle, at.utc))
        if tier is self._tier:
            return [*shown]
        self._tier = tier
        self._told = self.bundle
        until = self.bundle.fresh_until
        data = {"tier": tier.value, "fresh_until": None if until is None else until.isoformat()}
        return [self._ledger.record(at, entries.TRUST_AGED, data), *shown]

    def changed(self, event: Change) -> list[Command]:
        match event:
            case CodeUnread():
                return self._displays.hint(event.at, event.source, event.hint)
            case DeviceReconnecting():
                return self._reconnecting(event)
            case Started():
                return [*self._chronicle.started(event, self._in_force())]
            case Stopping():
                return [*self._chronicle.stopping(event)]
            case TrustChanged():
                return self._trust_changed(event)
            case LinkChanged():
                return self._link_changed(event)
            case SensorWarming():
                return self._displays.warm_up(event.at, event.lane, event.remaining_s)

    def faulted(self, event: DeviceFaulted) -> list[Command]:
        data = {"device": event.device, "detail": event.detail}
        return [
            self._ledger.record(event.at, entries.DEVICE_FAULTED, data),
            *self._displays.lose(event.at, event.device, event.detail),
        ]

    def _reconnecting(self, event: DeviceReconnecting) -> list[Command]:
        if not self._displays.has_fault(event.device):
            return []
        record = self._ledger.record(event.at, entries.DEVICE_RECONNECTING, {"device": event.device})
        return [record, *self._displays.reconnecting(event.at, event.device)]

    def recovered(self, event: DeviceRecovered) -> list[Command]:
        """Nothing where the device was not lost."""
        if not self._displays.has_fault(event.device):
            return []
        record = self._ledger.record(event.at, entries.DEVICE_RECOVERED, {"device": event.device})
        return [record, *self._displays.regain(event.at, event.device)]

    def measured(self, at: Instant, lane: str, reading: Reading) -> list[Command]:
        """One person's final reading: is the lane's sensor still true, as far as people tell?

        An alarm for staff when it begins and when it ends.
        """
        drift, device = self._drifts[lane], device_in(lane, DRIFT)
        drift.add(reading)
        if drift.complaint is None:
            return self.recovered(DeviceRecovered(at, device))
        if self._displays.has_fault(device):
            return []
        return self.faulted(DeviceFaulted(at, device, drift.complaint))

    def _trust_changed(self, event: TrustChanged) -> list[Command]:
        """A timestamp that was signed anew is no change: what it stands for has the same version.

        That it lasts longer is recorded about once a day.
        """
        is_other = event.bundle.version != self.bundle.version or lasts_longer(event.bundle, self._told)
        self.bundle = event.bundle
        self._wake_at = None
        records = [self._trust_told(event.at)] if is_other else []
        back = self.recovered(DeviceRecovered(event.at, "keys")) if event.bundle.keys else []
        return [*records, *back]

    def _trust_told(self, at: Instant) -> Record:
        self._told = self.bundle
        return self._ledger.record(at, entries.TRUST_CHANGED, trust_data(self.bundle))

    def _in_force(self) -> dict[str, JsonValue]:
        return {"rules": rules_data(self._rules), "zone": str(self._zone), "trust": trust_data(self.bundle)}

    def _link_changed(self, event: LinkChanged) -> list[Command]:
        since = event.offline_since.utc.isoformat() if event.offline_since else None
        receipt = event.last_receipt.isoformat() if event.last_receipt else None
        return self._displays.link(event.at, LinkView(event.connected, since, event.waiting, receipt))
