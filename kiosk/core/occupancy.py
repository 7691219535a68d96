"""How many are inside: those with a name (`kiosk.core.passback`), and what is known of the others.

Whom staff have let in without a code, and who has left without one, has no
name here: they move the count alone. It never owes anybody: each of those
inside can leave once. Staff correct it when they have counted.
"""

from __future__ import annotations

from kiosk.core.rules import Purpose


class Unnamed:
    """What is to be added to those inside who have a name; negative where people left unnamed."""

    def __init__(self, count: int = 0) -> None:
        self._count = count

    @property
    def count(self) -> int:
        return self._count

    def passed(self, purpose: Purpose, *, named: int, is_inside: bool, has_name: bool) -> None:
        """Somebody went through; `is_inside`: under a name that was inside before. `named` are inside now.

        Who comes in under a name that is inside already has left without it. Who leaves a house that is
        empty by the count was never counted, and is no debt of who comes next.
        """
        if purpose is Purpose.ENTRY:
            self._count += not has_name or (is_inside and self._count < 0)
        elif purpose is Purpose.EXIT:
            self._count -= not is_inside
        self._count = max(self._count, -named)

    def occupancy(self, named: int) -> int:
        return max(named + self._count, 0)

    def correct(self, named: int, people: int) -> None:
        """Staff have counted `people` inside."""
        self._count = people - named
