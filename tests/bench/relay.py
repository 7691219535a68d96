"""The relay of a gatekeeper that dies: `python -m tests.bench.relay [--quick]`.

- To rest: seconds from a signal to the pin's falling edge, in the middle of a pulse; the gatekeeper's own
  process under the kiosk's own supervisor, the pins in another process.
- Without a grant: two hundred SIGKILLs at random moments while people come and go, and new configurations
  besides; at each rising edge the journal on disk is looked into before the edge is acknowledged.
"""

from __future__ import annotations

import signal
import sys
import tempfile
from pathlib import Path
from random import Random

from drivers.gate import LEASE_CAP_S
from tests.bench.figures import Figure, show
from tests.gatekeeper.deaths import many_deaths, time_to_rest
from tests.gatekeeper.real_gate import RealGate

DEATH_LIMIT_S, HANG_LIMIT_S = 1.0, 12.0
KILLS, FEW_KILLS, RELOADS, FEW_RELOADS = 200, 6, 25, 2
ROUNDS, HANGS = 12, 3
FALLING = "tests.gatekeeper.falling"
DEATHS = {
    "SIGTERM": signal.SIGTERM,
    "an exception in the loop": signal.SIGUSR1,
    "SIGKILL": signal.SIGKILL,
}


def measure(*, few: bool = False) -> list[Figure]:
    return [*to_rest(2 if few else ROUNDS, 1 if few else HANGS), *without_grant(few=few)]


def to_rest(rounds: int, hangs: int) -> list[Figure]:
    random = Random(7)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        state = Path(folder) / "kiosk"
        with RealGate(state, pulse_s=LEASE_CAP_S, module=FALLING) as gate:
            gate.start()
            figures = [
                _worst(f"{name} to rest", [time_to_rest(gate, how, random) for _ in range(rounds)])
                for name, how in DEATHS.items()
            ]
            took_s = [time_to_rest(gate, signal.SIGSTOP, random) for _ in range(hangs)]
    return [*figures, _worst("a hang (SIGSTOP) to rest", took_s, HANG_LIMIT_S)]


def _worst(name: str, took_s: list[float], limit_s: float = DEATH_LIMIT_S) -> Figure:
    return Figure(f"{name}, worst of {len(took_s)}", max(took_s), "s", limit_s)


def without_grant(*, few: bool) -> list[Figure]:
    kills, reloads = (FEW_KILLS, FEW_RELOADS) if few else (KILLS, RELOADS)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        toll = many_deaths(Path(folder) / "kiosk", kills, reloads, seed=1)
    return [
        Figure(f"{kills} kills, {reloads} new configurations: pulses", toll.rises, "", at_least=1),
        Figure("pulses without a grant of their own on disk", toll.unrecorded, "", 0),
        Figure(f"pulses longer than {LEASE_CAP_S:g} s", toll.too_long, "", 0),
        Figure("relay energised after a death was dealt with", toll.left_energised, "", 0),
        Figure("gatekeepers that did not come back", toll.lost_starts, "", 0),
    ]


if __name__ == "__main__":
    sys.exit(not show("Relay at rest", measure(few="--quick" in sys.argv[1:])))
