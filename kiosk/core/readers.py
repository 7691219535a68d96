"""The readers of one lane: which access point each serves, what it has seen, and who has to wait.

A rotating pass shows another code each half minute and is the same showing
still: what counts is the pass where a code is one, and its bytes where not.

While a passage is under way, the newest code of each reader waits for
at most `WAITING_SCAN_S`; at an exit for as long as a door may keep somebody
waiting. When the kiosk is free, exit comes first. An exit that did not get its
turn, in time or before another code took its place, has lapsed: the lane says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from kiosk.core.commands import Announce, Command, Light, Sound
from kiosk.core.events import CodeScanned
from kiosk.core.reread import Reread
from kiosk.core.rules import AccessPoint, Purpose
from kiosk.core.view import Guidance
from kiosk.credentials.credential import Credential, Refusal
from kiosk.terms import Instant

WAITING_SCAN_S = 10.0


class Readers:
    """`access_points` each name their reader, but for one where a face is enough; in `lane` it is heard.

    A code at an exit waits for at most `exit_waits_s`.
    """

    def __init__(
        self,
        access_points: Iterable[AccessPoint],
        lane: str = "",
        *,
        exit_waits_s: float = WAITING_SCAN_S,
    ) -> None:
        points = tuple(access_points)
        self._lane = lane
        self._points: dict[str, list[AccessPoint]] = {}
        for point in points:
            if point.reader:
                self._points.setdefault(point.reader, []).append(point)
        self._sources = tuple(dict.fromkeys(each for point in points for each in point.readers))
        self._face_points = [point for point in points if point.temperature.begins_with_a_face]
        self._rereads = {reader: Reread() for reader in self._points}
        self._exit_waits_s = exit_waits_s
        self._waiting: dict[str, CodeScanned] = {}
        self._lapsed: list[CodeScanned] = []
        self._beeped: dict[str, bytes] = {}

    def access_point(self, source: str, credential: Credential | Refusal) -> AccessPoint:
        """Where a code counts: of those that its reader serves the first for one of its roles, or the first.

        Raises KeyError for a reader that serves none.
        """
        points = self._points[source]
        roles = frozenset() if isinstance(credential, Refusal) else credential.roles
        return next((point for point in points if not roles.isdisjoint(point.roles)), points[0])

    @property
    def face_point(self) -> AccessPoint | None:
        """Where a face begins a passage: the place of the thermal sensor, if any is set so."""
        return self._face_points[0] if self._face_points else None

    @property
    def boards(self) -> bool:
        """Whether people board here: the next need not wait until the last answer has stood long enough."""
        return all(point.purpose is Purpose.BOARDING for points in self._points.values() for point in points)

    @property
    def sources(self) -> tuple[str, ...]:
        """The readers by their names, those of orders too."""
        return self._sources

    @property
    def invites(self) -> Guidance:
        """What a kiosk that waits asks people for: a code, or where a face begins, to look at the sensor."""
        return Guidance.LOOK_AT_SENSOR if self._face_points else Guidance.NONE

    def is_new(self, scan: CodeScanned, credential: Credential | Refusal) -> bool:
        """Whether this is a new showing, at a reader that serves an access point."""
        reread = self._rereads.get(scan.source)
        return reread is not None and reread.seen(_shown(scan, credential), scan.at.mono)

    def keep_waiting(self, scan: CodeScanned, credential: Credential | Refusal) -> list[Command]:
        """It is heard that the code was read, once, though its turn comes later."""
        heard, before = self._heard(scan, credential), self._waiting.get(scan.source)
        if heard and before is not None:  # somebody else's
            self._lapse(before)
        self._waiting[scan.source] = scan
        return heard

    def take(self, at: Instant, scan: CodeScanned, credential: Credential | Refusal) -> list[Command]:
        """This showing is being dealt with now; it is heard, unless it was when it began to wait.

        The lamp of the answer before goes out.
        """
        heard = [*self._heard(scan, credential), Light(None, lane=self._lane)]
        self._rereads[scan.source].take(_shown(scan, credential), at.mono)
        self._waiting.pop(scan.source, None)
        self._beeped.pop(scan.source, None)
        return heard

    def _heard(self, scan: CodeScanned, credential: Credential | Refusal) -> list[Command]:
        digest = sha256(_shown(scan, credential)).digest()
        if self._beeped.get(scan.source) == digest:
            return []
        self._beeped[scan.source] = digest
        return [Announce(Sound.READ, self._lane)]

    def exit_waits(self, at: Instant) -> bool:
        """Whether somebody wants out, whom no order may keep waiting; not whose turn has passed by."""
        return any(self._is_exit(source) and self._counts(scan, at) for source, scan in self._waiting.items())

    def next_waiting(self, at: Instant, reader: str | None = None) -> CodeScanned | None:
        """The code whose turn it is, at one reader or any, if it has not waited too long."""
        while waiting := [source for source in self._waiting if reader in (None, source)]:
            scan = self._waiting.pop(min(waiting, key=self._turn))
            if self._counts(scan, at):
                return scan
            self._beeped.pop(scan.source, None)
            self._lapse(scan)
        return None

    def lapsed(self) -> list[CodeScanned]:
        """The exits that did not get their turn, each once."""
        lapsed, self._lapsed = self._lapsed, []
        return lapsed

    def _lapse(self, scan: CodeScanned) -> None:
        if self._is_exit(scan.source):
            self._lapsed.append(scan)

    def _counts(self, scan: CodeScanned, at: Instant) -> bool:
        waits_s = self._exit_waits_s if self._is_exit(scan.source) else WAITING_SCAN_S
        return at.mono - scan.at.mono <= waits_s

    def _turn(self, source: str) -> tuple[bool, float]:
        return not self._is_exit(source), self._waiting[source].at.mono

    def _is_exit(self, source: str) -> bool:
        return self._points[source][0].purpose is Purpose.EXIT


def _shown(scan: CodeScanned, credential: Credential | Refusal) -> bytes:
    if isinstance(credential, Refusal):
        return scan.payload
    return b"\0".join((credential.kid, credential.subject))
