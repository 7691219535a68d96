"""Codes against the rules: who may go on, and what earlier grants at this kiosk mean for that.

Keeps what a verdict on a code depends on besides the code itself: who is
inside (`passback`), which rotation slots have been spent (`spent`), whose
temperature was taken before a break (`reentry`), who has checked in today
(`roster`), and what has been proven of rotating passes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, tzinfo

from calibration.reading import Reading
from kiosk.core.decision import Verdict, judge_code, judge_hours, judge_release, judge_repetition
from kiosk.core.events import CodeScanned
from kiosk.core.occupancy import Unnamed
from kiosk.core.passage import Passage
from kiosk.core.passback import Passback
from kiosk.core.past import Past
from kiosk.core.reentry import Reentry
from kiosk.core.roster import TOO_WARM, Roster
from kiosk.core.rules import Purpose, Rules, TemperatureCheck
from kiosk.core.screening import Screened, screen
from kiosk.core.spent import SpentSlots
from kiosk.core.under_way import UnderWay
from kiosk.credentials.again import VerifierAgain, verify_again
from kiosk.credentials.bundle import TrustBundle
from kiosk.credentials.credential import Credential, Refusal
from kiosk.credentials.rotation import Reveals
from kiosk.credentials.verifier import Verifier
from kiosk.terms import Instant, Outcome, Reason, Strictness

Pseudonyms = Callable[[bytes, Instant], tuple[str, ...]]
Seal = Callable[[bytes, bytes, int], str | None]


class Admissions:
    """`past` is what the journal says of those who came before the start, `zone` the site's."""

    def __init__(
        self,
        rules: Rules,
        pseudonyms: Pseudonyms,
        seal: Seal | None,
        past: Past,
        zone: tzinfo,
        verifier: Verifier,
        again: VerifierAgain = verify_again,
    ) -> None:
        self._rules = rules
        self._pseudonyms = pseudonyms
        self._seal = seal
        self._zone = zone
        self._passback = Passback(past.inside)
        self._unnamed = Unnamed(past.unnamed)
        self._spent = SpentSlots(past.spent)
        self._reentry = Reentry(rules.screening.reentry_minutes, past.measured)
        self._under_way = UnderWay()
        self._released: set[int] = set()
        self._reveals = Reveals()
        self._verify, self._verify_again = verifier, again
        self.roster = Roster(rules, zone, past.check_ins)

    @property
    def occupancy(self) -> int:
        return self._unnamed.occupancy(self._passback.occupancy)

    @property
    def unnamed(self) -> int:
        """What those without a name add to the occupancy."""
        return self._unnamed.count

    def correct(self, people: int) -> None:
        """Staff have counted who is inside; an empty house has nobody in it, with a name or without."""
        if people == 0:
            self._passback.clear()
        self._unnamed.correct(self._passback.occupancy, people)

    @property
    def inside(self) -> Mapping[str, datetime | None]:
        """Who is inside, by pseudonym, and since when (UTC; None: at a time that was not trusted)."""
        return self._passback.inside

    def read(self, scan: CodeScanned, bundle: TrustBundle) -> Credential | Refusal:
        """What the code says, at the moment it was scanned."""
        return self._verify(scan.payload, bundle, scan.at, self._reveals)

    def again(self, at: Instant, passage: Passage, bundle: TrustBundle) -> Passage:
        """The passage of somebody who was referred, with what his code is worth by now."""
        if not isinstance(passage.credential, Credential):
            return passage
        return replace(passage, credential=self._verify_again(passage.credential, bundle, at))

    def names(self, credential: Credential | Refusal, at: Instant) -> tuple[str, ...]:
        """The subject's pseudonyms, today's first; none where no code verified or none can be given."""
        return self._pseudonyms(credential.subject, at) if isinstance(credential, Credential) else ()

    def sealed(self, credential: Credential | Refusal, passage_id: int, bundle: TrustBundle) -> str | None:
        """The subject, sealed to the tracing key; None without a subject, a key, or who seals."""
        if self._seal is None or bundle.tracing_key is None or isinstance(credential, Refusal):
            return None
        return self._seal(credential.subject, bundle.tracing_key, passage_id)

    def judge(self, at: Instant, passage: Passage, bundle: TrustBundle) -> Verdict | None:
        """The verdict on the code of a passage that has one, or None where it may go on."""
        assert passage.credential is not None
        verdict = judge_code(
            at,
            passage.credential,
            passage.names,
            passage.access_point,
            bundle,
            self._passback,
            self._spent,
            self._rules,
            self._zone,
        )
        return verdict or self._judge_under_way(passage) or self.roster.judge(at, passage)

    def _judge_again(self, at: Instant, passage: Passage) -> Verdict | None:
        """What another lane has made of the same holder since the code was judged."""
        credential, point = passage.credential, passage.access_point
        if not isinstance(credential, Credential) or point.purpose is Purpose.EXIT:
            return None
        return judge_repetition(
            at, credential, passage.names, point, self._passback, self._spent, self._rules
        ) or self._judge_under_way(passage)

    def _judge_under_way(self, passage: Passage) -> Verdict | None:
        """Nobody goes on while another lane lets the same holder through."""
        purpose, names = passage.access_point.purpose, passage.names
        counts = purpose is Purpose.ENTRY and self._rules.passback.strictness is not Strictness.OFF
        enters_twice = counts and self._under_way.enters(names)
        if enters_twice or self._under_way.is_used(names, passage.spendable_slot):
            return Verdict(Outcome.REFER, Reason.ALREADY_SHOWN)
        return None

    def beside(self, passage: Passage) -> int | None:
        """The passage, in another lane, by which the same holder is on his way."""
        return self._under_way.passage_of(passage.names)

    def decided(self, passage: Passage, verdict: Verdict) -> None:
        """An answer is about to be recorded."""
        if verdict.outcome is Outcome.GRANT:
            self._under_way.begin(passage)
        if verdict.reason in TOO_WARM:
            self.roster.too_warm(passage)

    def unmeasured(self, at: Instant, passage: Passage, bundle: TrustBundle) -> Passage | None:
        """The passage of somebody whose code may go on, as it stands without a further measurement.

        None where one must be taken: at a boarding too unless site and signed policy both do without.
        """
        point = passage.access_point
        is_waived = point.purpose is not Purpose.BOARDING or bundle.policy.boards_unmeasured
        if isinstance(passage.reading, Reading) or (point.temperature is TemperatureCheck.OFF and is_waived):
            return passage
        if point.purpose is not Purpose.ENTRY:
            return None
        reused_from = self._reentry.reusable(at, passage.names)
        return None if reused_from is None else replace(passage, reused_from=reused_from)

    def judge_release(
        self, at: Instant, passage: Passage, verdict: Verdict, bundle: TrustBundle, faults: Collection[str]
    ) -> Verdict:
        """What is left of a verdict when it is to be recorded. Hours hold where no code is asked, too;
        where one was, the same holder may have come in by another lane since.
        """
        point = passage.access_point
        by_staff = passage.staff is not None
        verdict = judge_release(at, point, verdict, self._rules, faults, by_staff=by_staff)
        if verdict.outcome is not Outcome.GRANT or by_staff:
            return verdict
        if passage.credential is not None:
            return self._judge_again(at, passage) or verdict
        return judge_hours(at, (), point, bundle.policy, self._zone) or verdict

    def known_as(self, at: Instant, passage: Passage) -> str | None:
        """Which of the older names tells of an earlier passage; None where today's does, or none."""
        known = [self._knows(at, name, passage) for name in passage.names]
        return passage.names[known.index(True)] if True in known[1:] and not known[0] else None

    def _knows(self, at: Instant, name: str, passage: Passage) -> bool:
        slot = passage.credential.slot if isinstance(passage.credential, Credential) else None
        is_known = self._passback.is_inside((name,)) or self._spent.is_spent((name,), slot)
        is_known = is_known or self._under_way.enters((name,)) or self._under_way.is_used((name,), slot)
        return is_known or self._reentry.reusable(at, (name,)) is not None

    def granted(self, passage: Passage) -> None:
        """A grant is on disk and the gate moves for it."""
        self._released.add(passage.id)
        self._spent.spend(passage.names, passage.spendable_slot)
        self.roster.granted(passage)

    def unrecorded(self, passage: Passage) -> None:
        """An answer that is not on disk in time is none."""
        self._under_way.end(passage)

    def annulled(self, passage: Passage) -> None:
        """Nobody went through on a grant. What it had not taken yet it does not give back."""
        self._under_way.end(passage)
        if passage.id not in self._released:
            return
        self._released.discard(passage.id)
        self._spent.give_back(passage.names, passage.spendable_slot)
        self.roster.annulled(passage)

    def passed(self, at: Instant, passage: Passage) -> str | None:
        """Somebody went through; the name under which he was inside, where today's does not tell."""
        self._under_way.end(passage)
        self._released.discard(passage.id)
        purpose, names = passage.access_point.purpose, passage.names
        is_inside = self._passback.is_inside(names)
        if purpose is Purpose.ENTRY:
            self._reentry.entered(at, names, passage.id if self._is_normal(passage) else None)
        elif purpose is Purpose.EXIT:
            self._reentry.left(at, names)
        inside_as = self._passback.passed(at, purpose, names)
        named = self._passback.occupancy
        self._unnamed.passed(purpose, named=named, is_inside=is_inside, has_name=bool(names))
        return inside_as

    def forget(self, at: Instant) -> None:
        self._spent.forget(at)
        self._reentry.forget(at)

    def _is_normal(self, passage: Passage) -> bool:
        """Whether it was the temperature that has let him in, and no member of the staff."""
        if passage.reading is None or passage.staff is not None:
            return False
        return screen(passage.reading, self._rules.screening) is Screened.NORMAL
