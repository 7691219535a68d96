"""The relay of a gatekeeper that dies: `python -m tests.bench.relay [--quick]`.

- To rest: seconds from a signal to the pin's falling edge, in the middle of a pulse; the gatekeeper's own
  process under the kiosk's own supervisor, the pins in another process.
- Without a grant: two hundred SIGKILLs at random moments while people come and go; at each rising edge the
  journal on disk is looked into before the edge is acknowledged.
- Reloads: new site files while people come and go, right ones and wrong ones, judged in the same way.
"""

from __future__ import annotations

import signal
import sys
import tempfile
from pathlib import Path
from random import Random

from drivers.gate import LEASE_CAP_S
from tests.bench.figures import Figure, show
from tests.gatekeeper.deaths import Toll, many_deaths, time_to_rest
from tests.gatekeeper.real_gate import RealGate
from tests.gatekeeper.reloads import ReloadToll, many_reloads

DEATH_LIMIT_S, HANG_LIMIT_S = 1.0, 12.0
KILLS, FEW_KILLS, RELOADS, FEW_RELOADS = 200, 6, 50, 3
ROUNDS, HANGS = 12, 3
FALLING = "tests.gatekeeper.falling"
DEATHS = {
    "SIGTERM": signal.SIGTERM,
    "an exception in the loop": signal.SIGUSR1,
    "SIGKILL": signal.SIGKILL,
}


def measure(*, few: bool = False) -> list[Figure]:
    rounds, hangs = (2, 1) if few else (ROUNDS, HANGS)
    return [*to_rest(rounds, hangs), *without_grant(few=few), *over_reloads(few=few)]


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
    kills = FEW_KILLS if few else KILLS
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        toll = many_deaths(Path(folder) / "kiosk", kills, seed=1)
    return [
        *_of_pulses(f"{kills} kills", toll, "after a death was dealt with"),
        Figure("gatekeepers that did not come back", toll.lost_starts, "", 0),
    ]


def _of_pulses(what: str, toll: Toll | ReloadToll, then: str) -> list[Figure]:
    """None but those that somebody was granted, none for too long, and none left over."""
    return [
        Figure(f"{what}: pulses", toll.rises, "", at_least=1),
        Figure("pulses without a grant of their own on disk", toll.unrecorded, "", 0),
        Figure(f"pulses longer than {LEASE_CAP_S:g} s", toll.too_long, "", 0),
        Figure(f"relay energised {then}", toll.left_energised, "", 0),
    ]


def over_reloads(*, few: bool) -> list[Figure]:
    reloads = FEW_RELOADS if few else RELOADS
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        toll = many_reloads(Path(folder) / "kiosk", right=reloads, wrong=reloads, seed=1)
    return [
        *_of_pulses(f"{reloads} right and {reloads} wrong site files", toll, "at an end for a reload"),
        Figure("right files not taken up at all", toll.not_taken_up, "", 0),
        Figure("wrong files that ended the gatekeeper", toll.fallen, "", 0),
        Figure("grants neither passed nor annulled", toll.unfollowed, "", 0),
        Figure("grants annulled for a restart", toll.cut_off, "", 0),
    ]


if __name__ == "__main__":
    sys.exit(not show("Relay at rest", measure(few="--quick" in sys.argv[1:])))
