from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.supervisor import PARENT_VARIABLE, SETTLED_S, START_S, Child, Heartbeat, Supervisor
from tests.processes import wait_until


class Hand:
    """A supervisor on a clock that is moved by hand."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.deaths: list[str] = []
        self.supervisor = Supervisor(lambda: self.now_s)

    def start(
        self, module: str = "tests.sleeper", *, watchdog_s: float | None = None, restart: bool = True
    ) -> Child:
        child = Child("sleeper", module, [], restart=restart, watchdog_s=watchdog_s)
        child.after_death = lambda: self.deaths.append("dead")
        self.supervisor.start(child)
        return child


@pytest.fixture
def hand() -> Iterator[Hand]:
    hand = Hand()
    yield hand
    hand.supervisor.stop(5.0)


def pid(child: Child) -> int:
    assert child.process is not None
    return child.process.pid


def is_stopped(number: int) -> bool:
    """Whether the process is in state T (proc(5))."""
    return "\nState:\tT" in Path(f"/proc/{number}/status").read_text(encoding="utf-8")


def test_a_child_that_falls_silent_is_killed_and_what_it_left_is_cleared_away(hand: Hand) -> None:
    child = hand.start(watchdog_s=12.0)
    hand.now_s += START_S + 11.9
    assert hand.supervisor.poll_once() == []
    hand.now_s += 0.2
    assert hand.supervisor.poll_once() == [child]
    assert (child.exit_status, hand.deaths) == (-signal.SIGKILL, ["dead"])


def test_a_stopped_child_is_killed_like_a_silent_one(hand: Hand) -> None:
    child = hand.start(watchdog_s=12.0)
    os.kill(pid(child), signal.SIGSTOP)
    hand.now_s += START_S + 12.1
    assert hand.supervisor.poll_once() == [child]


def test_a_child_that_gives_signs_of_life_is_let_live(hand: Hand) -> None:
    child = hand.start(watchdog_s=12.0)
    assert child.heartbeat is not None
    for _ in range(10):
        hand.now_s += 11.0
        beat(child.heartbeat)
        assert hand.supervisor.poll_once() == []


def test_a_child_without_a_watchdog_may_be_silent(hand: Hand) -> None:
    hand.start()
    hand.now_s += 1e6
    assert hand.supervisor.poll_once() == []


def test_a_fallen_child_is_started_again_after_a_pause_that_grows(hand: Hand) -> None:
    child = hand.start()
    pauses = []
    for _ in range(3):
        fallen = pid(child)
        os.kill(fallen, signal.SIGKILL)
        wait_until(lambda: bool(hand.supervisor.poll_once()), 5.0, "the fall is noticed")
        assert child.restart_at_s is not None
        pauses.append(child.restart_at_s - hand.now_s)
        hand.now_s = child.restart_at_s
        hand.supervisor.poll_once()
        assert pid(child) != fallen
    assert pauses == [0.5, 1.0, 2.0]


def test_a_child_that_ends_well_by_itself_wants_a_new_start_and_need_not_wait_the_longer_for_it(
    hand: Hand,
) -> None:
    child = hand.start("tests.short_life")
    for _ in range(3):
        wait_until(lambda: bool(hand.supervisor.poll_once()), 20.0, "it ends")
        assert (child.exit_status, child.restart_at_s) == (0, hand.now_s + 0.5)
        hand.now_s += 0.5
        hand.supervisor.poll_once()
        assert child.process is not None


def test_a_child_that_is_not_to_be_restarted_stays_away(hand: Hand) -> None:
    child = hand.start(restart=False)
    os.kill(pid(child), signal.SIGKILL)
    wait_until(lambda: bool(hand.supervisor.poll_once()), 5.0, "the fall is noticed")
    hand.now_s += 1e3
    assert hand.supervisor.poll_once() == []
    assert child.process is None


def test_a_child_that_has_lived_for_long_is_started_again_soon(hand: Hand) -> None:
    child = hand.start()
    child.pause_s = 16.0
    hand.now_s += SETTLED_S + 1.0
    os.kill(pid(child), signal.SIGKILL)
    wait_until(lambda: bool(hand.supervisor.poll_once()), 5.0, "the fall is noticed")
    assert child.restart_at_s == hand.now_s + 0.5


def test_a_child_that_does_not_heed_sigterm_is_ended_by_force_and_cleared_away(hand: Hand) -> None:
    child = hand.start()
    os.kill(pid(child), signal.SIGSTOP)
    wait_until(lambda: is_stopped(pid(child)), 5.0, "it is stopped")
    hand.supervisor.stop(0.1)
    assert (child.exit_status, hand.deaths) == (-signal.SIGKILL, ["dead"])


def test_nothing_is_cleared_away_after_a_child_that_had_not_come_as_far_as_its_handlers(hand: Hand) -> None:
    child = hand.start()
    hand.supervisor.stop(5.0)
    assert (child.exit_status, hand.deaths) == (-signal.SIGTERM, [])


def test_a_child_whose_parent_has_died_before_it_began_ends_at_once() -> None:
    environment = os.environ | {PARENT_VARIABLE: "1"}
    command = [sys.executable, "-m", "kiosk.supervisor", "tests.sleeper"]
    ended = subprocess.run(command, env=environment, timeout=20, capture_output=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")


def test_a_heartbeat_hears_what_sd_notify_says_and_only_once() -> None:
    heartbeat = Heartbeat()
    assert not heartbeat.beats()
    beat(heartbeat)
    assert heartbeat.beats()
    assert not heartbeat.beats()
    heartbeat.close()


def beat(heartbeat: Heartbeat) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"WATCHDOG=1", "\0" + heartbeat.address[1:])
