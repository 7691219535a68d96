"""What the screen of one lane shows now.

Every change is a new state with a higher revision, and comes out as `Show`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from calibration.reading import Missing
from kiosk.core.commands import Announce, Command, Lamp, Light, Show, Sound
from kiosk.core.decision import Verdict
from kiosk.core.passage import Passage, result_of
from kiosk.core.rules import Shown
from kiosk.core.view import (
    CodeHint,
    Guidance,
    LinkView,
    Page,
    Result,
    SourceState,
    SourceView,
    StaffView,
    ViewState,
)
from kiosk.terms import Instant, Outcome, Reason

HINT_S, AGAIN_S = 1.5, 4.0
"""How long a hint stands that is not given again; a scan that was torn is asked for once only."""

_ASK_FOR_A_CODE = frozenset({Page.WELCOME, Page.SHOW_CODE, Page.SHOW_ORDER})
_SOUNDS = {Outcome.GRANT: Sound.GRANTED, Outcome.REFER: Sound.REFERRED, Outcome.DENY: Sound.DENIED}
_GUIDANCE = {
    Missing.NO_FACE: Guidance.LOOK_AT_SENSOR,
    Missing.COME_CLOSER: Guidance.COME_CLOSER,
    Missing.STEP_LEFT: Guidance.STEP_LEFT,
    Missing.STEP_RIGHT: Guidance.STEP_RIGHT,
    Missing.STEP_BACK: Guidance.STEP_BACK,
    Missing.ONE_PERSON: Guidance.ONE_PERSON,
    Missing.SENSOR_FAULT: Guidance.NONE,
    Missing.WARMING_UP: Guidance.NONE,
}


class Display:
    """The present state of the screen, and the faults that stand on every page of it."""

    def __init__(
        self,
        shown: Shown = Shown.FACE_SKIN,
        invites: Guidance = Guidance.NONE,
        sources: Iterable[str] = (),
        lane: str = "",
        *,
        boards: bool,
        result_s: float,
    ) -> None:
        self._invites = invites
        self._shown = shown
        self._lane = lane
        self._boards = boards
        self._result_s = result_s
        self._view = ViewState(Page.STARTING, lane=lane, boards=boards)
        self._answered: tuple[int, Result] | None = None
        self._faults: dict[str, str] = {}
        self._sources = {name: SourceView(name) for name in sources}
        self._hint = CodeHint.NONE
        self._hint_until_s: float | None = None
        self._warm_until_s = 0.0
        self._staff_only_from_s: float | None = None

    @property
    def page(self) -> Page:
        return self._view.page

    @property
    def sources(self) -> tuple[str, ...]:
        """The readers of this lane by their names."""
        return tuple(self._sources)

    @property
    def faults(self) -> tuple[str, ...]:
        return tuple(sorted(self._faults))

    @property
    def wake_at(self) -> float | None:
        """The monotonic second at which a hint has stood long enough."""
        return self._hint_until_s

    def has_fault(self, device: str) -> bool:
        return device in self._faults

    def turn_to(
        self,
        at: Instant,
        page: Page,
        *,
        passage_id: int | None = None,
        guidance: Guidance = Guidance.NONE,
        result: Result | None = None,
        alarm: Reason | None = None,
    ) -> Show:
        """Another page, with nothing of the one before."""
        view = ViewState(
            page,
            lane=self._lane,
            boards=self._boards,
            passage_id=passage_id,
            guidance=guidance,
            result=result,
            alarm=alarm,
            link=self._view.link,
            staff=self._view.staff,
        )
        return self._show(at, view)

    def welcome(self, at: Instant) -> Show:
        """What invites the next person: to show a code, or to look at the sensor."""
        return self.turn_to(at, Page.WELCOME, guidance=self._invites)

    def answer(self, at: Instant, passage: Passage, verdict: Verdict) -> list[Command]:
        """The result page, its sound and its lamp."""
        result = result_of(passage, verdict, self._shown)
        self._answered = passage.id, result
        page = self.turn_to(at, Page.RESULT, passage_id=passage.id, result=result)
        lamp = Lamp.GRANTED if verdict.outcome is Outcome.GRANT else Lamp.REFUSED
        return [Announce(_SOUNDS[verdict.outcome], self._lane), page, Light(lamp, self._result_s, self._lane)]

    def answer_again(self, at: Instant) -> Show:
        """The page of the last answer, in silence: something else has stood in its place."""
        assert self._answered is not None
        passage_id, result = self._answered
        return self.turn_to(at, Page.RESULT, passage_id=passage_id, result=result)

    def ask_to_look(self, at: Instant, passage: Passage) -> Show:
        return self.turn_to(at, Page.LOOK_AT_SENSOR, passage_id=passage.id, guidance=Guidance.LOOK_AT_SENSOR)

    def alarm(self, at: Instant, reason: Reason) -> Show:
        return self.turn_to(at, Page.ALARM, alarm=reason)

    def guide(self, at: Instant, missing: Missing) -> list[Show]:
        """The same page with guidance; nothing where it stands there already."""
        guidance = _GUIDANCE[missing]
        if guidance is self._view.guidance:
            return []
        return [self._show(at, replace(self._view, guidance=guidance))]

    def warm_up(self, at: Instant, remaining_s: float) -> Show:
        """The same page with another time that the sensor needs."""
        self._warm_until_s = at.mono + remaining_s
        return self._show(at, self._view)

    def trust_left(self, at: Instant, left_s: float | None) -> list[Show]:
        """The same page with another countdown of the trust's age; nothing where none was and none is."""
        if left_s is None and self._staff_only_from_s is None:
            return []
        self._staff_only_from_s = None if left_s is None else at.mono + left_s
        return [self._show(at, self._view)]

    def link(self, at: Instant, link: LinkView) -> list[Show]:
        """The same page with another state of the connection; nothing where it is the same."""
        if link == self._view.link:
            return []
        return [self._show(at, replace(self._view, link=link))]

    def staff(self, at: Instant, staff: StaffView) -> list[Show]:
        """The same page with another state of the staff's; nothing where it is the same."""
        if staff == self._view.staff:
            return []
        return [self._show(at, replace(self._view, staff=staff))]

    def hint(self, at: Instant, hint: CodeHint) -> list[Show]:
        """What would help who shows a code, for a while, on the pages that ask for one."""
        self._hint_until_s = at.mono + (AGAIN_S if hint is CodeHint.SCAN_AGAIN else HINT_S)
        return self._turn_hint(at, hint)

    def end_hint(self, at: Instant) -> list[Show]:
        """Nothing more to say of a code where the time of a hint is over; nothing where it is not."""
        if self._hint_until_s is None or at.mono < self._hint_until_s:
            return []
        self._hint_until_s = None
        return self._turn_hint(at, CodeHint.NONE)

    def _turn_hint(self, at: Instant, hint: CodeHint) -> list[Show]:
        changes, self._hint = hint is not self._hint, hint
        return [self._show(at, self._view)] if changes and self.page in _ASK_FOR_A_CODE else []

    def reconnecting(self, at: Instant, device: str) -> list[Show]:
        """A reader that was lost is there again; nothing of any other device."""
        known = self._sources.get(device)
        if known is None or known.state is not SourceState.LOST:
            return []
        self._sources[device] = replace(known, state=SourceState.RECONNECTING)
        return [self._show(at, self._view)]

    def lose(self, at: Instant, device: str, detail: str) -> Show:
        self._faults[device] = detail
        if device in self._sources:
            self._sources[device] = SourceView(device, SourceState.LOST, at.utc.isoformat())
        return self._show(at, self._view)

    def regain(self, at: Instant, device: str) -> list[Show]:
        """Nothing where the device was not lost."""
        if self._faults.pop(device, None) is None:
            return []
        if device in self._sources:
            self._sources[device] = SourceView(device)
        return [self._show(at, self._view)]

    def _show(self, at: Instant, view: ViewState) -> Show:
        self._view = replace(
            view,
            revision=self._view.revision + 1,
            shown_at=at.utc.isoformat(),
            faults=self.faults,
            sources=tuple(self._sources.values()),
            code_hint=self._hint if view.page in _ASK_FOR_A_CODE else CodeHint.NONE,
            trust_left_s=self._trust_left_s(at),
            warm_up_s=math.ceil(self._warm_until_s - at.mono) if self._warm_until_s > at.mono else None,
        )
        return Show(self._view)

    def _trust_left_s(self, at: Instant) -> int | None:
        if self._staff_only_from_s is None:
            return None
        return max(math.ceil(self._staff_only_from_s - at.mono), 0)
