"""The counter: what makes a hand-over complete, an order and a meal safety slip.

A granted courier's order must have been scanned, or be within the site's time
(`kiosk.core.orders`). Then a slip is written, from those who have checked in
today (`kiosk.core.roster`) and the courier, and recorded
(`kiosk.handover.slip`) before the lamp is lit for it.

Whom the kiosk had not let pass and staff let through by a clinical
thermometer's value gets a slip with that value, once the order has been scanned
anew: one from before may be the next courier's. Without an order in time there
is no slip, and the meal is handed over all the same, as staff have decided. Whom
staff admit by hand gets no slip: nobody has found the courier well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import TypeGuard

from kiosk.core.decision import Verdict, by_strictness
from kiosk.core.json_value import JsonValue
from kiosk.core.orders import Orders
from kiosk.core.passage import Passage
from kiosk.core.roster import CLINICAL, CheckIn, Roster
from kiosk.core.rules import Duty, Rules, Shown
from kiosk.core.temperature import temperature_data
from kiosk.credentials.slip import (
    HIGHEST_TENTHS,
    LOWEST_TENTHS,
    MAX_MEASURED,
    MAX_U_TENTHS,
    Crew,
    Label,
    Measured,
    Role,
    Written,
    listed,
    people_of,
)
from kiosk.terms import Instant, Reason

_ROLES = {Duty.COOK: Role.COOK, Duty.PACKER: Role.PACKER}
_LABELS = {Shown.FACE_SKIN: Label.FACE_SKIN, Shown.ORAL_ESTIMATE: Label.ORAL_ESTIMATE}
_KEYS = {
    Shown.FACE_SKIN: ("face_skin_celsius", "expanded_u_celsius"),
    Shown.ORAL_ESTIMATE: ("oral_estimate_celsius", "oral_expanded_u_celsius"),
}
_TENTH_GUARD = 1e-9


@dataclass(frozen=True, slots=True)
class HandOver:
    """What a slip is to be written of; `order` is the order's hash (`slip.order_key`)."""

    at: datetime
    passage: int
    order: bytes
    people: tuple[Crew, ...]


WriteSlip = Callable[[HandOver], Written]


class Counter:
    """`write` signs slips; None where the kiosk has nothing to sign with, and then there are none."""

    def __init__(self, rules: Rules, roster: Roster, write: WriteSlip | None) -> None:
        self._rules = rules.counter
        self._shown = rules.screening.show
        self._roster = roster
        self._write = write
        readers = [point.order_reader for point in rules.access_points if point.order_reader]
        self.orders = Orders(readers, rules.counter.order_within_s)

    def with_order(self, at: Instant, passage: Passage) -> Passage:
        """The passage with the order that was scanned beside it, if it asks for one and one was."""
        if not self.lacks_order(passage):
            return passage
        since_s = -math.inf if passage.staff is None else passage.begun_at.mono
        return replace(passage, order=self.orders.take(passage.access_point.order_reader, at.mono, since_s))

    def lacks_order(self, passage: Passage) -> bool:
        is_found_well = passage.staff is None or passage.clinical_celsius is not None
        return bool(passage.access_point.order_reader) and passage.order is None and is_found_well

    def without_order(self, passage: Passage, verdict: Verdict) -> Verdict:
        """What is left of the verdict on a hand-over that is in order but for its order."""
        if passage.staff is not None:
            return verdict
        return by_strictness(self._rules.without_order, Reason.NO_ORDER) or verdict

    def with_slip(self, at: Instant, passage: Passage) -> Passage:
        """The passage with the slip for its order; none without one, or without anything to sign with."""
        if passage.order is None or self._write is None:
            return passage
        moment = at.utc.replace(microsecond=0)
        people = (*self._staff(moment), self._courier(moment, passage))
        written = self._write(HandOver(moment, passage.id, passage.order, people))
        return replace(passage, slip=replace(written, page=self._rules.slip_page))

    def _courier(self, at: datetime, passage: Passage) -> Crew:
        if passage.clinical_celsius is not None:
            measured: Measured | None = _clinical(passage.clinical_celsius, min(passage.begun_at.utc, at))
        else:
            data = temperature_data(passage.reading, with_raw=False)
            measured = None if data is None else self._measured(data, at)
        return Crew(Role.COURIER, 1, () if measured is None else (measured,))

    def _staff(self, at: datetime) -> tuple[Crew, ...]:
        """Cooks and packers; where they are more than a slip lists, each duty has its share of the room."""
        there = self._roster.on(at)
        crews = {duty: tuple(self._all(there, duty, at)) for duty in Duty}
        room = MAX_MEASURED - 1  # the courier's
        share = {duty: min(len(crew), room // len(crews)) for duty, crew in crews.items()}
        for duty, crew in crews.items():
            share[duty] += min(len(crew) - share[duty], room - sum(share.values()))
        return tuple(listed(_ROLES[duty], crew, share[duty]) for duty, crew in crews.items() if crew)

    def _all(self, there: tuple[CheckIn, ...], duty: Duty, at: datetime) -> list[Measured]:
        measured = [self._measured(each.temperature, min(each.at, at)) for each in there if each.duty is duty]
        return [each for each in measured if each is not None]

    def _measured(self, data: Mapping[str, JsonValue], at: datetime) -> Measured | None:
        """The value that the screen has shown, rounded as there: U upwards; or the clinical one."""
        clinical = data.get(CLINICAL)
        if _is_number(clinical):
            return _clinical(clinical, at)
        value, u = (data.get(key) for key in _KEYS[self._shown])
        if not _is_number(value) or not _is_number(u):
            return None
        tenths = round(10 * float(f"{value:.1f}"))
        u_tenths = math.ceil(10 * u - _TENTH_GUARD)
        if not (LOWEST_TENTHS <= tenths <= HIGHEST_TENTHS and 0 <= u_tenths <= MAX_U_TENTHS):
            return None
        return Measured(_LABELS[self._shown], tenths, u_tenths, at.replace(microsecond=0), True)


def _clinical(celsius: float, at: datetime) -> Measured:
    """A value below the limit, which staff have entered to a tenth."""
    return Measured(Label.CLINICAL, round(10 * celsius), None, at.replace(microsecond=0), True)


def slip_data(passage: Passage) -> list[dict[str, JsonValue]]:
    """The journal's data for the passage's slip, if it has one: its digest and its claims."""
    return [] if passage.slip is None else [_data(passage.slip, passage.access_point.id)]


def _data(written: Written, access_point: str) -> dict[str, JsonValue]:
    slip = written.slip
    return {
        "access_point": access_point,
        "passage": slip.passage,
        "slip": slip.slip_id.hex(),
        "digest": sha256(written.text.encode()).hexdigest(),
        "issued_at": slip.issued_at.isoformat(),
        "place": slip.place,
        "order": slip.order.hex(),
        "people": people_of(slip),
    }


def _is_number(value: JsonValue) -> TypeGuard[float]:
    return isinstance(value, int | float) and math.isfinite(value)
