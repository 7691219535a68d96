"""What is recorded of the kiosk itself: start and stop, its clock, its calibration, and that it is alive.

The wall clock is compared with the monotonic one at every event: they drift
apart by a second when somebody has set the clock, or when it was slewed as
far. A heartbeat is a diagnostic: it stops while space on the disk is short.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from kiosk.core import passage as entries
from kiosk.core.commands import JsonValue, Record
from kiosk.core.events import Started, Stopping
from kiosk.core.ledger import Ledger
from kiosk.terms import Instant

CLOCK_STEP = timedelta(seconds=1)


class Chronicle:
    """`calibration` is what the journal last said of it."""

    def __init__(
        self, ledger: Ledger, heartbeat_s: float, calibration: Mapping[str, JsonValue] | None
    ) -> None:
        self._ledger = ledger
        self._heartbeat_s = heartbeat_s
        self._calibration = calibration
        self._started_at: Instant | None = None
        self._clock_at: Instant | None = None
        self._beat_at_s: float | None = None

    @property
    def wake_at(self) -> float | None:
        """The monotonic second of the next heartbeat."""
        return self._beat_at_s

    def started(self, event: Started, in_force: Mapping[str, JsonValue]) -> list[Record]:
        """`in_force`: the rules and the trust that people are judged by from now on."""
        self._started_at = event.at
        if self._heartbeat_s:
            self._beat_at_s = event.at.mono + self._heartbeat_s
        records = [self._ledger.record(event.at, entries.STARTED, {**event.found, **in_force})]
        if event.calibration != self._calibration:
            data = {"before": self._calibration, "now": event.calibration}
            records.append(self._ledger.record(event.at, entries.CALIBRATION_CHANGED, data))
            self._calibration = event.calibration
        return records

    def stopping(self, event: Stopping) -> list[Record]:
        data = {"uptime_s": self._uptime_s(event.at)}
        return [self._ledger.record(event.at, entries.STOPPED, data)]

    def tick(self, at: Instant, faults: tuple[str, ...], inside: int | None) -> list[Record]:
        """What has become due by `at`; `faults` are those that stand on the screen.

        `inside` is how many people are, None where nobody goes in.
        """
        return [*self._clock(at), *self._heartbeat(at, faults, inside)]

    def _clock(self, at: Instant) -> list[Record]:
        before = self._clock_at
        if before is None:
            self._clock_at = at
            return []
        step = (at.utc - before.utc) - timedelta(seconds=at.mono - before.mono)
        if abs(step) < CLOCK_STEP and at.utc_trusted is before.utc_trusted:
            return []
        self._clock_at = at
        data = {"step_s": round(step.total_seconds(), 3), "trusted": at.utc_trusted}
        return [self._ledger.record(at, entries.CLOCK_CHANGED, data)]

    def _heartbeat(self, at: Instant, faults: tuple[str, ...], inside: int | None) -> list[Record]:
        if self._beat_at_s is None or at.mono < self._beat_at_s:
            return []
        self._beat_at_s = at.mono + self._heartbeat_s
        if "disk" in faults:
            return []
        data: dict[str, JsonValue] = {"uptime_s": self._uptime_s(at), "faults": list(faults)}
        if inside is not None and not self._ledger.owes:  # what is owed would count once more after it
            data["inside"] = inside
        return [self._ledger.record(at, entries.HEARTBEAT, data)]

    def _uptime_s(self, at: Instant) -> int | None:
        return None if self._started_at is None else round(at.mono - self._started_at.mono)
