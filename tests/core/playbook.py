"""A checkpoint under test: events go in one by one, what it asked for comes out.

Time stands still unless a test lets it pass. Credentials are real: issued by
a key that the test's trust bundle holds.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from calibration.reading import NoReading, Reading
from hub.issuing import Issuer
from kiosk.core.admissions import Pseudonyms, Seal
from kiosk.core.checkpoint import NOTHING, Checkpoint
from kiosk.core.commands import Command, JsonValue, Record, Show
from kiosk.core.counter import WriteSlip
from kiosk.core.events import CodeScanned, Event, Recorded, ThermalSampled, Tick
from kiosk.core.past import Past
from kiosk.core.rules import AccessPoint, DoorRules, Purpose, Rules, TemperatureCheck
from kiosk.core.trips import RideRules
from kiosk.core.view import Guidance, Page, Result, ViewState
from kiosk.credentials.bundle import IssuerKey, TrustBundle
from kiosk.credentials.credential import Colour
from kiosk.terms import Instant

C = TypeVar("C", bound=Command)

MORNING = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
WORKER, COURIER = 1, 2

GATE_IN = AccessPoint("gate-in", Purpose.ENTRY, "gate", "camera")
GATE_OUT = AccessPoint("gate-out", Purpose.EXIT, "gate", "exit-scanner", temperature=TemperatureCheck.OFF)
COUNTER = AccessPoint("counter", Purpose.HANDOVER, "lamp", "counter-scanner", roles=(COURIER,))
RULES = Rules(access_points=(GATE_IN, GATE_OUT, COUNTER), door=DoorRules(debounce_s=0.0))

_PRIVATE_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ISSUER = Issuer(_PRIVATE_KEY, b"\x00\x00\x00\x01")
BUNDLE = TrustBundle(1, {ISSUER.kid: IssuerKey(ISSUER.kid, _PRIVATE_KEY.public_key())})


def pseudonyms(subject: bytes, _at: Instant) -> tuple[str, ...]:
    return (f"today-{subject.hex()}", f"yesterday-{subject.hex()}")


def code(
    *,
    cti: bytes = b"somebody",
    colour: Colour = Colour.GREEN,
    area: str = "330100",
    role: int = WORKER,
    rotating: bool = True,
    shown_at: datetime = MORNING,
    lifetime_s: int = 36_000,
) -> bytes:
    """What a phone shows."""
    issued = ISSUER.issue(
        colour=colour,
        area=area,
        valid_from=MORNING - timedelta(hours=1),
        lifetime_s=lifetime_s,
        roles=frozenset({role}),
        masked_name="王*",
        rotating=rotating,
        cti=cti,
    )
    return issued.code_at(shown_at).encode()


def reading(
    oral_celsius: float, *, u_celsius: float = 0.4, calibration_id: str | None = "0011223344556677"
) -> Reading:
    """A face whose skin is 2.5 °C below what is estimated for the mouth."""
    return Reading(
        oral_celsius - 2.5,
        u_celsius,
        calibration_id,
        frames=4,
        face_width_px=9,
        oral_estimate_celsius=oral_celsius,
        oral_u_celsius=u_celsius,
    )


class Playbook:
    """Drives one checkpoint. `journal_works` False leaves records unanswered."""

    def __init__(
        self,
        rules: Rules = RULES,
        bundle: TrustBundle = BUNDLE,
        *,
        inside: Sequence[str] = (),
        open_grants: Sequence[Mapping[str, JsonValue]] = (),
        past: Past = NOTHING,
        utc_trusted: bool = True,
        journal_works: bool = True,
        pseudonyms: Pseudonyms = pseudonyms,
        seal: Seal | None = None,
        ride: RideRules | None = None,
        write_slip: WriteSlip | None = None,
        zone: tzinfo = UTC,
    ) -> None:
        if inside or open_grants:
            entered = dict.fromkeys(inside, MORNING)
            past = dataclasses.replace(past, inside=entered, open_grants=tuple(open_grants))
        self.checkpoint = Checkpoint(rules, pseudonyms, bundle, past, seal, zone, ride, write_slip)
        self.journal: list[Record] = []
        self.commands: list[Command] = []
        self.journal_works = journal_works
        self._mono = 1000.0
        self._utc_trusted = utc_trusted

    @property
    def now(self) -> Instant:
        return Instant(self._mono, MORNING + timedelta(seconds=self._mono - 1000.0), self._utc_trusted)

    # -- what happens

    def scan(self, payload: bytes, source: str = "camera") -> Playbook:
        return self.happens(CodeScanned(self.now, source, payload, "test"))

    def sample(self, measured: Reading | NoReading, passage_id: int | None = None) -> Playbook:
        wanted = self.view.passage_id if passage_id is None else passage_id
        assert wanted is not None
        return self.happens(ThermalSampled(self.now, wanted, measured))

    def wait(self, seconds: float) -> Playbook:
        """Let time pass, waking the checkpoint when it wants to be woken."""
        end = self._mono + seconds
        while (wake_at := self.checkpoint.wake_at) is not None and wake_at <= end:
            self._mono = max(self._mono, wake_at)
            self.happens(Tick(self.now))
            next_at = self.checkpoint.wake_at
            assert next_at is None or next_at > self._mono, "what was due is due still: a loop would spin"
        self._mono = end
        return self

    def passes(self, seconds: float) -> Playbook:
        """Let time pass without waking anybody, as for a loop that is busy."""
        self._mono += seconds
        return self

    def loses_the_time(self) -> Playbook:
        """From now on nobody vouches for the clock."""
        self._utc_trusted = False
        return self

    def happens(self, event: Event) -> Playbook:
        commands = self.checkpoint.step(event)
        self.commands += commands
        for command in commands:
            if isinstance(command, Record):
                assert command.at == event.at, "a record bears the moment at which it happened"
            if isinstance(command, Record) and self.journal_works:
                self.journal.append(command)
                self.happens(Recorded(self.now, command.record_id, len(self.journal) - 1))
        return self

    # -- what came of it

    @property
    def view(self) -> ViewState:
        return self.asked(Show)[-1].view

    def page(self) -> Page:
        return self.view.page

    def guidance(self) -> Guidance:
        return self.view.guidance

    @property
    def result(self) -> Result:
        result = self.view.result
        assert result is not None, f"the screen shows {self.view.page}"
        return result

    def asked(self, kind: type[C]) -> list[C]:
        return [command for command in self.commands if isinstance(command, kind)]

    def recorded(self, kind: str) -> list[Record]:
        return [record for record in self.journal if record.type == kind]


def rules_with(**changes: object) -> Rules:
    return dataclasses.replace(RULES, **changes)  # type: ignore[arg-type]


WELL, WARM = reading(36.8), reading(38.6)


def granted() -> Playbook:
    """A well person with a green code, let through and not yet gone."""
    return Playbook().scan(code()).sample(WELL)
