"""Several processes that serve one socket; one that dies is started again.

The parent serves nothing: it forks before anything is opened, waits for its
children, and passes SIGTERM and SIGINT on to them. Every child holds the end of
a pipe whose other end the parent has, so that it learns of the parent's death
however that came about.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable

_ENDING = (signal.SIGINT, signal.SIGTERM)
_SHORT_LIFE_S = 5.0
_PAUSE_S = 1.0


def run_workers(count: int, serve: Callable[[int], None]) -> None:
    """Keep `count` processes in `serve(parent_fd)`; it ends at a signal or once `parent_fd` can be read."""
    reading, writing = os.pipe()
    family = _Family(serve, reading, writing)
    before = {number: signal.signal(number, family.end) for number in _ENDING}
    try:
        for _ in range(count):
            family.add()
        family.watch()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(reading)


class _Family:
    def __init__(self, serve: Callable[[int], None], reading: int, writing: int) -> None:
        self._serve = serve
        self._reading, self._writing = reading, writing
        self._born_s: dict[int, float] = {}
        self._ending = False

    def add(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)  # a signal must find the child in the books
        try:
            if self._ending:
                return
            pid = os.fork()
            if pid == 0:
                self._be_child()
            self._born_s[pid] = time.monotonic()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)

    def end(self, _number: int, _frame: object) -> None:
        if not self._ending:
            self._ending = True
            os.close(self._writing)  # for a child that is only just starting, which passes signals over
        for pid in self._born_s:
            os.kill(pid, signal.SIGTERM)

    def watch(self) -> None:
        """Until the last child has ended."""
        while self._born_s:
            pid, status = os.wait()
            lived_s = time.monotonic() - self._born_s.pop(pid, 0.0)
            if self._ending:
                continue
            sys.stderr.write(f"kiosk-hub: worker {pid} has ended ({_how(status)}); starting another\n")
            if lived_s < _SHORT_LIFE_S:
                time.sleep(_PAUSE_S)
            self.add()

    def _be_child(self) -> None:
        status = 1
        try:
            os.close(self._writing)
            for number in _ENDING:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
            self._serve(self._reading)
            status = 0
        except Exception as error:  # noqa: BLE001 - it has nowhere else to go: os._exit says nothing
            sys.stderr.write(f"kiosk-hub: {error}\n")
        finally:
            sys.stderr.flush()
            os._exit(status)


def _how(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return f"signal {-code}" if code < 0 else f"status {code}"
