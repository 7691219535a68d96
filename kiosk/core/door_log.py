"""What contacts and devices of a door have done since a grant was on disk: kept with what became of it.

From it a replay concludes anew whether somebody has passed. `door` is a list of
[milliseconds since the grant was on disk, what], as the kiosk took it up. A contact
that had to settle has a third number: for how many milliseconds it had stood so.
That staff hold the door, or let go of it, has another one: how many entries had been
asked for between the decision and that, as far as they have not failed. The same of
the grant on disk is `recorded_between`: in one millisecond it says what came first.
`ended` is when it was over, in those two numbers: the entry of the end itself may
have had to wait. `door_was` says what stood otherwise than at rest when the grant was
on disk. A grant that was void before counts from when it was, and is taken back then.
"""

from __future__ import annotations

from enum import StrEnum

from kiosk.core.events import Input
from kiosk.core.json_value import JsonValue
from kiosk.core.ledger import Ledger
from kiosk.core.passage import Passage

LIMIT = 64
"""More changes than a passage has; of a contact that flutters the first are kept."""


class Change(StrEnum):
    OPENED = "opened"
    CLOSED = "closed"
    SEEN = "seen"
    UNSEEN = "unseen"
    DOOR_LOST = "door lost"
    DOOR_BACK = "door back"
    PASSAGE_LOST = "passage lost"
    PASSAGE_BACK = "passage back"
    TAKEN_BACK = "taken back"
    HELD = "held"
    LET_GO = "let go"


HOLDS = frozenset({Change.HELD, Change.LET_GO})

_OF_INPUT = {
    (Input.DOOR, True): Change.OPENED,
    (Input.DOOR, False): Change.CLOSED,
    (Input.PASSAGE, True): Change.SEEN,
    (Input.PASSAGE, False): Change.UNSEEN,
}
_STANDS = {
    Change.CLOSED: Change.OPENED,
    Change.UNSEEN: Change.SEEN,
    Change.DOOR_BACK: Change.DOOR_LOST,
    Change.PASSAGE_BACK: Change.PASSAGE_LOST,
}


class DoorLog:
    """Of one lane. Times are monotonic seconds."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._standing: set[Change] = set()
        self._since_s = 0.0
        self._between = 0
        self._void: tuple[int, float, int] | None = None
        self._was: list[JsonValue] = []
        self._granted: Passage | None = None
        self._changes: list[tuple[float, Change, int]] = []

    def begin(self, passage: Passage, at_s: float, *, held: bool) -> None:
        """A grant is on disk, and the gate moves for it, unless staff hold it open."""
        self._granted, self._since_s = passage, at_s
        self._between = self._asked_since(passage)
        self._was = [each.value for each in sorted(self._standing | ({Change.HELD} if held else set()))]
        self._changes = []

    def settled(self, which: Input, since_s: float, at_s: float, *, active: bool) -> None:
        change = _OF_INPUT.get((which, active))
        if change is not None:
            self.note(change, at_s, _ms(at_s - since_s))

    def note(self, change: Change, at_s: float, lasted_ms: int = 0) -> None:
        if change in _STANDS:
            self._standing.discard(_STANDS[change])
        elif change is not Change.TAKEN_BACK:
            self._standing.add(change)
        if change is Change.DOOR_LOST:  # nobody sees it any more: it counts as shut
            self._standing.discard(Change.OPENED)
        self._keep(change, at_s, lasted_ms)

    def held(self, at_s: float, *, on: bool) -> None:
        """Staff hold the door open from now on, or let go of it."""
        if self._granted is not None:
            self._keep(Change.HELD if on else Change.LET_GO, at_s, self._asked_since(self._granted))

    def _keep(self, change: Change, at_s: float, more: int) -> None:
        if self._granted is not None and len(self._changes) < LIMIT:
            self._changes.append((at_s, change, more))

    def void(self, passage: Passage, at_s: float) -> None:
        """Somebody was told that his grant is not recorded: it is void, should it be on disk after all."""
        self._void = passage.id, at_s, self._asked_since(passage)

    def taken_back(self, passage: Passage, at_s: float) -> None:
        """A grant that is on disk is void; the gate may not have moved for it."""
        if not self._is_of(passage):
            self.begin(passage, at_s, held=False)
        self.note(Change.TAKEN_BACK, at_s)

    def told(self, passage: Passage, at_s: float, *, void: bool = False) -> dict[str, JsonValue]:
        """What is kept with the end of this passage's grant.

        `at_s` is when that was on disk, where the gate has not moved for it; then `void` says that
        nobody was let through without a gate either. One that was void before counts from then.
        """
        began = self._is_of(passage)
        on_disk_s, between = (self._since_s, self._between) if began else self._came(passage, at_s)
        decided_s = on_disk_s if passage.course.decided_s is None else passage.course.decided_s
        told: dict[str, JsonValue] = {"recorded_ms": _ms(on_disk_s - decided_s)}
        if between:
            told["recorded_between"] = between
        if not began:
            ended = {**told, "ended": [0, between]}
            return {**ended, "door": [[0, Change.TAKEN_BACK.value]]} if void else ended
        told["ended"] = [_ms(at_s - self._since_s), self._asked_since(passage)]
        self._granted = None
        if self._was:
            told["door_was"] = self._was
        if self._changes:
            told["door"] = [
                [_ms(at - self._since_s), change.value, *([more] if more else [])]
                for at, change, more in self._changes
            ]
        return told

    def _is_of(self, passage: Passage) -> bool:
        return self._granted is not None and self._granted.id == passage.id

    def _came(self, passage: Passage, at_s: float) -> tuple[float, int]:
        """When it was on disk or void, and how many entries had been asked for by then."""
        if self._void is None or self._void[0] != passage.id:
            return at_s, self._asked_since(passage)
        return self._void[1:]

    def _asked_since(self, passage: Passage) -> int:
        return self._ledger.asked_since(passage.course.records_decided)


def _ms(seconds: float) -> int:
    return round(1000 * seconds)
