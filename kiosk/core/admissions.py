"""Codes against the rules: who may go on, and what earlier grants at this kiosk mean for that.

Keeps what a verdict on a code depends on besides the code itself: who is
inside (`passback`), which rotation slots have been spent (`spent`), and what
has been proven of rotating passes already.
"""

from __future__ import annotations

from collections.abc import Callable

from kiosk.core.decision import Verdict, judge_code
from kiosk.core.events import CodeScanned
from kiosk.core.passage import Passage
from kiosk.core.passback import Passback
from kiosk.core.past import Past
from kiosk.core.rules import Rules
from kiosk.core.spent import SpentSlots
from kiosk.credentials.bundle import TrustBundle
from kiosk.credentials.credential import Credential, Refusal
from kiosk.credentials.rotation import Reveals
from kiosk.credentials.verifier import Verifier
from kiosk.terms import Instant

Pseudonyms = Callable[[bytes, Instant], tuple[str, ...]]
Seal = Callable[[bytes, bytes, int], str | None]


class Admissions:
    """`past` is what the journal says of those who came before the start."""

    def __init__(
        self, rules: Rules, pseudonyms: Pseudonyms, seal: Seal | None, past: Past, verifier: Verifier
    ) -> None:
        self._rules = rules
        self._pseudonyms = pseudonyms
        self._seal = seal
        self._passback = Passback(past.inside)
        self._spent = SpentSlots(past.spent)
        self._reveals = Reveals()
        self._verify = verifier

    @property
    def occupancy(self) -> int:
        return self._passback.occupancy

    def read(self, scan: CodeScanned, bundle: TrustBundle) -> Credential | Refusal:
        """What the code says, at the moment it was scanned."""
        return self._verify(scan.payload, bundle, scan.at, self._reveals)

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

    def known_as(self, passage: Passage) -> str | None:
        """Which of the older names tells of an earlier passage; None where today's does, or none."""
        known = [self._knows(name, passage) for name in passage.names]
        return passage.names[known.index(True)] if True in known[1:] and not known[0] else None

    def _knows(self, name: str, passage: Passage) -> bool:
        slot = passage.credential.slot if isinstance(passage.credential, Credential) else None
        return self._passback.is_inside((name,)) or self._spent.is_spent((name,), slot)

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
