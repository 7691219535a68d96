"""Real processes in tests: started with a mark in their environment, found again by it, and ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

MARK = "KIOSK_TEST_MARK"
POLL_S = 0.02


def wait_until(condition: Callable[[], bool], within_s: float, what: str) -> float:
    """Seconds until `condition` holds. Fails with `what` when it does not hold in time."""
    began_s = time.monotonic()
    while not condition():
        waited_s = time.monotonic() - began_s
        assert waited_s < within_s, f"{what}: not within {within_s} s"
        time.sleep(POLL_S)
    return time.monotonic() - began_s


class Tree:
    """A process and all that it starts, however deep, and even when it has gone itself."""

    def __init__(self, arguments: Sequence[str], output: Path, *, environment: dict[str, str] | None = None):
        self.mark = uuid.uuid4().hex
        self.output, self.errors = output.with_suffix(".out"), output.with_suffix(".err")
        with self.output.open("wb") as out, self.errors.open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, *arguments],
                env=os.environ | (environment or {}) | {MARK: self.mark},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

    def children(self) -> dict[int, str]:
        """The command lines of those that live now, the process itself left out."""
        return {pid: line for pid, line in marked(self.mark).items() if pid != self.process.pid}

    def child(self, word: str) -> int | None:
        """The process id of the child with this word in its command line, if it lives."""
        return next((pid for pid, line in self.children().items() if word in line.split()), None)

    def has(self, *words: str) -> bool:
        lines = [line.split() for line in self.children().values()]
        return all(any(word in line for line in lines) for word in words)

    def signal(self, number: signal.Signals) -> float:
        """Send a signal to the process alone; seconds until it and every child have gone."""
        began_s = time.monotonic()
        self.process.send_signal(number)
        wait_until(lambda: self.process.poll() is not None and not self.children(), 5.0, "all have ended")
        return time.monotonic() - began_s

    def printed(self) -> str:
        return self.output.read_text(encoding="utf-8", errors="replace")

    def said(self) -> str:
        return self.errors.read_text(encoding="utf-8", errors="replace")

    def end(self) -> None:
        """Whatever still lives of this tree, by force."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pid in self.children():
            os.kill(pid, signal.SIGKILL)


def marked(mark: str) -> dict[int, str]:
    """Living processes with this mark in their environment (proc(5)), and their command lines."""
    wanted = f"{MARK}={mark}".encode()
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found[int(folder.name)] = (
                    (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
                )
        except OSError:
            continue  # it has just ended, or is somebody else's
    return found
