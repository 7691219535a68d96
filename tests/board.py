"""A simulated board and what holds its watchdog; at the end the one is let go and the other ended."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from sim.clock import SimClock
from sim.watchdog import SimWatchdog


class Holder(Protocol):
    """Whatever opens the board's watchdog."""

    def close(self) -> None: ...


class BoardBench:
    """Time passes on `clock`. Who derives from it makes the `watchdog`, of the `board`."""

    watchdog: Holder

    def __init__(self, *, longest_s: int = 3600) -> None:
        self.clock = SimClock()
        self.board = SimWatchdog(self.clock.mono, longest_s=longest_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.watchdog.close()
        self.board.take_all()
