"""The board's watchdog under a real gatekeeper process: fed, disarmed, and the board reset."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from drivers.gate import LEASE_CAP_S
from kiosk.gatekeeper.watchdog import PATIENCE_S
from sim.pins import Edge
from tests.gatekeeper.hanging import FROM_THE_START
from tests.gatekeeper.rig import GATE_PIN
from tests.gatekeeper.watched_gate import WatchedGate

READY_S = 20.0
SHORTEST_S = 15

pytestmark = [pytest.mark.slow, pytest.mark.alone]


@contextmanager
def armed(
    state: Path, *, module: str | None = None, timeout_s: int = 30, pulse_s: float = 4.0
) -> Iterator[WatchedGate]:
    with WatchedGate(state / "kiosk", module=module, timeout_s=timeout_s, pulse_s=pulse_s) as gate:
        gate.start().pause_s = 0.05
        assert gate.run_until(lambda: len(gate.board.feeds) > 3, READY_S), "it is never fed"
        assert gate.board.timeout_s == timeout_s
        yield gate
        assert gate.view is None or "watchdog" not in gate.view.faults


def test_it_is_fed_while_all_goes_well_and_disarmed_by_an_orderly_end(tmp_path: Path) -> None:
    with armed(tmp_path) as gate:
        began_s = gate.clock.mono()
        gate.run(2.0)
        fed = [began_s, *(at_s for at_s in gate.board.feeds if at_s > began_s)]
        assert max(after - before for before, after in pairwise(fed)) < 1.0
        told_s = gate.kill(signal.SIGTERM)
        assert gate.run_until(lambda: bool(gate.board.disarms), READY_S)
        assert gate.board.disarms[0] - told_s < 1.0
        assert gate.board.resets == []


def test_a_reload_disarms_it_and_the_next_gatekeeper_arms_it_anew(tmp_path: Path) -> None:
    with armed(tmp_path) as gate:
        gate.configure(pulse_s=2.0)
        gate.kill(signal.SIGHUP)
        assert gate.run_until(lambda: bool(gate.board.disarms), READY_S)
        assert gate.run_until(lambda: gate.fed_since(gate.board.disarms[0]) is not None, READY_S)
        assert gate.board.resets == []


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGUSR1])
def test_a_kill_and_a_mistake_leave_it_armed_and_the_next_gatekeeper_feeds_it_in_time(
    tmp_path: Path, how: signal.Signals
) -> None:
    with armed(tmp_path, module="tests.gatekeeper.falling") as gate:
        died_s = gate.kill(how)
        assert gate.run_until(lambda: not gate.board.is_held, READY_S)
        assert gate.board.is_armed
        dead_s = gate.clock.mono()
        assert gate.run_until(lambda: gate.fed_since(dead_s) is not None, READY_S)
        assert gate.clock.mono() - died_s < SHORTEST_S
        assert gate.board.disarms == gate.board.resets == []


def test_it_is_not_armed_before_every_part_has_made_progress(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FROM_THE_START, "1")
    with WatchedGate(tmp_path / "kiosk", module="tests.gatekeeper.hanging") as gate:
        gate.start()
        assert gate.run_until(lambda: gate.view is not None, READY_S)
        gate.run(PATIENCE_S / 2)  # nothing counts as stuck yet
        assert gate.board.feeds == []


def test_it_is_not_fed_while_one_poller_is_stuck(tmp_path: Path) -> None:
    with armed(tmp_path, module="tests.gatekeeper.hanging") as gate:
        stuck_s = gate.kill(signal.SIGUSR1)
        gate.run(PATIENCE_S + 2.0)
        last_s = gate.board.feeds[-1] - stuck_s
        assert PATIENCE_S - 1.0 < last_s < PATIENCE_S + 1.0
        assert gate.board.is_held
        assert gate.board.is_armed


def test_a_gatekeeper_that_nobody_can_end_loses_its_relay_with_the_boards_reset(tmp_path: Path) -> None:
    """Stopped, and its supervisor does not look: as one that hangs in the kernel, where no signal ends it."""
    with armed(tmp_path, timeout_s=SHORTEST_S, pulse_s=LEASE_CAP_S) as gate:
        gate.scan()
        assert gate.run_until(lambda: gate.is_energised, READY_S)
        stopped_s = gate.kill(signal.SIGSTOP)
        while not gate.board.resets and gate.clock.mono() - stopped_s < SHORTEST_S + 2.0:
            gate.clock.sleep(0.05)
        (reset_s,) = gate.board.resets
        assert SHORTEST_S - 1.0 < reset_s - stopped_s < SHORTEST_S + 0.5
        assert not gate.is_energised
        assert gate.falls == [Edge(gate.falls[0].at_s, GATE_PIN, False)]
        assert gate.falls[0].at_s >= reset_s
