"""The pins of the simulated board: levels that outlive whoever drives them, and a log of every edge.

A pin that nobody drives any more keeps its level, as on a Pi: that is what
`kiosk gate-safe` is for. `BoardPinFactory` is gpiozero's MockFactory with pins
that write through to a board, synchronously; no driver is replaced.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from gpiozero.pins.mock import MockFactory, MockPin


@dataclass(frozen=True, slots=True)
class Edge:
    """A change of an output's level, as the board has seen it."""

    at_s: float
    pin: int
    level: bool


class Board(Protocol):
    """Where the wires end: in this process, or behind a socket."""

    def write(self, pin: int, level: bool) -> None: ...

    def read(self, pin: int) -> bool: ...


class Pins:
    """The board's own state. `inputs` says what the world drives onto a pin now."""

    def __init__(self, now: Callable[[], float], inputs: Callable[[int], bool]) -> None:
        self._now = now
        self._inputs = inputs
        self._levels: dict[int, bool] = {}
        self.edges: list[Edge] = []
        self.listeners: list[Callable[[Edge], None]] = []

    def level(self, pin: int) -> bool:
        """What stands on an output."""
        return self._levels.get(pin, False)

    def write(self, pin: int, level: bool) -> None:
        if self._levels.get(pin, False) is level:
            return
        self._levels[pin] = level
        edge = Edge(self._now(), pin, level)
        self.edges.append(edge)
        for listener in self.listeners:
            listener(edge)

    def reset(self) -> None:
        """The board is reset: its pins are inputs, and every pull-down brings its relay to rest."""
        for pin in self._levels:
            self.write(pin, False)

    def read(self, pin: int) -> bool:
        return self._inputs(pin)


class BoardPin(MockPin):  # type: ignore[misc]
    """A pin whose output goes to the board, and whose input comes from there."""

    def _change_state(self, value: bool) -> bool:
        if self._function == "output":
            self._factory.board.write(self._number, bool(value))
        changed: bool = super()._change_state(value)
        return changed

    def _get_state(self) -> bool:
        if self._function == "input":
            return bool(self._factory.board.read(self._number))
        return bool(self._state)


class BoardPinFactory(MockFactory):  # type: ignore[misc]
    """gpiozero's mock factory over a board."""

    def __init__(self, board: Board) -> None:
        super().__init__(pin_class=BoardPin)
        self.board = board
