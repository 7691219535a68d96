"""The service manager's watchdog, fed only while every part makes progress.

Protocol: sd_notify(3), datagrams on the Unix socket named in NOTIFY_SOCKET.
A part that reports its device lost has made progress; a part that hangs has
not, and then nobody feeds the watchdog.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterable

PATIENCE_S = 6.0


def notify(state: str) -> None:
    """Tell the service manager, where there is one. An unreachable manager is no reason to stop.

    Nor is one that does not listen any more, as in the middle of its own end: a full queue takes nothing
    (unix(7)), and whoever waited for it would not hear that he is to end.
    """
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sender:
            sender.sendto(state.encode(), address)
    except OSError:
        return


class Watchdog:
    """Knows when each part has last made progress (monotonic seconds)."""

    def __init__(self, parts: Iterable[str], now: Callable[[], float]) -> None:
        self._now = now
        started = now()
        self._seen = dict.fromkeys(parts, started)
        self._to_begin = set(self._seen)

    def progressed(self, part: str) -> None:
        self._seen[part] = self._now()
        self._to_begin.discard(part)

    @property
    def all_have_begun(self) -> bool:
        """Whether each part has made progress once."""
        return not self._to_begin

    def stuck(self) -> list[str]:
        """The parts that have not moved for `PATIENCE_S`."""
        now = self._now()
        return sorted(part for part, seen in self._seen.items() if now - seen > PATIENCE_S)
