"""Thousands of kiosks come back at one moment: `python -m tests.bench.herd`.

The uplink's own schedule, backoff and loop (`Uplink.run_once`), one for every
kiosk, on a simulated clock. Simulated are what they talk to: a desk that counts
entries instead of keeping them, and one hub that stores a batch after the other,
`CAPACITY_PER_S` of them a second. A batch waits its turn there; whoever waits
longer than the client does gets no answer, while the hub has the work all the
same. New entries come during and after the outage.
"""

from __future__ import annotations

import heapq
import logging
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any, cast

from kiosk.uplink import uplink as uplink_module
from kiosk.uplink.errors import HubUnreachable
from kiosk.uplink.hub_client import TIMEOUTS_S, HubClient, Reply
from kiosk.uplink.trust_mirror import TrustMirror
from kiosk.uplink.uplink import MAX_BATCH_ENTRIES, Uplink
from sim.clock import SimClock
from tests.bench.figures import Figure, show

KIOSKS, CAPACITY_PER_S, OUTAGE_S = 5000, 200, 7200.0
MOST_SECONDS, MOST_TIMES_CAPACITY = 600.0, 2.0
BACKLOG_ENTRIES = 417
"""Of two hours, at 150,000 entries a month."""
ENTRY_EVERY_S = 60.0
FEW = 20
"""The quick herd is one in so many kiosks, at a hub that is as much slower."""
PATIENCE_S = 3600.0


@dataclass(frozen=True, slots=True)
class Herd:
    """What became of it: seconds after the hub's return; the most batches that came within one second."""

    drained_s: float
    peak_batches_per_s: int
    peak_requests_per_s: int
    half_drained_s: float


