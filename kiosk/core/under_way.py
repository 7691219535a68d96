"""Grants whose holders are on their way: decided on, and neither passed, annulled nor left unrecorded yet.

A lane deals with one person at a time. Lanes beside each other do not wait
for one another, so a code that is shown in two of them at once would let two
people in: nobody is inside yet, and no slot is spent before a grant is on disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.core.passage import Passage
from kiosk.core.rules import Purpose


@dataclass(frozen=True, slots=True)
class _Grant:
    name: str
    enters: bool
    slot: int | None


class UnderWay:
    """Those of all lanes. A holder is on his way under today's pseudonym, and known by any."""

    def __init__(self) -> None:
        self._grants: dict[int, _Grant] = {}

    def begin(self, passage: Passage) -> None:
        """A grant has been decided on; who leaves takes nothing from anybody, and who has no name neither."""
        purpose = passage.access_point.purpose
        if passage.names and purpose is not Purpose.EXIT:
            enters = purpose is Purpose.ENTRY
            self._grants[passage.id] = _Grant(passage.names[0], enters, passage.spendable_slot)

    def end(self, passage: Passage) -> None:
        self._grants.pop(passage.id, None)

    def is_used(self, names: Sequence[str], slot: int | None) -> bool:
        """Whether the slot is one that somebody is on his way on, or an earlier one."""
        return slot is not None and any(
            each.slot is not None and slot <= each.slot for each in self._of(names)
        )

    def enters(self, names: Sequence[str]) -> bool:
        return any(each.enters for each in self._of(names))

    def _of(self, names: Sequence[str]) -> list[_Grant]:
        return [each for each in self._grants.values() if each.name in names]
