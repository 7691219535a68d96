"""One passage as the journal tells it: what was decided, what became of it, and the facts behind both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from math import inf
from typing import Any

from calibration.reading import Missing, NoReading, Reading
from kiosk.core.commands import JsonValue
from kiosk.core.door_log import HOLDS, Change
from kiosk.core.kept import Kept
from kiosk.credentials.certificate import Certificate, Recovery, Test
from kiosk.credentials.credential import Colour, Credential, Refusal
from kiosk.terms import Outcome, Reason

NAMED = ("access_point", "purpose", "subject")
COMPARED = ("outcome", "reason", *NAMED, "slot")


_WHILE_IT_WAITS = frozenset(
    {
        Reason.GATE_UNAVAILABLE,
        Reason.JOURNAL_UNAVAILABLE,
        Reason.TIME_UNTRUSTED,
        Reason.LOCKED_DOWN,
        Reason.EVACUATING,
    }
)
"""What may come in the way of a hand-over that waits for its order, and is said once that has come."""


_END_S = 0.002
"""Two times that are kept to the millisecond may be one if they lie no further apart."""


@dataclass(frozen=True, slots=True)
class DoorChange:
    """What a door log tells, some time after the grant was on disk and the entry `seq` asked for.

    A contact had stood so for `lasted_s`. `is_last`: it came in the moment in which the grant was over.
    """

    what: Change
    after_s: float
    seq: int
    lasted_s: float
    is_last: bool


@dataclass(slots=True)
class Story:
    """`decided` and `end` are entries, `at_s` is when it was decided.

    What a replay comes to stands beside them, None until it does.

    `record_id` is that of a grant which the journal has not answered yet, `is_on_disk` says that it has to.
    `is_unknown`: it is staff's, on a case of which the entries do not tell. `next` is whoever
    was decided on after it in its lane.
    """

    decided: Kept
    at_s: float
    end: Kept | None = None
    now: dict[str, JsonValue] | None = None
    now_ended: tuple[str, dict[str, JsonValue]] | None = None
    record_id: int | None = None
    is_on_disk: bool = False
    is_unknown: bool = False
    next: Story | None = None
    credential: Credential | Refusal | None = field(init=False)
    reading: Reading | NoReading | None = field(init=False)
    first: tuple[float, Reading] | None = field(init=False)

    def __post_init__(self) -> None:
        """Raises KeyError, TypeError, ValueError where the entry is not what a kiosk writes."""
        self.credential = _credential_of(self.decided)
        self.reading = _reading_of(self.data["temperature"])
        rechecked = self.facts.get("rechecked")
        self.first = None if rechecked is None else (rechecked["after_ms"] / 1000, _measured(rechecked))

    @property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = self.decided.data
        return data

    @property
    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = self.data["facts"]
        return facts

    @property
    def number(self) -> int:
        return int(self.data["passage"])

    @property
    def begun_by_face(self) -> bool:
        return self.facts.get("began") == "face"

    @property
    def begun_seq(self) -> int:
        """The first entry that was written after it had begun."""
        return self.decided.seq - int(self.facts.get("recorded_since", 0))

    @property
    def by_staff(self) -> bool:
        return "staff" in self.data

    @property
    def case(self) -> int | None:
        """The passage whose case it decides on, or measures again."""
        case = self.data.get("case")
        return None if case is None else int(case)

    @property
    def beside(self) -> int | None:
        """The passage that let the same holder through in another lane at the same time."""
        beside = self.facts.get("beside")
        return None if beside is None else int(beside)

    @property
    def takes_code(self) -> bool:
        """Whether a code was taken in it: in a recheck it may be that of before."""
        return self.credential is not None and (self.case is None or "code_ms" in self.facts)

    @property
    def is_grant(self) -> bool:
        return bool(self.data["outcome"] == Outcome.GRANT.value)

    @property
    def was_never_released(self) -> bool:
        """Taken back at once and with the door open: who is in the door keeps what was released."""
        assert self.end is not None
        return self._was_void and Change.OPENED in self.end.data.get("door_was", ())

    @property
    def _was_void(self) -> bool:
        assert self.end is not None
        door = self.end.data.get("door", ())
        return bool(door) and door[0][0] <= 0 and Change(door[0][1]) is Change.TAKEN_BACK

    @property
    def on_disk_seq(self) -> int:
        """The last entry that was asked for before the grant was on disk."""
        assert self.end is not None
        between = int(self.end.data.get("recorded_between", 0))
        return min(self.decided.seq + between, self.end.seq - 1)

    def ended_at_s(self, released_s: float) -> float:
        """When the grant was over that was on disk then; infinite where an older entry does not tell."""
        ended_s = released_s + self._ended[0] / 1000
        return ended_s if self._after is None else min(ended_s, self._after.at_s - self._after.begun_before_s)

    @property
    def ended_seq(self) -> int:
        """The last entry that was asked for before it was over; who is next in the lane comes after it."""
        assert self.end is not None
        last = int(min(self.decided.seq + self._ended[1], self.end.seq - 1))
        return last if self._after is None else min(last, self._after.begun_seq - 1)

    @property
    def _after(self) -> Story | None:
        """Whoever could only begin when it was over."""
        return None if self._was_void else self.next

    @property
    def _ended(self) -> tuple[float, float]:
        assert self.end is not None
        ms, between = self.end.data.get("ended", (inf, inf))
        return float(ms), float(between)

    @property
    def door(self) -> Iterator[DoorChange]:
        """What came at the door until the grant was over, in its order."""
        assert self.end is not None
        told = [(max(ms, 0) / 1000, Change(what), *more) for ms, what, *more in self.end.data.get("door", ())]
        last_hold = max((number for number, each in enumerate(told) if each[1] in HOLDS), default=-1)
        seq = self.on_disk_seq
        for number, (after_s, what, *more) in enumerate(told):
            lasted_s = sum(more) / 1000
            if what in HOLDS:
                seq, lasted_s = min(self.decided.seq + sum(more), self.ended_seq), 0.0
            is_last = number > last_hold and after_s > self._ended[0] / 1000 - _END_S
            yield DoorChange(what, after_s, seq, lasted_s, is_last)

    @property
    def waited_for_order(self) -> bool:
        """Whether it was in order but for its order, which came later: at its decision."""
        return bool(self.code_before_s if self.reading is None else self.measured_before_s)

    @property
    def is_order_there(self) -> bool:
        """Whether its order came, be it that something else had come in its way meanwhile."""
        return "order" in self.facts or (self.waited_for_order and self.data["reason"] in _WHILE_IT_WAITS)

    @property
    def names(self) -> tuple[str, ...]:
        """The pseudonyms, as far as they matter; none where none could be given."""
        names = (self.data.get("subject"), self.facts.get("known_as"))
        return tuple(name for name in names if isinstance(name, str))

    # -- when, in seconds before the decision

    @property
    def lasted_s(self) -> float:
        return float(self.data["decision_ms"]) / 1000

    @property
    def begun_before_s(self) -> float:
        """A face, a case and what staff hand over, which may wait for its order, begin before their code."""
        by_code = not (self.by_staff or self.begun_by_face or self.case is not None)
        return self.code_before_s if by_code else self.lasted_s

    @property
    def code_before_s(self) -> float:
        """How long before the decision the code was taken."""
        after_ms = self.facts.get("code_ms", 0)
        return self.lasted_s - float(after_ms) / 1000

    @property
    def measured_before_s(self) -> float | None:
        """None where it was not measured again."""
        if self.first is not None and self.facts.get("measured_ms") is None:
            return None
        return self.lasted_s - float(self.facts.get("measured_ms", 1000 * self.lasted_s)) / 1000


def compared(data: Any) -> dict[str, JsonValue]:
    """What of a decision must come out the same."""
    return {name: data.get(name) for name in COMPARED}


def ended(kind: str, data: Any) -> dict[str, JsonValue]:
    """What of the end of a grant must come out the same."""
    return {"type": kind, **{name: data.get(name) for name in NAMED}}


def _credential_of(entry: Kept) -> Credential | Refusal | None:
    data, facts = entry.data, entry.data["facts"]
    form, kid = data["format"], None if data["kid"] is None else bytes.fromhex(data["kid"])
    if "refused" in facts:
        return Refusal(Reason(facts["refused"]), form, kid)
    if "rotating" not in facts:
        return None
    colour, written_at = data["colour"], datetime.fromisoformat(entry.time)
    return Credential(
        format=form,
        kid=b"" if kid is None else kid,
        subject=int(data["passage"]).to_bytes(8),
        colour=None if colour is None else Colour[colour.upper()],
        roles=frozenset(data["roles"]),
        area=facts["area"],
        masked_name=None,
        rotating=facts["rotating"],
        issued_at=written_at,
        expires_at=written_at,
        slot=facts.get("slot", data.get("slot")),
        certificate=_certificate_of(facts, written_at) if "certificate" in facts else None,
    )


def _certificate_of(facts: dict[str, Any], written_at: datetime) -> Certificate:
    """One that fulfils the rows of `bundle_of`, or none of them."""
    if facts["green_row"] is None:
        return Certificate("", "", Test("", "", written_at))
    return Certificate("", "", Recovery(date.min, date.min, date.max))


def _reading_of(temperature: dict[str, Any] | None) -> Reading | NoReading | None:
    if temperature is None or "reused_from_passage" in temperature:
        return None
    if "missing" in temperature:
        return NoReading(Missing(temperature["missing"]))
    return _measured(temperature)


def _measured(numbers: dict[str, Any]) -> Reading:
    return Reading(
        face_skin_celsius=float(numbers["face_skin_celsius"]),
        u_celsius=float(numbers["expanded_u_celsius"]) / 2,
        calibration_id=numbers["calibration_id"],
        frames=0,
        face_width_px=0,
        oral_estimate_celsius=float(numbers["oral_estimate_celsius"]),
        oral_u_celsius=float(numbers["oral_expanded_u_celsius"]) / 2,
    )
