"""How one visitor behaves: a generator that sleeps until a time, or until the kiosk answers.

Each `yield` names the moment (monotonic seconds) at which the visitor goes on
if nothing happens; an answer of the kiosk wakes him earlier. What he does is
written into `Presence`, which is all that cameras and sensors can see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from kiosk.core.view import Page, Result, ViewState
from kiosk.terms import Outcome
from sim.people import Brings, Place, Visit

PATIENCE_S = 14.0
STEP_IN_S = 0.5
SCAN_ORDER_S = 1.5


@dataclass
class Presence:
    """What of a visitor is there to be seen now."""

    face_since_s: float | None = None
    code_since_s: float | None = None
    door_open: bool = False
    in_passage: bool = False


@dataclass
class Experience:
    """What a visit was like: times in monotonic seconds, None where it did not happen.

    `earlier` are answers before `result`: a phone that is held up while its code changes is judged again.
    `passages` are the kiosk's numbers of what was answered, one for each answer.
    """

    visit: Visit
    shown: str = ""
    code_in_view_s: float | None = None
    result: Result | None = None
    result_s: float | None = None
    relay_on_s: float | None = None
    passed: bool = False
    through_door_s: float | None = None
    ended_s: float | None = None
    released: set[str] = field(default_factory=set)
    earlier: list[Result] = field(default_factory=list)
    passages: list[int] = field(default_factory=list)

    @property
    def answers(self) -> tuple[Result, ...]:
        """All that was answered, in order."""
        return () if self.result is None else (*self.earlier, self.result)

    @property
    def code_to_relay_ms(self) -> float | None:
        if self.relay_on_s is None or self.code_in_view_s is None:
            return None
        return 1000 * (self.relay_on_s - self.code_in_view_s)


class Visitor:
    """One visit. `scan` is what a hand-held scanner reads where there is one, `scan_order` one of orders."""

    def __init__(
        self,
        visit: Visit,
        now: Callable[[], float],
        strike_released: Callable[[], bool],
        scan: Callable[[], None],
        scan_order: Callable[[], None] = lambda: None,
    ) -> None:
        self.presence = Presence()
        self.experience = Experience(visit)
        self._visit = visit
        self._pace = visit.pace
        self._now = now
        self._strike_released = strike_released
        self._scan = scan
        self._scan_order = scan_order
        self.is_asked_for_order = False
        self._steps = self._live()
        self.wake_at_s: float | None = next(self._steps)

    @property
    def is_gone(self) -> bool:
        return self.wake_at_s is None

    @property
    def is_in_the_door(self) -> bool:
        """Out of view, and not through yet: room for the next one to step up."""
        return self.presence.door_open

    def step(self) -> None:
        """Go on: the wake time has come, or the kiosk has answered."""
        self.wake_at_s = next(self._steps, None)

    def sees(self, view: ViewState) -> None:
        """Look at the screen. A second answer, to the next code of a phone held up, counts if it is a no."""
        experience = self.experience
        self.is_asked_for_order = self.is_asked_for_order or view.page is Page.SHOW_ORDER
        if view.page is not Page.RESULT or experience.code_in_view_s is None:
            return
        if experience.result is None:
            experience.result, experience.result_s = view.result, self._now()
            experience.passages.append(view.passage_id or 0)
        elif view.result is not None and view.result.outcome is not Outcome.GRANT:
            if view.passage_id != experience.passages[-1]:
                experience.earlier.append(experience.result)
                experience.passages.append(view.passage_id or 0)
            experience.result = view.result

    def feels_relay(self, output: str) -> None:
        self.experience.released.add(output)
        if self.experience.relay_on_s is None:
            self.experience.relay_on_s = self._now()

    def _live(self) -> Iterator[float]:
        kind = self._visit.kind
        yield self._now() + self._visit.gap_s
        if kind.in_view and kind.place is not Place.EXIT:
            self.presence.face_since_s = self._now()
        if kind.brings is Brings.ORDER_FIRST:
            self._scan_order()
        yield self._now() + self._pace.to_code_s
        self.experience.code_in_view_s = self._now()
        if kind.place.has_camera:
            self.presence.code_since_s = self._now()
        else:
            self._scan()
        yield from self._until(lambda: self._is_answered or self.is_asked_for_order, PATIENCE_S)
        if self.is_asked_for_order:
            yield from self._show_order()
        yield from self._for(self._pace.reaction_s)
        self.presence.code_since_s = None
        result = self.experience.result
        if result is None or result.outcome is not Outcome.GRANT:
            yield from self._for(self._pace.read_result_s)
        elif kind.place in (Place.COUNTER, Place.BUS, Place.RESTAURANT):
            yield from self._until(lambda: self.experience.relay_on_s is not None, self._pace.reach_door_s)
            yield from self._for(self._pace.read_result_s if kind.place is not Place.BUS else STEP_IN_S)
            self.experience.passed = bool(self.experience.released)
        else:
            yield from self._go_through()
        self.presence.face_since_s = None
        self.experience.ended_s = self._now()

    def _show_order(self) -> Iterator[float]:
        if self._visit.kind.brings is Brings.ORDER_WHEN_ASKED:
            yield from self._for(SCAN_ORDER_S)
            self._scan_order()
        yield from self._until(lambda: self._is_answered, PATIENCE_S)

    @property
    def _is_answered(self) -> bool:
        return self.experience.result is not None

    def _go_through(self) -> Iterator[float]:
        yield from self._for(self._pace.reach_door_s)
        if not self._strike_released():
            return
        self.presence.face_since_s = None
        self.presence.door_open = True
        yield from self._for(self._pace.walk_through_s / 3)
        self.presence.in_passage = True
        yield from self._for(self._pace.walk_through_s / 3)
        self.presence.in_passage = False
        yield from self._for(self._pace.walk_through_s / 3)
        self.presence.door_open = False
        self.experience.through_door_s = self._now()
        self.experience.passed = True

    def _for(self, seconds: float) -> Iterator[float]:
        yield from self._until(lambda: False, seconds)

    def _until(self, happened: Callable[[], bool], at_most_s: float) -> Iterator[float]:
        give_up_s = self._now() + at_most_s
        while not happened() and self._now() < give_up_s:
            yield give_up_s
