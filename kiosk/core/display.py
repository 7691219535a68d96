"""What the screen shows now. Every change is a new state with a higher revision, and comes out as `Show`."""

from __future__ import annotations

from dataclasses import replace

from kiosk.core.commands import Show
from kiosk.core.view import Guidance, LinkView, Page, Result, ViewState
from kiosk.terms import Instant, Reason


class Display:
    """The present state of the screen, and the faults that stand on every page of it."""

    def __init__(self) -> None:
        self._view = ViewState(Page.STARTING)
        self._faults: dict[str, str] = {}

    @property
    def page(self) -> Page:
        return self._view.page

    def has_fault(self, device: str) -> bool:
        return device in self._faults

    def turn_to(
        self,
        at: Instant,
        page: Page,
        *,
        passage_id: int | None = None,
        guidance: Guidance = Guidance.NONE,
        result: Result | None = None,
        alarm: Reason | None = None,
    ) -> Show:
        """Another page, with nothing of the one before."""
        view = ViewState(
            page, passage_id=passage_id, guidance=guidance, result=result, alarm=alarm, link=self._view.link
        )
        return self._show(at, view)

    def guide(self, at: Instant, guidance: Guidance) -> list[Show]:
        """The same page with other guidance; nothing where it stands there already."""
        if guidance is self._view.guidance:
            return []
        return [self._show(at, replace(self._view, guidance=guidance))]

    def link(self, at: Instant, link: LinkView) -> list[Show]:
        """The same page with another state of the connection; nothing where it is the same."""
        if link == self._view.link:
            return []
        return [self._show(at, replace(self._view, link=link))]

    def lose(self, at: Instant, device: str, detail: str) -> Show:
        self._faults[device] = detail
        return self._show(at, self._view)

    def regain(self, at: Instant, device: str) -> list[Show]:
        """Nothing where the device was not lost."""
        if self._faults.pop(device, None) is None:
            return []
        return [self._show(at, self._view)]

    def _show(self, at: Instant, view: ViewState) -> Show:
        self._view = replace(
            view,
            revision=self._view.revision + 1,
            shown_at=at.utc.isoformat(),
            faults=tuple(sorted(self._faults)),
        )
        return Show(self._view)
