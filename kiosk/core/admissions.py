"""Codes against the rules: who may go on, and what earlier grants at this kiosk mean for that.

Keeps what a verdict on a code depends on besides the code itself: who is
inside (`passback`), which rotation slots have been spent (`spent`), and what
has been proven of rotating passes already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kiosk.core.decision import Verdict, judge_code
from kiosk.core.events import CodeScanned
from kiosk.core.passage import Passage
from kiosk.core.passback import Passback
from kiosk.core.rules import Rules
from kiosk.core.spent import Spending, SpentSlots
from kiosk.credentials.bundle import TrustBundle
from kiosk.credentials.credential import Credential, Refusal
from kiosk.credentials.rotation import Reveals
from kiosk.credentials.verifier import verify
from kiosk.terms import Instant

Pseudonyms = Callable[[bytes, Instant], tuple[str, ...]]


class Admissions:
    """`inside` are the pseudonyms inside, `spent` the slots spent lately, as the journal says."""

    def __init__(
        self, rules: Rules, pseudonyms: Pseudonyms, inside: Iterable[str], spent: Iterable[Spending]
    ) -> None:
        self._rules = rules
        self._pseudonyms = pseudonyms
        self._passback = Passback(inside)
        self._spent = SpentSlots(spent)
        self._reveals = Reveals()

    @property
    def occupancy(self) -> int:
        return self._passback.occupancy

    def read(self, scan: CodeScanned, bundle: TrustBundle) -> Credential | Refusal:
        """What the code says, at the moment it was scanned."""
        return verify(scan.payload, bundle, scan.at, self._reveals)

    def names(self, credential: Credential | Refusal, at: Instant) -> tuple[str, ...]:
        """The subject's pseudonyms, today's first; none where no code verified or none can be given."""
        return self._pseudonyms(credential.subject, at) if isinstance(credential, Credential) else ()

    def judge(self, at: Instant, passage: Passage, bundle: TrustBundle) -> Verdict | None:
        """The verdict on the code of a passage that has one, or None where it may go on."""
        assert passage.credential is not None
        return judge_code(
            at,
            passage.credential,
            passage.names,
            passage.access_point,
            bundle,
            self._passback,
            self._spent,
            self._rules,
        )

    def granted(self, passage: Passage) -> None:
        """A grant is on disk and the gate moves for it."""
        self._spent.spend(passage.names, passage.spendable_slot)

    def annulled(self, passage: Passage) -> None:
        """Nobody went through on a grant."""
        self._spent.give_back(passage.names, passage.spendable_slot)

    def passed(self, passage: Passage) -> str | None:
        """Somebody went through; the name under which one who leaves was inside."""
        return self._passback.passed(passage.access_point.purpose, passage.names)

    def forget(self, at: Instant) -> None:
        self._spent.forget(at)
