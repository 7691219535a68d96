"""A journal's entries, run by run, through the checkpoint again; see the package's docstring."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as changed
from datetime import UTC, datetime
from functools import partial
from itertools import count, groupby

from calibration.reading import Missing, NoReading
from kiosk.core import passage as entries
from kiosk.core.devices import split_device
from kiosk.core.facts import DECIDING_FAULTS
from kiosk.core.kept import Kept
from kiosk.core.past import Past
from kiosk.core.replay.driver import CHANGES_OTHERS
from kiosk.core.replay.entry import InForce, ReplayError, bundle_of, in_force_of, moment
from kiosk.core.replay.run import Difference, Differs, Run
from kiosk.core.replay.story import Story, ended
from kiosk.core.replay.unknown import NOTHING, Unknown
from kiosk.core.rules import Purpose

HORIZON_S = 6 * 3600.0
"""No grant stays open for longer, unless the journal has failed all that time."""
_COMPARED = frozenset({entries.DECIDED, entries.PASSED, entries.ANNULLED})
_HAVE_FAULTS = frozenset({entries.DEVICE_FAULTED, entries.DEVICE_RECOVERED})
CLOCK_EARLY_S = 0.001
"""What is computed back from an entry is exact to half of this."""

Recall = Callable[[Sequence[Kept]], Past]
"""What a start knows of the entries before it, as the gatekeeper's own restart reads them."""


@dataclass(slots=True)
class Report:
    """`statements` say what was not replayed, and why. `first_seq` and `end_seq` bound what was."""

    entries: int = 0
    runs: int = 0
    decisions: int = 0
    passed: int = 0
    annulled: int = 0
    first_seq: int | None = None
    end_seq: int = 0
    difference: Difference | None = None
    statements: list[str] = field(default_factory=list)

    @property
    def could_replay(self) -> bool:
        return self.first_seq is not None


@dataclass(frozen=True, slots=True)
class Beginning:
    """What is known of the time before the first entry.

    `is_whole`: nothing was before it. Otherwise `in_force` is what was then, None where nobody knows, and
    `unknown` what the entries presuppose.
    """

    is_whole: bool = True
    in_force: InForce | None = None
    unknown: Unknown = NOTHING


@dataclass(order=True, slots=True)
class _Moment:
    """Within a millisecond, which is how exactly times are kept, the order of the entries counts."""

    at_ms: int
    seq: int
    turn: int
    number: int = field(init=False, default_factory=count().__next__)
    at_s: float = field(compare=False)
    do: Callable[[], object] = field(compare=False)


def replay(kept: Iterable[Kept], recall: Recall, beginning: Beginning, look_back: int) -> Report:
    """Go through entries in the order of their numbers, up to the first difference.

    `recall` is given the last `look_back` entries before each start.
    """
    replaying = _Replay(recall, beginning, look_back)
    try:
        for _, group in groupby(kept, key=lambda entry: entry.time):
            replaying.take(tuple(group))
        replaying.finish()
    except Differs as found:
        replaying.report.difference = found.difference
    replaying.state()
    return replaying.report


