"""How many people a minute, and how much of their time is the kiosk's.

A passage takes its person's time (walking up, showing the phone, taking in the
answer, going through) and the time of whoever is in the door before. What is
left is the kiosk's own share: from when the code is in view and the door
behind the one in front is shut, until the relay moves, or until the answer
stands where somebody is not let in.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sim.logbook import Page
from sim.visitor import Experience


@dataclass(frozen=True, slots=True)
class Throughput:
    """`people_per_minute` counts everybody who was served, whatever the answer; NaN of fewer than two."""

    people_per_minute: float
    own_share_s: tuple[float, ...]

    @property
    def median_s(self) -> float:
        return percentile(self.own_share_s, 50)

    @property
    def p95_s(self) -> float:
        return percentile(self.own_share_s, 95)


def throughput(pages: Sequence[Page]) -> Throughput:
    """Of a day's visits, in the order in which they ended."""
    visits = [page.experience for page in pages]
    ends_s = [visit.ended_s for visit in visits if visit.ended_s is not None]
    took_s = ends_s[-1] - ends_s[0] if len(ends_s) > 1 else 0.0
    lanes = {visit.visit.kind.place.lane for visit in visits}
    queues = [[each for each in visits if each.visit.kind.place.lane == lane] for lane in sorted(lanes)]
    pairs = [pair for queue in queues for pair in pairwise([None, *queue])]
    shares = (_own_share_s(before, visit) for before, visit in pairs if visit is not None)
    return Throughput(
        60.0 * (len(ends_s) - 1) / took_s if took_s > 0 else math.nan,
        tuple(share for share in shares if share is not None),
    )


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent do not exceed; NaN of none."""
    if not values:
        return math.nan
    return sorted(values)[max(math.ceil(len(values) * percent / 100.0), 1) - 1]


def _own_share_s(before: Experience | None, visit: Experience) -> float | None:
    """Seconds; None for who was not answered."""
    answered_s = visit.result_s if visit.relay_on_s is None else visit.relay_on_s
    if answered_s is None or visit.code_in_view_s is None:
        return None
    shut_s = None if before is None else before.through_door_s
    return answered_s - max(visit.code_in_view_s, shut_s if shut_s is not None else -math.inf)
