"""Who is still to come, where a site has several lanes: people in all of them at the same time.

A plan is one sequence; each lane takes its own visits of it, in order. Nobody
is in two places at once: a visit waits until that person's earlier ones are
over. And who goes out by a further lane comes when the visits before his have
begun in the first one, so that one walks in while another leaves.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from sim.people import Visit


class Crowd:
    """`send` lets somebody come to a lane now; `begun` and `ended` tell what has become of him."""

    def __init__(self, send: Callable[[Visit], None]) -> None:
        self._send = send
        self._waiting: list[Visit] = []
        self._not_begun: set[int] = set()
        self._busy: set[int] = set()

    @property
    def is_empty(self) -> bool:
        """Whether nobody waits for anything."""
        return not self._waiting

    def add(self, visits: Iterable[Visit]) -> None:
        self._waiting += visits
        self._let_come()

    def begun(self, visit: Visit) -> None:
        """Somebody who was sent is on his way."""
        self._not_begun.discard(visit.number)
        self._let_come()

    def ended(self, visit: Visit) -> None:
        self._busy.discard(visit.person)
        self._let_come()

    def _let_come(self) -> None:
        """Everybody whose turn it is."""
        waiting, self._waiting = self._waiting, []
        held_lanes: set[str] = set()
        held_people = set(self._busy)
        ahead = min(self._not_begun, default=math.inf)
        for visit in waiting:
            lane = visit.kind.place.lane
            if lane in held_lanes or visit.person in held_people or (lane and ahead < visit.number):
                self._waiting.append(visit)
                held_lanes.add(lane)
                held_people.add(visit.person)
                ahead = ahead if lane else min(ahead, visit.number)
                continue
            held_people.add(visit.person)
            self._busy.add(visit.person)
            if not lane:
                self._not_begun.add(visit.number)
                ahead = min(ahead, visit.number)
            self._send(visit)
