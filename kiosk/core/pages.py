"""Which page a lane shows where nobody is given an answer: while it waits, and what it asks of a person."""

from __future__ import annotations

from kiosk.core.commands import Command
from kiosk.core.phases import AwaitingCode, AwaitingOrder, Idle, Passing, Phase, Recording, Sampling, Showing
from kiosk.core.shared import Shared
from kiosk.core.view import Mode, Page
from kiosk.terms import Instant

Asking = Sampling | AwaitingCode | AwaitingOrder | Recording
"""Somebody is being dealt with, and something is still to come."""


class Pages:
    """Those of one lane."""

    def __init__(self, lane: str, shared: Shared) -> None:
        self._lane = lane
        self._display = shared.displays.of(lane)
        self._alarms = shared.alarms
        self._modes = shared.modes

    def resting(self, at: Instant) -> Command:
        """For the next person: an alarm while its cause lasts, else the welcome."""
        if self._modes.mode is Mode.EVACUATING:
            return self._display.turn_to(at, Page.EVACUATE)
        if self._alarms.gravest(self._lane) is not None:
            return self._alarms.show(at, self._lane)
        if self._modes.mode is Mode.LOCKED_DOWN:
            return self._display.turn_to(at, Page.LOCKED_DOWN)
        return self._display.welcome(at)

    def evacuation(self, at: Instant, phase: Phase) -> Command:
        """It stands over whatever anybody is asked or told."""
        passage = getattr(phase, "passage", None)
        return self._display.turn_to(at, Page.EVACUATE, passage_id=None if passage is None else passage.id)

    def asking(self, at: Instant, phase: Asking) -> list[Command]:
        """What somebody who is being dealt with has to do; in an evacuation to leave, as everybody."""
        if self._modes.mode is Mode.EVACUATING:
            return [self.evacuation(at, phase)]
        match phase:
            case Sampling(passage=passage):
                return [self._display.ask_to_look(at, passage)]
            case AwaitingCode(passage=passage):
                return [self._display.turn_to(at, Page.SHOW_CODE, passage_id=passage.id)]
            case AwaitingOrder(passage=passage):
                return [self._display.turn_to(at, Page.SHOW_ORDER, passage_id=passage.id)]
            case _:
                return [self._display.turn_to(at, Page.ONE_MOMENT, passage_id=phase.passage.id)]

    def after_alarm(self, at: Instant, phase: Phase) -> list[Command]:
        """What the alarm has hidden from somebody who is being dealt with, or has been just now."""
        if self._modes.mode is Mode.EVACUATING:
            return [self.evacuation(at, phase)]
        if not isinstance(phase, Idle | Passing | Showing):
            return self.asking(at, phase)
        if self._display.page is not Page.ALARM:
            return []
        if self._alarms.gravest(self._lane) is not None:
            return [self._alarms.show(at, self._lane)]
        return [self._display.answer_again(at)]
