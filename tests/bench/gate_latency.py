"""From a code to the relay, in real time: `python -m tests.bench.gate_latency [--quick]`.

The gatekeeper's own process, its journal on a disk, the relay's edge where the pins are. The temperature has
been taken already (`temperature = "before"`) when the person is asked for the code and shows it:

- to a scanner at the serial line: from the moment the scanner sends it, before the event `CodeScanned`;
- to the camera: from the moment the phone is in its view.

Besides, as a site has it that asks for the code first (`after`): with face and phone there at once. That
figure contains the measuring, which takes a second at 8 Hz.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import numpy as np

from kiosk.core.view import Page
from tests.bench.figures import Figure, show
from tests.gatekeeper.real_gate import RealGate

SCAN_P95_MS, VIEW_P95_MS = 100.0, 600.0
PEOPLE, FEW_PEOPLE = 60, 8
READY_S = 20.0
PULSE_S = 1.0
SETTLE_S = 2.0
"""A sensor whose kiosk has just started is still warm only once its first pictures have said so."""

EMPTY_S = 1.2
"""For so long nobody is in view, so that the next face is somebody else's for an idle sensor too."""


def measure(people: int = PEOPLE) -> list[Figure]:
    return [
        *_figures("code scanned to relay, temperature taken", _measured_before(people, _scan), SCAN_P95_MS),
        *_figures(
            "code in view to relay, temperature taken", _measured_before(people, _hold_up), VIEW_P95_MS
        ),
        *_figures("code in view to relay, temperature after it", _measured_after(people // 3), None),
    ]


def _figures(name: str, took_ms: list[float], limit_ms: float | None) -> list[Figure]:
    p95_ms = float(np.percentile(took_ms, 95))
    return [
        Figure(f"{name}, median of {len(took_ms)}", statistics.median(took_ms), "ms"),
        Figure(f"{name}, 95th percentile", p95_ms, "ms", limit_ms),
    ]


def _scan(gate: RealGate, _person: int) -> float:
    return gate.scan()


def _hold_up(gate: RealGate, person: int) -> float:
    return gate.scene.hold_up(gate.new_code(), seed=person)


def _measured_before(people: int, show_code: Callable[[RealGate, int], float]) -> list[float]:
    """Everybody is measured first, and shows the code a human moment after being asked for it."""
    random = Random(11)
    took_ms = []
    reader = "exit-scanner" if show_code is _scan else "gate-camera"
    with _gate("before", reader) as gate:
        for person in range(people):
            gate.stand()
            _wait(gate, lambda: _page(gate) is Page.SHOW_CODE, "the person is asked for the code")
            gate.run(random.uniform(0.2, 0.6))
            took_ms.append(_to_relay(gate, person, show_code))
            _leave(gate)
    return took_ms


def _measured_after(people: int) -> list[float]:
    took_ms = []
    with _gate("after", "gate-camera") as gate:
        for person in range(people):
            gate.stand()
            took_ms.append(_to_relay(gate, person, _hold_up))
            _leave(gate)
    return took_ms


@contextmanager
def _gate(temperature: str, entrance: str) -> Iterator[RealGate]:
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        RealGate(Path(folder) / "kiosk", temperature=temperature, entrance=entrance, pulse_s=PULSE_S) as gate,
    ):
        gate.start()
        _wait(gate, lambda: _page(gate) is Page.WELCOME, "the gatekeeper is ready")
        gate.run(SETTLE_S)
        yield gate


def _to_relay(gate: RealGate, person: int, show_code: Callable[[RealGate, int], float]) -> float:
    released = len(gate.rises)
    shown_s = show_code(gate, person)
    _wait(gate, lambda: len(gate.rises) > released, "the person is let through")
    return 1000 * (gate.rises[-1].at_s - shown_s)


def _leave(gate: RealGate) -> None:
    """Through the door; the next person comes when the kiosk is ready for one."""
    gate.scene.hold_up(None)
    gate.scene.door_open = True
    gate.run(0.3)
    gate.scene.stand(None)
    gate.scene.door_open = False
    _wait(gate, lambda: not gate.is_energised and _page(gate) is Page.WELCOME, "the kiosk is ready again")
    gate.run(EMPTY_S)


def _page(gate: RealGate) -> Page | None:
    return None if gate.view is None else gate.view.page


def _wait(gate: RealGate, condition: Callable[[], bool], what: str) -> None:
    """Raises TimeoutError."""
    if not gate.run_until(condition, READY_S):
        raise TimeoutError(f"{what}: not within {READY_S:g} s; {gate.view}")


if __name__ == "__main__":
    few = "--quick" in sys.argv[1:]
    sys.exit(not show("Code to relay, in real time", measure(FEW_PEOPLE if few else PEOPLE)))
