"""Whether the sensor has warmed up: time since its supply came on, and how fast its own temperature moves.

1. The maker allows up to 4 minutes from power-up until the stated accuracy
   holds (MLX90640 datasheet 3901090640 rev. 12, 12.2.2 "Thermal behavior"),
   and states it for a settled sensor only (12.1.1). So both are asked for.
2. The drift is the slope of the least squares line through the last minute
   of the chip's temperature Ta: many points, so that the steps in which it is
   measured (0.01 to 0.02 °C) do not look like a drift. It takes
   `MIN_SPAN_S` of them. After a restart of the program, not of the sensor,
   an earlier point stands for them.
3. What is left to wait, where the drift alone holds: Ta goes towards its
   final value as exp(-t / tau), and so does its slope; it falls from s to the
   limit in tau ln(s / limit).

Pure: times are arguments, seconds of one monotonic clock.
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np

WINDOW_S = 60.0
MIN_SPAN_S = 10.0
MIN_POINTS = 3
MAX_POINTS = 4096
EARLIER_MAX_AGE_S = 120.0
TIME_CONSTANT_S = 90.0
"""Assumed for a sensor in its housing; it only scales the countdown, never the decision."""

SHORTEST_WAIT_S = 1.0
SECONDS_A_MINUTE = 60.0


class WarmUp:
    """One sensor's warm-up. `add` every Ta, ask `remaining_s`; make a new one when the supply was away.

    `powered_since_s` is when its supply came on, as far back as is known.
    `earlier` is (at_s, ta_celsius) remembered from before a restart of the
    program; it counts where it is at most two minutes older than the first
    point added.
    """

    def __init__(
        self,
        minimum_s: float = 240.0,
        settled_celsius_per_minute: float = 0.1,
        *,
        powered_since_s: float,
        earlier: tuple[float, float] | None = None,
    ) -> None:
        if not (minimum_s >= 0 and math.isfinite(minimum_s)):
            raise ValueError(f"A warm-up takes 0 s or more, not {minimum_s}.")
        if not settled_celsius_per_minute > 0:
            raise ValueError(f"A limit of drift lies above 0, not at {settled_celsius_per_minute}.")
        self._minimum_s = minimum_s
        self._limit = settled_celsius_per_minute
        self._powered_since_s = powered_since_s
        self._earlier = earlier
        self._points: deque[tuple[float, float]] = deque(maxlen=MAX_POINTS)

    @property
    def newest(self) -> tuple[float, float] | None:
        """The last (at_s, ta_celsius), to be remembered for after a restart."""
        return self._points[-1] if self._points else self._earlier

    def add(self, at_s: float, ta_celsius: float) -> None:
        """Take one Ta into account; what is no number or no newer than the last one is left out."""
        if not math.isfinite(ta_celsius) or (self._points and at_s <= self._points[-1][0]):
            return
        if not self._points and self._earlier is not None:
            if MIN_SPAN_S <= at_s - self._earlier[0] <= EARLIER_MAX_AGE_S:
                self._points.append(self._earlier)
            self._earlier = None
        self._points.append((at_s, ta_celsius))

    def drift_celsius_per_minute(self, now_s: float) -> float | None:
        """The slope of Ta; None where too little is known of the last minute."""
        self._forget(now_s)
        if len(self._points) < MIN_POINTS or self._span_s < MIN_SPAN_S:
            return None
        at, ta = np.array(self._points).T
        at = at - at.mean()
        return float(at @ (ta - ta.mean()) / (at @ at)) * SECONDS_A_MINUTE

    def remaining_s(self, now_s: float) -> float:
        """How long until the sensor may measure, as far as can be told; 0.0: it may."""
        return max(self._rest_of_minimum_s(now_s), self._rest_of_drift_s(now_s))

    def _rest_of_minimum_s(self, now_s: float) -> float:
        return max(0.0, self._minimum_s - (now_s - self._powered_since_s))

    def _rest_of_drift_s(self, now_s: float) -> float:
        drift = self.drift_celsius_per_minute(now_s)
        if drift is None:
            return max(SHORTEST_WAIT_S, MIN_SPAN_S - self._span_s)
        if abs(drift) <= self._limit:
            return 0.0
        return max(SHORTEST_WAIT_S, TIME_CONSTANT_S * math.log(abs(drift) / self._limit))

    @property
    def _span_s(self) -> float:
        return self._points[-1][0] - self._points[0][0] if self._points else 0.0

    def _forget(self, now_s: float) -> None:
        """Let go of what is older than the window, but for a remembered point while there is little else."""
        if self._points and now_s - self._points[-1][0] > WINDOW_S:
            self._points.clear()
        newest_s = self._points[-1][0] if self._points else now_s
        while len(self._points) > 1 and newest_s - self._points[1][0] >= MIN_SPAN_S:
            if newest_s - self._points[0][0] <= WINDOW_S:
                break
            self._points.popleft()
