"""How a sensor warms itself after power-up, and what that does to its readings.

The chip's own power lifts it some degrees above its surroundings, over
minutes; without power it cools in the same way. The maker answers that
ambient and surroundings differ by about 8 °C in open air, and that the first
minutes after power-up are not to be trusted because heat is then spread
unevenly in the package (melexis/mlx90640-library, issues 66 and 122). A
first-order rise (one time constant) is assumed here, and an error of the
pixels in proportion to what the rise still lacks.
"""

from __future__ import annotations

import math

RISE_CELSIUS = 8.0
TIME_CONSTANT_S = 60.0
ERROR_PER_CELSIUS = -0.15


class SelfHeating:
    """Excess over the surroundings, for times that only grow. Without `powered_since_s` it has settled."""

    def __init__(self, now_s: float, powered_since_s: float | None) -> None:
        self._at_s = now_s
        self._is_on = True
        self._lacking = 0.0
        if powered_since_s is not None:
            self._lacking = RISE_CELSIUS * math.exp(-(now_s - powered_since_s) / TIME_CONSTANT_S)

    def lacking_celsius(self, at_s: float) -> float:
        """How far the chip is below the temperature at which it will settle."""
        decay = math.exp(-max(at_s - self._at_s, 0.0) / TIME_CONSTANT_S)
        if self._is_on:
            return self._lacking * decay
        return RISE_CELSIUS - (RISE_CELSIUS - self._lacking) * decay

    def switch(self, at_s: float, *, on: bool) -> None:
        """Power comes or goes."""
        self._lacking, self._at_s, self._is_on = self.lacking_celsius(at_s), at_s, on
