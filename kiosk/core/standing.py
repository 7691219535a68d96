"""Where a lane stands: its phase, what it shows of it, and what it records of a grant's end."""

from __future__ import annotations

from kiosk.core import passage as entries
from kiosk.core.commands import JsonValue
from kiosk.core.decision import SCAN_AGAIN, UNRECORDED, Verdict
from kiosk.core.doorway import Doorway
from kiosk.core.pages import Asking, Pages
from kiosk.core.passage import Passage
from kiosk.core.phases import AwaitingOrder, Idle, Passing, Phase, Showing
from kiosk.core.readers import Readers
from kiosk.core.rules import AccessPoint, Purpose
from kiosk.core.shared import Shared
from kiosk.terms import Instant


class Standing:
    """The part of a lane that every event has to do with; `kiosk.core.lane` says what the events mean."""

    def __init__(self, name: str, readers: Readers, shared: Shared) -> None:
        self._name = name
        self._readers = readers
        self._shared = shared
        self._rules = shared.rules
        self._admissions = shared.admissions
        self._ledger = shared.ledger
        self._around = shared.around
        self._modes = shared.modes
        self._cases = shared.cases
        self._counter = shared.counter
        self._out = shared.out
        self._display = shared.displays.of(name)
        self._pages = Pages(name, shared)
        self._face_waits = False
        self._phase: Phase = Idle()
        self._doorway = Doorway(name, shared.rules, shared.ledger, shared.alarms)

    @property
    def wake_at(self) -> float | None:
        """The monotonic second at which something of this lane is due, or None."""
        due = (self._doorway.wake_at, getattr(self._phase, "until_s", None))
        return min((at for at in due if at is not None), default=None)

    @property
    def phase(self) -> Phase:
        return self._phase

    @property
    def is_free(self) -> bool:
        """Whether nobody is being dealt with."""
        return isinstance(self._phase, Idle | Showing)

    @property
    def can_annul(self) -> bool:
        """Whether somebody has been granted and has not opened the door yet."""
        return isinstance(self._phase, Passing) and not self._doorway.is_passing

    @property
    def who_awaits_order(self) -> Passage | None:
        """Somebody to whom a meal may be handed over, and whose order has not been scanned yet."""
        return self._phase.passage if isinstance(self._phase, AwaitingOrder) else None

    @property
    def point(self) -> AccessPoint | None:
        """Where staff let somebody through who shows no code: the lane's first access point."""
        return next(iter(self._rules.points_of(self._name)), None)

    def lets_out(self, reader: str) -> bool:
        """Whether it is the reader of an exit."""
        points = self._rules.points_of(self._name)
        return any(each.purpose is Purpose.EXIT and each.reader == reader for each in points)

    @property
    def has_door(self) -> bool:
        return bool(self._doorway.outputs)

    def time_door(self, on: bool) -> None:
        self._doorway.be_timed(on)

    # -- what is shown

    def _ask(self, at: Instant, phase: Asking) -> None:
        """Something is still to come from who is there."""
        self._phase = phase
        self._out += self._pages.asking(at, phase)

    def _tell(self, at: Instant, passage: Passage, verdict: Verdict) -> None:
        self._phase = Showing(at.mono + self._rules.result_s)
        self._out += self._cases.told(at, passage, verdict)
        self._out += self._display.answer(at, passage, verdict)

    def rest(self, at: Instant) -> None:
        """Wait for the next person and show it."""
        self._phase = Idle()
        self._out.append(self._pages.resting(at))

    def alarm_over(self, at: Instant) -> None:
        if isinstance(self._phase, Idle):
            self.rest(at)
        else:
            self._out += self._pages.after_alarm(at, self._phase)

    def dismiss(self, at: Instant) -> bool:
        """A result that is read makes room for the next person; whether there was one."""
        if not isinstance(self._phase, Showing):
            return False
        self.rest(at)
        return True

    def say_lapsed(self, at: Instant) -> None:
        """Exits that did not get their turn are recorded; who is there still is asked to scan once more."""
        for scan in self._readers.lapsed():
            credential = self._admissions.read(scan, self._around.bundle)
            names = self._admissions.names(credential, scan.at)
            point = self._readers.access_point(scan.source, credential)
            passage = Passage(self._ledger.new_passage_id(), point, scan.at)
            data: dict[str, JsonValue] = {
                "passage": passage.id,
                "access_point": point.id,
                "source": scan.source,
                "subject": names[0] if names else None,
                "waited_ms": round(1000 * (at.mono - scan.at.mono)),
            }
            self._out.append(self._ledger.record(at, entries.EXIT_LAPSED, data))
            if isinstance(self._phase, Idle):
                self._phase = Showing(at.mono + self._rules.result_s)
                self._out += self._display.answer(at, passage, SCAN_AGAIN)

    # -- what became of a grant

    def take_back(self, at: Instant, verdict: Verdict) -> None:
        """A grant that nobody has gone through on is void; only where `can_annul`."""
        assert isinstance(self._phase, Passing)
        self._out += self._doorway.abandon()
        self._take_back(at, self._phase.passage, verdict)

    def _take_back(self, at: Instant, passage: Passage, verdict: Verdict) -> None:
        """A grant is on disk and the gate does not move for it."""
        self._doorway.log.taken_back(passage, at.mono)
        self._follow(at, entries.ANNULLED, passage, told=verdict)
        self._tell(at, passage, verdict)

    def annul(self, at: Instant, passage: Passage) -> None:
        """A grant that is on disk too late: he was told meanwhile that it could not be recorded."""
        self._follow(at, entries.ANNULLED, passage, told=UNRECORDED)

    def _follow(
        self,
        at: Instant,
        kind: str,
        passage: Passage,
        inside_as: str | None = None,
        told: Verdict | None = None,
    ) -> None:
        """`told` is what the person was told in place of the grant, from which a start knows who waits."""
        if kind == entries.ANNULLED:
            self._admissions.annulled(passage)
        course = self._doorway.log.told(passage, at.mono, void=kind == entries.ANNULLED)
        if told is not None:
            course["told"] = {"outcome": told.outcome.value, "reason": told.reason.value}
        self._ledger.follow(kind, passage, inside_as, course)
        self._out += self._ledger.owed(at)
