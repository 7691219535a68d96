"""The readers of a kiosk: which access point each serves, what it has seen, and who has to wait.

A rotating pass shows another code each half minute and is the same showing
still: what counts is the pass where a code is one, and its bytes where not.

While a passage is under way, the newest code of each reader waits for
at most `WAITING_SCAN_S`. When the kiosk is free, exit comes first.
"""

from __future__ import annotations

from collections.abc import Iterable

from kiosk.core.events import CodeScanned
from kiosk.core.reread import Reread
from kiosk.core.rules import AccessPoint, Purpose
from kiosk.credentials.credential import Credential, Refusal
from kiosk.terms import Instant

WAITING_SCAN_S = 10.0


class Readers:
    """`access_points` each name their reader."""

    def __init__(self, access_points: Iterable[AccessPoint]) -> None:
        self._points = {point.reader: point for point in access_points}
        self._rereads = {reader: Reread() for reader in self._points}
        self._waiting: dict[str, CodeScanned] = {}

    def access_point(self, source: str) -> AccessPoint:
        """Raises KeyError for a reader that serves none."""
        return self._points[source]

    def is_new(self, scan: CodeScanned, credential: Credential | Refusal) -> bool:
        """Whether this is a new showing, at a reader that serves an access point."""
        reread = self._rereads.get(scan.source)
        return reread is not None and reread.seen(_shown(scan, credential), scan.at.mono)

    def keep_waiting(self, scan: CodeScanned) -> None:
        self._waiting[scan.source] = scan

    def take(self, at: Instant, scan: CodeScanned, credential: Credential | Refusal) -> None:
        """This showing is being dealt with now."""
        self._rereads[scan.source].take(_shown(scan, credential), at.mono)
        self._waiting.pop(scan.source, None)

    def next_waiting(self, at: Instant) -> CodeScanned | None:
        """The code whose turn it is, if any has not waited too long."""
        while self._waiting:
            scan = self._waiting.pop(min(self._waiting, key=self._turn))
            if at.mono - scan.at.mono <= WAITING_SCAN_S:
                return scan
        return None

    def _turn(self, source: str) -> tuple[bool, float]:
        is_exit = self._points[source].purpose is Purpose.EXIT
        return not is_exit, self._waiting[source].at.mono


def _shown(scan: CodeScanned, credential: Credential | Refusal) -> bytes:
    if isinstance(credential, Refusal):
        return scan.payload
    return b"\0".join((credential.kid, credential.subject))