def measure(scale: int = 1) -> list[Figure]:
    """One in `scale` kiosks, at a hub of one `scale`-th of the speed."""
    capacity = CAPACITY_PER_S // scale
    herd = simulate(KIOSKS // scale, capacity, OUTAGE_S)
    name = f"{KIOSKS // scale} kiosks at {capacity} batches/s"
    return [
        Figure(f"{name}: drained after", herd.drained_s, "s", MOST_SECONDS),
        Figure(f"{name}: peak", herd.peak_batches_per_s / capacity, "of capacity", MOST_TIMES_CAPACITY),
        Figure(f"{name}: half are drained after", herd.half_drained_s, "s"),
        Figure(f"{name}: most requests of any kind", herd.peak_requests_per_s, "per s"),
    ]


def simulate(kiosks: int, capacity_per_s: int, outage_s: float, seed: int = 1) -> Herd:
    """Raises RuntimeError when they are not drained within an hour."""
    hub = _Hub(capacity_per_s, outage_s)
    rng = Random(seed)
    herd = [_Kiosk(hub, rng.randrange(2**32), outage_s) for _ in range(kiosks)]
    turns = [(rng.uniform(0.0, uplink_module.PROBE_S), number) for number in range(kiosks)]
    heapq.heapify(turns)
    waiting = set(range(kiosks))
    drained_at: list[float] = []
    with _silent():
        while waiting:
            at_s, number = heapq.heappop(turns)
            if at_s > outage_s + PATIENCE_S:
                raise RuntimeError(f"{len(waiting)} kiosks are not drained after {PATIENCE_S:g} s")
            kiosk = herd[number]
            heapq.heappush(turns, (kiosk.live(at_s), number))
            if number in waiting and kiosk.has_delivered_backlog:
                waiting.discard(number)
                drained_at.append(kiosk.clock.mono() - outage_s)
    drained_at.sort()
    return Herd(
        drained_s=drained_at[-1],
        peak_batches_per_s=max(hub.batches.values()),
        peak_requests_per_s=max((hub.batches + hub.others).values()),
        half_drained_s=drained_at[len(drained_at) // 2],
    )


class _Hub:
    """Away until `back_at_s`; then takes a batch after the other."""

    def __init__(self, capacity_per_s: int, back_at_s: float) -> None:
        self._each_s = 1 / capacity_per_s
        self._back_at_s = back_at_s
        self._free_at_s = back_at_s
        self.batches: Counter[int] = Counter()
        self.others: Counter[int] = Counter()

    def answer(self, clock: SimClock) -> None:
        """Anything but a batch costs nothing. Raises HubUnreachable."""
        self._reach(clock, self.others)

    def take_batch(self, clock: SimClock) -> None:
        """Raises HubUnreachable when it is away, or the answer comes too late."""
        self._reach(clock, self.batches)
        self._free_at_s = max(self._free_at_s, clock.mono()) + self._each_s
        patience_s = TIMEOUTS_S[1]
        if self._free_at_s - clock.mono() > patience_s:
            clock.sleep(patience_s)
            raise HubUnreachable("no answer in time")
        clock.advance_to(self._free_at_s)

    def _reach(self, clock: SimClock, counted: Counter[int]) -> None:
        if clock.mono() < self._back_at_s:
            raise HubUnreachable("away")
        counted[int(clock.mono() - self._back_at_s)] += 1


class _Kiosk:
    """One uplink with its desk, on a clock of its own: what it waits for holds up nobody else."""

    def __init__(self, hub: _Hub, seed: int, outage_s: float) -> None:
        self.clock = SimClock()
        self._outage_s = outage_s
        self._acknowledged = 0
        self._hub = hub
        self._rng = Random(seed)
        self._first_s = self._rng.uniform(0.0, ENTRY_EVERY_S)
        client = cast("HubClient", self)
        self._uplink = Uplink(self, client, cast("TrustMirror", _Mirror(self._ask)), self.clock, self._rng)

    def live(self, at_s: float) -> float:
        """One turn; when the next one is due."""
        self.clock.advance_to(at_s)
        wait_s = self._uplink.run_once()
        return self.clock.mono() + wait_s

    @property
    def has_delivered_backlog(self) -> bool:
        return self._acknowledged >= BACKLOG_ENTRIES

    @property
    def _size(self) -> int:
        """Entries of the outage come evenly, those after it at their own pace."""
        now_s = self.clock.mono()
        if now_s < self._outage_s:
            return int(BACKLOG_ENTRIES * now_s / self._outage_s)
        since_s = now_s - self._outage_s
        return BACKLOG_ENTRIES + int((since_s + self._first_s) / ENTRY_EVERY_S)

    def request(self, message: dict[str, Any]) -> dict[str, Any]:
        """Gatekeeper's desk."""
        match message["op"]:
            case "status":
                trust = {"root": 1, "timestamp": 1}
                size, acknowledged = self._size, self._acknowledged
                return {"device": "kiosk", "size": size, "acknowledged": acknowledged, "trust": trust}
            case "batch":
                end = min(self._size, message["start"] + min(message["limit"], MAX_BATCH_ENTRIES))
                return {"start": message["start"], "entries": [None] * (end - message["start"])}
            case "receipt":
                self._acknowledged = max(self._acknowledged, message["receipt"]["size"])
                return {"acknowledged": self._acknowledged}
            case _:
                return {}

    def upload(self, device: str, batch: Mapping[str, Any]) -> Reply:
        """The hub's client."""
        self._hub.take_batch(self.clock)
        return Reply(200, b'{"size": %d}' % (batch["start"] + len(batch["entries"])))

    def probe(self) -> Reply:
        return self._ask()

    def _ask(self) -> Reply:
        self._hub.answer(self.clock)
        return Reply(200, b"{}")


class _Mirror:
    """Trust that never changes: one request each time."""

    problem = None
    is_whole = True
    versions = (1, 1)

    def __init__(self, refresh: Callable[[], Reply]) -> None:
        self.refresh = refresh


@contextmanager
def _silent() -> Iterator[None]:
    """Nobody reads what thousands of kiosks say of a lost connection."""
    log = logging.getLogger(uplink_module.__name__)
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(before)


if __name__ == "__main__":
    sys.exit(not show("Herd", measure()))
