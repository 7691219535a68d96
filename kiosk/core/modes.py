"""What staff have set the site to: locked down, evacuating, or lanes held open. It stands beside every phase.

- Locked down: nobody gets in, and whoever wants out leaves. It outlasts a restart.
- Evacuating: the same, and every door is held open. It outlasts a restart too.
- A lane held open: its door is released for everybody until staff release it, or until a restart.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.core.decision import Verdict
from kiosk.core.passage import Passage
from kiosk.core.rules import Purpose
from kiosk.core.view import Mode
from kiosk.terms import Outcome, Reason


@dataclass(slots=True)
class Modes:
    """Shared by all lanes; staff alone change it."""

    mode: Mode = Mode.NORMAL
    held: set[str] = field(default_factory=set)

    def bars(self, passage: Passage) -> Verdict | None:
        """The verdict on who is not to come in now; who leaves, or whom staff admit, is never barred."""
        is_free = passage.access_point.purpose is Purpose.EXIT or passage.staff is not None
        if is_free or self.mode is Mode.NORMAL:
            return None
        evacuates = self.mode is Mode.EVACUATING
        return Verdict(Outcome.DENY, Reason.EVACUATING if evacuates else Reason.LOCKED_DOWN)
