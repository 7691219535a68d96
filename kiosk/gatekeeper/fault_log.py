"""For who reads the log instead of the screen: each fault once as it comes and as it goes, over all lanes."""

from __future__ import annotations

from kiosk.core.devices import OF_A_LANE, device_in
from kiosk.core.view import ViewState


class FaultLog:
    """What all lanes share is said once, however many of their screens show it."""

    def __init__(self) -> None:
        self._shown: dict[str, frozenset[str]] = {}

    def take(self, view: ViewState) -> list[str]:
        """What one screen says now that none said, or what none says any more, a sentence each."""
        before = self.standing
        named = {device_in(view.lane, name) if name in OF_A_LANE else name for name in view.faults}
        self._shown[view.lane] = frozenset(named)
        come = [f"fault: {name}; kiosk doctor says why and what to do." for name in self.standing - before]
        gone = [f"no more fault: {name}." for name in before - self.standing]
        return sorted(come) + sorted(gone)

    @property
    def standing(self) -> frozenset[str]:
        """Those that a screen shows now, each by the name that the journal gives it."""
        return frozenset().union(*self._shown.values())
