"""Which rotation slots have been spent at this kiosk, so that one code lets one person in.

A grant that is on disk spends its slot and all earlier ones of that holder; an
annulment gives them back, and what was only tried, referred or denied spends
nothing. A grant that a crash left open gives nothing back: nobody has seen
whether somebody went through. A slot that no verifier takes any more is forgotten, so what is kept
is bounded by who was granted in the last minutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kiosk.credentials.rotation import SLOT_S, TOLERANCE_SLOTS
from kiosk.terms import Instant

Spending = tuple[str, int]
"""A holder's pseudonym, and the slot in units of 30 s of Unix time."""


class SpentSlots:
    """Names are pseudonyms, today's first; something is spent under the first and known under each."""

    def __init__(self, spent: Iterable[Spending] = ()) -> None:
        self._slots: dict[str, list[int]] = {}
        for name, slot in spent:
            self._slots.setdefault(name, []).append(slot)

    def is_spent(self, names: Sequence[str], slot: int | None) -> bool:
        return slot is not None and any(slot <= max(self._slots.get(name, [-1])) for name in names)

    def spend(self, names: Sequence[str], slot: int | None) -> None:
        if names and slot is not None:
            self._slots.setdefault(names[0], []).append(slot)

    def give_back(self, names: Sequence[str], slot: int | None) -> None:
        """One grant came to nothing. Others that the same holder has spent stay."""
        held = self._slots.get(names[0], []) if names else []
        if slot in held:
            held.remove(slot)
        if names and not held:
            self._slots.pop(names[0], None)

    def forget(self, at: Instant) -> None:
        """Let go of what is stale by now anyway; a clock that is not trusted says nothing about that."""
        if not at.utc_trusted:
            return
        oldest = int(at.utc.timestamp() // SLOT_S) - TOLERANCE_SLOTS
        kept = {name: [slot for slot in slots if slot >= oldest] for name, slots in self._slots.items()}
        self._slots = {name: slots for name, slots in kept.items() if slots}
