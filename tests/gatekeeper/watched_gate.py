"""A real gatekeeper on a simulated board whose watchdog it feeds."""

from __future__ import annotations

from pathlib import Path

from sim.watchdog import SimWatchdog, WatchdogServer
from tests.gatekeeper.real_gate import RealGate


class WatchedGate(RealGate):
    """`board` is the board's watchdog: when it resets the board every relay rests. Use it as a RealGate."""

    def __init__(
        self, state: Path, *, timeout_s: int = 30, pulse_s: float = 4.0, module: str | None = None
    ) -> None:
        self._timeout_s = timeout_s
        super().__init__(state, pulse_s=pulse_s, module=module)
        self.board = SimWatchdog(self.clock.mono, self.pins.reset)

    def configure(self, *, pulse_s: float) -> None:
        super().configure(pulse_s=pulse_s)
        path = self.state / "site.toml"
        keys = (
            f'hardware_watchdog = "world:{self.state / "watchdog"}"\nhardware_watchdog_s = {self._timeout_s}'
        )
        text = path.read_text(encoding="utf-8").replace("[gate]\n", f"[gate]\n{keys}\n")
        path.write_text(text, encoding="utf-8")

    def __enter__(self) -> WatchedGate:
        super().__enter__()
        self._exits.enter_context(WatchdogServer(self.state / "watchdog", self.board))
        return self

    def fed_since(self, at_s: float) -> float | None:
        """The first feed after a moment, in seconds from it."""
        return next((fed_s - at_s for fed_s in self.board.feeds if fed_s > at_s), None)
