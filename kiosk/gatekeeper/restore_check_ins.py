"""Who of a counter's staff had checked in before a start, as `kiosk.core.roster` has noted it then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from kiosk.core.commands import JsonValue
from kiosk.core.kept import Kept
from kiosk.core.passage import ANNULLED, DECIDED, RESTART
from kiosk.core.roster import CLINICAL, TOO_WARM, CheckIn
from kiosk.core.rules import Duty, Purpose
from kiosk.terms import Reason

KEPT = 1_000
_THERE = frozenset({Reason.CHECKED_IN, Reason.CLINICAL_NORMAL})


class CheckInReading:
    """Takes the entries one by one, in their order."""

    def __init__(self) -> None:
        self._there: dict[str, tuple[int, CheckIn]] = {}

    @property
    def check_ins(self) -> tuple[CheckIn, ...]:
        return tuple(check_in for _, check_in in self._there.values())

    def take(self, entry: Kept) -> None:
        data = entry.data
        if not isinstance(data, dict) or data.get("purpose") != Purpose.CHECKIN.value:
            return
        passage_id, subject = data.get("passage"), data.get("subject")
        if type(passage_id) is not int or not isinstance(subject, str):
            return
        if entry.type == DECIDED:
            self._decided(entry.time, passage_id, subject, data)
        elif entry.type == ANNULLED and data.get("cause") != RESTART and self._is(subject, passage_id):
            del self._there[subject]

    def _is(self, subject: str, passage_id: int) -> bool:
        """Whether it is this passage that somebody is there by."""
        return subject in self._there and self._there[subject][0] == passage_id

    def _decided(self, time: str, passage_id: int, subject: str, data: Mapping[str, JsonValue]) -> None:
        reason = str(data.get("reason"))
        if reason in TOO_WARM:
            self._there.pop(subject, None)
        if reason not in _THERE:
            return
        check_in = _check_in(time, subject, data)
        if check_in is None:
            return
        self._there.pop(subject, None)
        self._there[subject] = (passage_id, check_in)
        if len(self._there) > KEPT:
            del self._there[next(iter(self._there))]


def _check_in(time: str, subject: str, data: Mapping[str, JsonValue]) -> CheckIn | None:
    """None where the entry is of another shape."""
    temperature, took_ms = data.get("temperature"), data.get("decision_ms")
    if data.get("reason") == Reason.CLINICAL_NORMAL:
        temperature = {CLINICAL: data.get(CLINICAL)}
    duty = next((each for each in Duty if each.value == data.get("duty")), None)
    if duty is None or not isinstance(temperature, dict) or type(took_ms) is not int:
        return None
    begun_at = datetime.fromisoformat(time) - timedelta(milliseconds=took_ms)
    return CheckIn(begun_at, duty, subject, temperature)
