"""The project's figures: `python -m tests.bench [--quick] [--make-quick]`. Status 1 when one is missed."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

from tests.bench import (
    bandwidth,
    chaos,
    clinical,
    credentials,
    day,
    decoder,
    faces,
    gate_latency,
    herd,
    hub,
    journal,
    kills,
    live,
    power,
    reader,
    reader_live,
    ready,
    relay,
    rendering,
    replay,
    ride,
    rush_hour,
    sensor_faults,
    slow_disk,
    speed,
    tampering,
    trust,
    watchdog,
)
from tests.bench.figures import Figure, show

FEW_UNITS, FEW_SEEDS = 10, 20
MAKE_QUICK_LIMIT_S, MAKE_QUICK_TIMEOUT_S = 120.0, 600.0


def make_quick() -> list[Figure]:
    """Wall seconds of `make quick`, which fails here if it fails."""
    root = Path(__file__).resolve().parents[2]
    began_s = time.monotonic()
    subprocess.run(["make", "-C", str(root), "quick"], check=True, timeout=MAKE_QUICK_TIMEOUT_S)
    return [Figure("make quick", time.monotonic() - began_s, "s", MAKE_QUICK_LIMIT_S)]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure the figures.")
    parser.add_argument("--quick", action="store_true", help="leave out the live day, and repeat less")
    parser.add_argument("--make-quick", action="store_true", help="time make quick as well")
    chosen = parser.parse_args()
    kept = [
        show("A simulated day", speed.measure(1 if chosen.quick else speed.ROUNDS)),
        show("A long simulated day", day.measure(day.FEW_PEOPLE if chosen.quick else day.PEOPLE)),
        show("Rush hour", rush_hour.measure(rush_hour.FEW_PEOPLE if chosen.quick else rush_hour.PEOPLE)),
        show("Boarding", ride.measure(ride.FEW_PEOPLE if chosen.quick else ride.PEOPLE)),
        show("Start", ready.measure(2 if chosen.quick else ready.ROUNDS)),
        show("Journal", journal.measure(journal.FEW_ENTRIES if chosen.quick else journal.ENTRIES)),
        show("Power cuts", power.measure(power.FEW_CUTS if chosen.quick else power.CUTS)),
        show("kill -9", kills.measure(kills.FEW_DEATHS if chosen.quick else kills.DEATHS)),
        show("Relay at rest", relay.measure(few=chosen.quick)),
        show(
            "Watchdog",
            watchdog.measure(watchdog.FEW_ENTRIES, watchdog.FEW_KILLS)
            if chosen.quick
            else watchdog.measure(),
        ),
        show("Tampering", tampering.measure(tampering.FEW_OF_EACH if chosen.quick else tampering.OF_EACH)),
        show("Replay", replay.measure(replay.FEW_PEOPLE if chosen.quick else replay.PEOPLE)),
        show("Bandwidth", bandwidth.measure(bandwidth.FEW_ENTRIES if chosen.quick else bandwidth.ENTRIES)),
        show("Herd", herd.measure(herd.FEW if chosen.quick else 1)),
        show("Verification", credentials.measure()),
        show("Trust", trust.measure(1 if chosen.quick else trust.ROUNDS)),
        show("Reader", reader.measure(few=chosen.quick)),
        show("Reader in real time", reader_live.measure(few=chosen.quick)),
        show(
            "Code to relay, in real time",
            gate_latency.measure(gate_latency.FEW_PEOPLE if chosen.quick else gate_latency.PEOPLE),
        ),
        show("Hub", hub.measure(hub.FEW_BATCHES if chosen.quick else hub.BATCHES)),
        show("Thermal decoder", decoder.measure()),
        show("Faces", faces.measure(FEW_UNITS if chosen.quick else faces.UNITS)),
        show("Sensor faults", sensor_faults.measure(FEW_SEEDS if chosen.quick else sensor_faults.SEEDS)),
        show("Clinical table", clinical.measure(clinical.FEW_UNITS if chosen.quick else clinical.UNITS)),
    ]
    if not chosen.quick:
        kept.append(show("Chaos", chaos.measure()))
        kept.append(show("A day in real time", live.measure()))
        kept.append(show("Slow disk", slow_disk.measure()))
    if chosen.make_quick:
        kept.append(show("Checks", make_quick()))
    rendering.main()
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