class _Replay:
    def __init__(self, recall: Recall, beginning: Beginning, look_back: int) -> None:
        self.report = Report()
        self._recall = recall
        self._beginning = beginning
        self._before: deque[Kept] = deque(maxlen=look_back)
        self._look_back = look_back
        self._presupposed = set(beginning.unknown.inside)
        self._run: Run | None = None
        self._is_known = True
        self._begun = datetime.min.replace(tzinfo=UTC)
        self._step_s = 0.0
        self._moments: list[_Moment] = []
        self._open: dict[int, Story] = {}
        self._decided: set[int] = set()
        self._annulled_by_start: dict[int, Kept] = {}
        self._skipped: dict[str, list[int]] = {}

    # -- entries

    def take(self, group: tuple[Kept, ...]) -> None:
        """Entries of one moment: a clock that was set then has been set for all of them."""
        if self._run is not None:
            self._step_s += sum(
                entry.data["step_s"]
                for entry in group
                if entry.type == entries.CLOCK_CHANGED and isinstance(entry.data, dict)
            )
        for entry in group:
            self.report.entries += 1
            try:
                self._take(entry)
            except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
                said = str(error) if isinstance(error, ReplayError) else f"{error!r:.120}"
                raise ReplayError(f"entry {entry.seq} is not what a kiosk writes: {said}") from error

    def _take(self, entry: Kept) -> None:
        if entry.data is None:
            self._skip("whose data is deleted", entry)
            return
        if self._is_annulled_by_start(entry):
            self._annulled_by_start[entry.data["passage"]] = entry
        elif entry.type == entries.STARTED:
            self._start(entry)
        elif self._run is None and not self._go_on(entry):
            self._skip_what_counts(entry)
        else:
            self._plan(entry)
        if entry.type == entries.PASSED and entry.data["purpose"] == Purpose.EXIT.value:
            self._presupposed.discard(entry.data["subject"])
        self._before.append(entry)

    @staticmethod
    def _is_annulled_by_start(entry: Kept) -> bool:
        return bool(entry.type == entries.ANNULLED and entry.data.get("cause") == entries.RESTART)

    def _start(self, entry: Kept) -> None:
        self._end_run()
        in_force = in_force_of(entry.data)
        self._is_known = in_force is not None
        if in_force is None:
            return
        self._begin(entry, in_force, self._recalled())

    def _recalled(self) -> Past:
        """As the real start read it, before it had annulled anything; and who must have been inside."""
        of_the_start = {each.seq for each in self._annulled_by_start.values()}
        known = [each for each in self._before if each.seq not in of_the_start]
        past = self._recall(known)
        if len(self._before) == self._look_back:
            self._presupposed.clear()
        return _with(past, Unknown(frozenset(self._presupposed)))

    def _go_on(self, entry: Kept) -> bool:
        """In the middle of a run, where it is known by which rules."""
        in_force = self._beginning.in_force
        if in_force is None or self.report.runs or entry.type == entries.STOPPED:
            return False
        self._begin(entry, in_force, _with(self._recall(()), self._beginning.unknown))
        return True

    def _begin(self, entry: Kept, in_force: InForce, past: Past) -> None:
        self._begun, self._step_s = datetime.fromisoformat(entry.time), 0.0
        self._run = Run(in_force, past, self._begun, utc_trusted=entry.time_trusted)
        self.report.runs += 1
        if self.report.first_seq is None:
            self.report.first_seq = entry.seq
        self.report.end_seq = entry.seq + 1
        for annulled in self._annulled_by_start.values():
            self._compare_annulled(annulled)
        self._annulled_by_start.clear()

    def _compare_annulled(self, entry: Kept) -> None:
        """A grant that the run before has left open."""
        assert self._run is not None
        now = self._run.annulled_at_start.get(entry.data["passage"])
        recorded = ended(entry.type, entry.data)
        if now is None and not self._beginning.is_whole:
            return  # granted before the first entry
        if now is None or ended(entries.ANNULLED, now) != recorded:
            told = None if now is None else ended(entries.ANNULLED, now)
            raise Differs(Difference(entry.seq, entry.time, entry.data["passage"], recorded, told, {}))
        self.report.annulled += 1

    def _skip_what_counts(self, entry: Kept) -> None:
        if entry.type in _COMPARED:
            old = "of a version that did not yet record what a decision rests on"
            self._skip("of a run whose start is not there" if self._is_known else old, entry)

    def _skip(self, why: str, entry: Kept) -> None:
        first_last = self._skipped.setdefault(why, [entry.seq, entry.seq, 0])
        first_last[1] = entry.seq
        first_last[2] += 1

    # -- moments

    def _plan(self, entry: Kept) -> None:
        """What happened, as this entry tells it; and what nothing later can come before."""
        run = self._run
        assert run is not None
        at_s = (datetime.fromisoformat(entry.time) - self._begun).total_seconds() - self._step_s
        clock = partial(run.kiosk.set_clock, self._step_s, entry.time_trusted)
        self._at(at_s - CLOCK_EARLY_S, entry, 0, clock)
        if entry.type == entries.DECIDED:
            self._plan_decision(entry, at_s, run)
        elif entry.type in (entries.PASSED, entries.ANNULLED):
            self._plan_end(entry, at_s, run)
        elif entry.type == entries.TRUST_CHANGED:
            self._at(at_s, entry, 1, partial(run.kiosk.trust, bundle_of(entry.data)))
        elif entry.type == entries.STAFF_ACTED and entry.data["action"] in CHANGES_OTHERS:
            self._at(at_s, entry, 1, partial(run.acted, entry.data))
        elif entry.type in _HAVE_FAULTS and split_device(entry.data["device"])[0] in DECIDING_FAULTS:
            have = run.kiosk.lose if entry.type == entries.DEVICE_FAULTED else run.kiosk.recover
            self._at(at_s, entry, 1, partial(have, entry.data["device"]))
        elif entry.type == entries.TRUST_AGED:
            self._at(at_s, entry, 1, partial(run.kiosk.trust_until, moment(entry.data["fresh_until"])))
        self._play_until(at_s - HORIZON_S)
        self.report.end_seq = entry.seq + 1
        if entry.type == entries.STOPPED:
            self._end_run()

    def _plan_decision(self, entry: Kept, at_s: float, run: Run) -> None:
        if "facts" not in entry.data:
            raise ReplayError("it was written by a version that did not yet record what it rests on")
        story = Story(entry, at_s)
        run.point_of(story)
        if story.beside is not None and story.beside not in self._decided:
            self._skip("of somebody whose grant in another lane is not there", entry)
            return
        self._decided.add(story.number)
        for before in self._open.values():
            if before.next is None and run.point_of(before).lane == run.point_of(story).lane:
                before.next = story
        if story.is_grant:
            self._open[story.number] = story
        begins, before_s = self._beginning_of(story, run)
        if before_s > CLOCK_EARLY_S:
            self._at(at_s - CLOCK_EARLY_S, entry, 1, partial(run.faults, story))
        else:
            self._begin_at(at_s - before_s, story, partial(run.faults, story))
        self._at(at_s, entry, 1, partial(run.mode, story))
        if run.asks_order(story) and story.is_order_there:
            self._plan_order(story, at_s, before_s, run)
        if before_s and begins in (run.code, run.face):
            self._begin_at(at_s - before_s, story, run.is_let_begin)
        self._begin_at(at_s - before_s, story, partial(begins, story))
        if not story.by_staff:
            self._plan_readings(story, at_s, at_s - before_s, run)
            if story.takes_code and begins != run.code:
                self._at(at_s - story.code_before_s, entry, 5, partial(run.code, story))
        self._at(at_s, entry, 6, partial(run.must_be_decided, story))
        self._at(at_s, entry, 7, partial(self._count_decision, story))

    @staticmethod
    def _beginning_of(story: Story, run: Run) -> tuple[Callable[[Story], object], float]:
        """What began it, and how long before the decision."""
        if story.by_staff:
            return run.by_staff, story.begun_before_s
        if story.case is not None:
            return run.recheck, story.begun_before_s
        return run.face if story.begun_by_face else run.code, story.begun_before_s

    def _plan_order(self, story: Story, at_s: float, before_s: float, run: Run) -> None:
        """One that was there before is so before what else decides."""
        if story.waited_for_order:
            self._at(at_s, story.decided, 5, partial(run.order, story))
        elif before_s > CLOCK_EARLY_S:
            self._at(at_s, story.decided, 2, partial(run.order, story))
        else:
            self._begin_at(at_s - before_s, story, partial(run.order, story))

    def _plan_readings(self, story: Story, at_s: float, begun_s: float, run: Run) -> None:
        entry, reading = story.decided, story.reading
        if story.first is not None:
            after_s, first = story.first
            self._at(at_s - story.lasted_s + after_s, entry, 3, partial(run.measured, story, first))
        if isinstance(reading, NoReading):
            # That the sensor is cold decides at once; whatever else is missing when the time is over.
            is_cold = reading.missing is Missing.WARMING_UP
            self._at(at_s if is_cold else begun_s, entry, 4, partial(run.measured, story, reading))
        elif reading is not None and story.measured_before_s is not None:
            self._at(at_s - story.measured_before_s, entry, 4, partial(run.measured, story, reading))

    def _plan_end(self, entry: Kept, at_s: float, run: Run) -> None:
        story = self._open.pop(entry.data["passage"], None)
        if story is None:
            return  # granted before the first entry that is replayed
        story.end = entry
        released_s = story.at_s + entry.data["recorded_ms"] / 1000
        on_disk = partial(self._push, released_s, story.on_disk_seq)
        on_disk(8, partial(run.before_release, story))
        on_disk(9, partial(run.on_disk, story))
        ended_s, ended_seq = min(story.ended_at_s(released_s), at_s), story.ended_seq
        for change in story.door:
            do = partial(run.door, story, change)
            if change.is_last:
                self._push(ended_s, ended_seq, 11, do)
            else:
                self._push(min(released_s + change.after_s, ended_s), change.seq, 10, do)
        self._push(ended_s, ended_seq, 12, partial(run.must_be_ended, story))
        self._at(at_s, entry, 5, partial(self._count_end, story, entry.type))

    def _at(self, at_s: float, entry: Kept, turn: int, do: Callable[[], object]) -> None:
        self._push(at_s, entry.seq, turn, do)

    def _begin_at(self, at_s: float, story: Story, do: Callable[[], object]) -> None:
        """Before what was recorded since; at the decision itself after clock, faults and mode."""
        turn = -1 if story.begun_seq < story.decided.seq else 1
        self._push(at_s, story.begun_seq, turn, do)

    def _push(self, at_s: float, seq: int, turn: int, do: Callable[[], object]) -> None:
        heapq.heappush(self._moments, _Moment(_ms(at_s), seq, turn, at_s, do))

    def _play_until(self, end_s: float) -> None:
        while self._moments and self._moments[0].at_s < end_s:
            due = heapq.heappop(self._moments)
            assert self._run is not None
            self._run.kiosk.advance(due.at_s)
            due.do()

    def _end_run(self) -> None:
        """All that is planned; a grant that has no end by now has none in this run."""
        self._play_until(float("inf"))
        self._open.clear()
        self._run = None

    # -- what is told

    def _count_decision(self, story: Story) -> None:
        if story.is_unknown:
            self._skip("of staff on somebody whose own decision is not there", story.decided)
        else:
            self.report.decisions += 1

    def _count_end(self, story: Story, kind: str) -> None:
        if story.is_unknown:
            return
        if kind == entries.PASSED:
            self.report.passed += 1
        else:
            self.report.annulled += 1

    def finish(self) -> None:
        self._end_run()

    def state(self) -> None:
        """Say what was not replayed, and what was presupposed."""
        for why, (first, last, many) in self._skipped.items():
            where = f"entry {first}" if many == 1 else f"{many} entries from {first} to {last}"
            self.report.statements.append(f"Not replayed: {where} {why}.")
        unknown = self._beginning.unknown
        if unknown and self.report.could_replay:
            self.report.statements.append(
                f"Taken from the record, as its beginning is not there: {len(unknown.inside)} people "
                f"were inside, {len(unknown.spent)} codes had been used."
            )


def _ms(seconds: float) -> int:
    return round(1000 * seconds)


def _with(past: Past, unknown: Unknown) -> Past:
    inside = {**dict.fromkeys(unknown.inside), **past.inside}
    return changed(past, inside=inside, spent=(*past.spent, *unknown.spent))
