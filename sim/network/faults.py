"""What goes wrong between kiosk and hub: a schedule on a clock, and chances from a seed.

    faults = Faults(clock.mono, seed=7, rates=Rates(lost_reply=0.1), outages=[Outage(600, 1800)])

One `Faults` serves the proxy in real time and the adapter on the simulated
clock alike. `cut` and `restore` are the developer's hand on the cable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from threading import Lock


class Fault(StrEnum):
    """What happens to one request."""

    NONE = "none"
    OUTAGE = "outage"
    """There is no connection at all."""
    CUT = "cut"
    """The connection is cut before the hub has the request."""
    SERVER_ERROR = "server_error"
    """Something before the hub answers 5xx; the hub never hears of it."""
    LOST_REPLY = "lost_reply"
    """The hub has dealt with the request, and the reply does not arrive."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares of all requests, from 0 to 1, at most 1 together.

    `delay_s` is the range within which a reply is delayed.
    """

    cut: float = 0.0
    server_error: float = 0.0
    lost_reply: float = 0.0
    delay_s: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Outage:
    """No connection from `start_s` up to, not including, `end_s` on the given clock."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What happens to one request. `status` is that of a SERVER_ERROR."""

    fault: Fault
    delay_s: float
    status: int = 0


class Faults:
    """Decides for one request after the other. Safe to share between threads."""

    def __init__(
        self,
        now: Callable[[], float],
        *,
        seed: int = 0,
        rates: Rates = Rates(),  # frozen
        outages: Sequence[Outage] = (),
    ) -> None:
        self._now = now
        self._rng = Random(seed)
        self._rates = rates
        self._outages = tuple(outages)
        self._is_cut = False
        self._lock = Lock()
        self.counts: Counter[Fault] = Counter()
        """How many requests met which fate."""

    def cut(self) -> None:
        """Pull the cable."""
        self._is_cut = True

    def restore(self) -> None:
        """Put the cable back; a scheduled outage still holds."""
        self._is_cut = False

    @property
    def is_out(self) -> bool:
        """Whether there is no connection now."""
        now = self._now()
        return self._is_cut or any(outage.start_s <= now < outage.end_s for outage in self._outages)

    def next_change_at(self) -> float | None:
        """When a scheduled outage next begins or ends; None when none does any more."""
        now = self._now()
        edges = [edge for outage in self._outages for edge in (outage.start_s, outage.end_s)]
        return min((edge for edge in edges if edge > now), default=None)

    def next(self) -> Verdict:
        """The fate of the next request."""
        with self._lock:
            fault = Fault.OUTAGE if self.is_out else self._draw()
            self.counts[fault] += 1
            status = self._rng.choice((500, 502, 503)) if fault is Fault.SERVER_ERROR else 0
            return Verdict(fault, self._rng.uniform(*self._rates.delay_s), status)

    def _draw(self) -> Fault:
        chance = self._rng.random()
        for fault, rate in (
            (Fault.CUT, self._rates.cut),
            (Fault.SERVER_ERROR, self._rates.server_error),
            (Fault.LOST_REPLY, self._rates.lost_reply),
        ):
            if chance < rate:
                return fault
            chance -= rate
        return Fault.NONE
