"""What a journal whose beginning is not there can't tell: who was inside, whose code was just used.

It is taken from what was recorded then: somebody who was turned away as being
inside already, and was never seen to go in, was inside at the beginning.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from kiosk.core.kept import Kept
from kiosk.core.passage import DECIDED, PASSED
from kiosk.core.rules import Purpose
from kiosk.core.spent import Spending
from kiosk.terms import Outcome, Reason

SLOTS_COUNT_FOR = timedelta(minutes=5)
"""Longer than any verifier takes a code that has changed."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Pseudonyms that must have been inside, and slots that must have been spent, at the beginning."""

    inside: frozenset[str] = frozenset()
    spent: tuple[Spending, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.inside or self.spent)


NOTHING = Unknown()


def unknown_before(entries: Iterable[Kept]) -> Unknown:
    """What the entries presuppose that none of them tells."""
    inside: set[str] = set()
    spent: list[Spending] = []
    seen: set[str] = set()
    granted: set[str] = set()
    began: datetime | None = None
    for entry in entries:
        data = entry.data
        if not isinstance(data, dict):
            continue
        at = datetime.fromisoformat(entry.time)
        began = at if began is None else began
        subject, facts = data.get("subject"), data.get("facts")
        if entry.type == PASSED and isinstance(subject, str):
            seen.add(subject)
        if entry.type != DECIDED or not isinstance(facts, dict):
            continue
        name, slot = facts.get("known_as", subject), facts.get("slot")
        if not isinstance(name, str):
            continue
        leaves_under_it = "known_as" in facts and data.get("purpose") == Purpose.EXIT.value
        if data.get("reason") == Reason.ALREADY_INSIDE.value or leaves_under_it:
            inside |= {name} - seen
        is_early = at - began < SLOTS_COUNT_FOR
        if data.get("reason") == Reason.ALREADY_SHOWN.value and is_early and name not in granted:
            spent += [(name, slot)] if isinstance(slot, int) else []
        if data.get("outcome") == Outcome.GRANT.value and isinstance(subject, str):
            granted.add(subject)
    return Unknown(frozenset(inside), tuple(spent))
