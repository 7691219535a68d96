"""How much would be lost if the kiosk ended now: what a new start with another configuration waits for.

Nobody notices the end while nobody is dealt with. Whoever is being measured, or reads an answer, loses
nothing that counts: he shows his code once more. A grant, a record that is not on disk, an order that is
waited for and a slip that is being photographed would be lost. A door that staff hold open would shut, and
in an evacuation open again.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from kiosk.core.phases import AwaitingCode, Idle, Phase, Sampling, Showing


class Busy(IntEnum):
    """In the order of what would be lost."""

    FREE = 0
    BEGUN = 1
    OPEN = 2
    HELD = 3


def busy_with(phases: Iterable[Phase], *, owes: bool, holds: bool) -> Busy:
    """The most that any lane, the journal (`owes`: records it has not taken yet) or the doors would lose."""
    if holds:
        return Busy.HELD
    if owes:
        return Busy.OPEN
    return max(map(_busy_in, phases))


def _busy_in(phase: Phase) -> Busy:
    match phase:
        case Idle():
            return Busy.FREE
        case Sampling() | AwaitingCode() | Showing(has_slip=False):
            return Busy.BEGUN
        case _:
            return Busy.OPEN
