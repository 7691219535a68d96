"""A watched gatekeeper that dies, and how soon the next one feeds: `python -m tests.bench.watchdog`.

From a SIGKILL to the next gatekeeper's first feed of the board's watchdog, which comes once every part
has made progress: the end noticed, the relays brought to rest, imports, the journal opened and checked,
devices opened. The gatekeeper's own process under the kiosk's own supervisor, which waits 0.5 s where
systemd waits 2 s.
"""

from __future__ import annotations

import signal
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from kiosk.journal.device_key import load_or_create
from kiosk.journal.store import Journal
from tests.bench.figures import Figure, show
from tests.bench.journal import DATA
from tests.gatekeeper.watched_gate import WatchedGate

ENTRIES, FEW_ENTRIES = 100_000, 5_000
KILLS, FEW_KILLS = 10, 2
LIMIT_S, START_WITHIN_S = 15.0, 60.0
"""The shortest time that a site may ask of its watchdog."""


def measure(entries: int = ENTRIES, kills: int = KILLS) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        state = Path(folder) / "kiosk"
        with WatchedGate(state) as gate:
            _write(state, gate.site.journal_path, entries)
            gate.start()
            took_s = [_time_to_feed(gate, signal.SIGKILL) for _ in range(kills)]
            hung_s = _time_to_feed(gate, signal.SIGSTOP)
            resets = len(gate.board.resets)
    name = f"{entries} entries, worst of {kills}"
    return [
        Figure(f"SIGKILL to the next feed, {name}", max(took_s), "s", LIMIT_S),
        Figure("a hang (SIGSTOP) to the next feed", hung_s, "s", 30.0),
        Figure("resets of the board", resets, "", 0),
    ]


def _time_to_feed(gate: WatchedGate, how: signal.Signals) -> float:
    """Seconds; the watchdog is fed before."""
    began_s = gate.clock.mono()
    assert gate.run_until(lambda: gate.fed_since(began_s) is not None, START_WITHIN_S), "it is never fed"
    assert gate.child is not None
    gate.child.pause_s = 0.5
    before = gate.pid
    died_s = gate.kill(how)
    assert gate.run_until(lambda: gate.pid not in (None, before), START_WITHIN_S), "it is not started again"
    anew_s = gate.clock.mono()
    assert gate.run_until(lambda: gate.fed_since(anew_s) is not None, START_WITHIN_S), "it is not fed again"
    return anew_s - died_s + (gate.fed_since(anew_s) or 0.0)


def _write(state: Path, path: Path, entries: int) -> None:
    """As many entries as a kiosk's journal has after some weeks."""
    written_at = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    with Journal(path, "kiosk-7", device_key=load_or_create(state / "device.key")) as journal:
        for first in range(0, entries, 500):
            journal.append_many(
                [("kiosk.bench", DATA | {"number": first + n}, written_at, True) for n in range(500)]
            )
        journal.bear_witness()


if __name__ == "__main__":
    sys.exit(not show("Watchdog", measure()))
