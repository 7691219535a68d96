"""A watch on the sensor by the people themselves: the median of the last ones must look like people.

Most who come are well, so the median of their oral estimates hardly moves
(healthy adults: 35.7 to 37.4 °C by mouth, mean ± 2 s; Geneva et al., Open Forum
Infect. Dis. 6 (2019) ofz032). A median outside the site's bounds means a sensor that has
drifted, a blackbody that has failed, or a room that is too hot or cold. It is
an alarm for staff and never a correction.
"""

from __future__ import annotations

import statistics
from collections import deque

from calibration.reading import Reading
from kiosk.core.rules import ScreeningRules


class DriftWatch:
    """The last `drift_people` readings; none kept where the site has set 0."""

    def __init__(self, rules: ScreeningRules) -> None:
        self._rules = rules
        self._last: deque[float] = deque(maxlen=rules.drift_people)

    def add(self, reading: Reading) -> None:
        """One person's final reading. One without a calibration says nothing of drift."""
        if reading.calibration_id is not None:
            self._last.append(reading.oral_estimate_celsius)

    @property
    def complaint(self) -> str | None:
        """What staff should know, or None while all looks well or too few have come."""
        rules = self._rules
        if not rules.drift_people or len(self._last) < rules.drift_people:
            return None
        median = statistics.median(self._last)
        if rules.drift_low_oral_celsius <= median <= rules.drift_high_oral_celsius:
            return None
        return (
            f"the median of the last {rules.drift_people} people is {median:.1f} °C (oral estimate), outside "
            f"{rules.drift_low_oral_celsius:g} to {rules.drift_high_oral_celsius:g}; check the sensor "
            "against a blackbody"
        )
