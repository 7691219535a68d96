"""Child processes that never outlive their parent.

`die_with_parent` runs in the child: the kernel is asked to signal it when its
parent dies (prctl(2), PR_SET_PDEATHSIG), and then getppid(2) is compared,
since the parent may have died before the request. The signal is SIGTERM, so
that the child can bring its relay to rest; an interval timer ends a child
that has not finished `GRACE_S` later.

Modules take their time to be imported, and a parent may die meanwhile: so a
child begins here, `python -m kiosk.supervisor MODULE ARGUMENT…`, and imports
its own module once it is bound.

`Supervisor` starts children, restarts those that fall or fall silent (with a
growing pause) or end well by themselves (they want a new start), and ends all of
them within a second.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import runpy
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType

PR_SET_PDEATHSIG = 1
PARENT_VARIABLE = "KIOSK_PARENT_PID"
GRACE_S = 0.7
STOP_S = 0.85
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
SETTLED_S = 60.0
START_S = 10.0
"""How much longer a child may be silent at its start, while it imports and opens what it needs."""


def die_with_parent() -> None:
    """End with the process that started this one, where it has asked for that."""
    parent = os.environ.pop(PARENT_VARIABLE, None)
    if parent is None:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != int(parent):
        sys.exit(0)


def end_soon(grace_s: float = GRACE_S) -> None:
    """From now on this process has so long to finish; then the kernel ends it (SIGALRM)."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, grace_s)


def on_stop_signals(stop: Callable[[], None], *, bounded: bool = True) -> None:
    """Call `stop` once, on SIGTERM or SIGINT. A `bounded` process then has `GRACE_S` to finish.

    A process is often told more than once, by its supervisor and by Ctrl-C. A `stop` that raises would raise
    again while the end that the first one began is under way.
    """
    is_told = False

    def handle(_signum: int, _frame: FrameType | None) -> None:
        nonlocal is_told
        if is_told:
            return
        is_told = True
        if bounded:
            end_soon()
        stop()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)


def hold_reload_signal() -> None:
    """SIGHUP waits until `on_reload_signal`: one that comes during a start must not end it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})


def on_reload_signal(reload: Callable[[], None]) -> None:
    """Call `reload` on every SIGHUP, and now if one has been held."""
    signal.signal(signal.SIGHUP, lambda _signum, _frame: reload())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})


class Heartbeat:
    """Hears whether a child lives, as a service manager does: sd_notify(3) datagrams on a Unix socket."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind("")  # the kernel chooses an abstract name (unix(7), autobind)
        name: bytes = self._socket.getsockname()
        self.address = "@" + name[1:].decode("ascii")

    def beats(self) -> bool:
        """Whether anything has come since the last call."""
        heard = False
        with contextlib.suppress(BlockingIOError):
            while self._socket.recv(4096):
                heard = True
        return heard

    def close(self) -> None:
        self._socket.close()


@dataclass
class Child:
    """`arguments` are those of `module`; `after_death` runs when it has ended by itself or by force.

    A child with `watchdog_s` is killed once it has been silent for that long.
    """

    name: str
    module: str
    arguments: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)
    restart: bool = True
    pass_fds: tuple[int, ...] = ()
    after_death: Callable[[], None] | None = None
    watchdog_s: float | None = None
    heartbeat: Heartbeat | None = None
    silent_since_s: float = 0.0
    process: subprocess.Popen[bytes] | None = None
    started_at_s: float = 0.0
    restart_at_s: float | None = None
    pause_s: float = SHORTEST_PAUSE_S
    exit_status: int | None = None


class Supervisor:
    """Must be used from the main thread: the kernel signals children when the thread that made them ends."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._children: list[Child] = []

    def start(self, child: Child) -> None:
        self._children.append(child)
        self._spawn(child)

    def poll_once(self) -> list[Child]:
        """Reap and restart. Returns the children that have ended since the last call."""
        fallen = []
        for child in self._children:
            self._watch(child)
            if child.process is not None and (status := child.process.poll()) is not None:
                child.exit_status = status
                child.process = None
                fallen.append(child)
                self._plan_restart(child)
            elif child.restart_at_s is not None and self._now() >= child.restart_at_s:
                self._spawn(child)
        return fallen

    def _watch(self, child: Child) -> None:
        """SIGKILL, since a child that is stopped or stuck heeds nothing else; it is reaped like any other."""
        if child.heartbeat is None or child.watchdog_s is None or child.process is None:
            return
        if child.heartbeat.beats():
            child.silent_since_s = self._now()
        elif self._now() - child.silent_since_s > child.watchdog_s:
            child.process.kill()
            child.process.wait()

    def tell_to_stop(self) -> None:
        """SIGTERM to every child, without waiting."""
        for child in self._children:
            child.restart_at_s = None
            if child.process is not None:
                child.process.send_signal(signal.SIGTERM)

    def stop(self, timeout_s: float = STOP_S) -> None:
        """End every child: SIGTERM to all, SIGKILL to those that are left."""
        self.tell_to_stop()
        running = [child for child in self._children if child.process is not None]
        deadline = self._now() + timeout_s
        for child in running:
            try:
                _popen(child).wait(max(deadline - self._now(), 0.01))
            except subprocess.TimeoutExpired:
                _popen(child).kill()
                _popen(child).wait()
            child.exit_status = _popen(child).returncode
            child.process = None
            # SIGTERM ends outright only a child that has not come as far as its handler, nor to any device.
            if child.exit_status not in (0, -signal.SIGTERM) and child.after_death is not None:
                child.after_death()
        for child in self._children:
            if child.heartbeat is not None:
                child.heartbeat.close()
        self._children.clear()

    def _spawn(self, child: Child) -> None:
        environment = os.environ | child.environment | {PARENT_VARIABLE: str(os.getpid())}
        child.restart_at_s = None
        child.started_at_s = self._now()
        if child.watchdog_s is not None:
            child.heartbeat = child.heartbeat or Heartbeat()
            child.silent_since_s = self._now() + START_S
            environment["NOTIFY_SOCKET"] = child.heartbeat.address
        child.process = subprocess.Popen(
            [sys.executable, "-m", "kiosk.supervisor", child.module, *child.arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            pass_fds=child.pass_fds,
            start_new_session=True,
        )

    def _plan_restart(self, child: Child) -> None:
        if child.after_death is not None:
            child.after_death()
        if not child.restart:
            return
        wants_a_new_start = child.exit_status == 0
        if wants_a_new_start or self._now() - child.started_at_s > SETTLED_S:
            child.pause_s = SHORTEST_PAUSE_S
        child.restart_at_s = self._now() + child.pause_s
        if not wants_a_new_start:
            child.pause_s = min(2 * child.pause_s, LONGEST_PAUSE_S)


def _popen(child: Child) -> subprocess.Popen[bytes]:
    assert child.process is not None
    return child.process


def run_module(module: str, arguments: Sequence[str]) -> None:
    """Be a child: bound to its parent first, then what `python -m MODULE ARGUMENT…` would be."""
    die_with_parent()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    run_module(sys.argv[1], sys.argv[2:])
