"""What a busy kiosk records in a month: decisions as the core writes them, and the passages that followed.

Numbers vary as they do in the simulated day: the reading, five terms of its
budget, the blackbody's offset, the time that the decision took. Subjects are
sealed by the kiosk's own sealer, so they are as random as they will be.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from calibration.reading import Reading
from calibration.uncertainty import Term
from kiosk.core.decision import GRANTED
from kiosk.core.door_log import Change, DoorLog
from kiosk.core.facts import facts_of
from kiosk.core.json_value import JsonValue
from kiosk.core.ledger import Ledger
from kiosk.core.passage import DECIDED, PASSED, Passage, decided_data, followed_data
from kiosk.core.rules import AccessPoint, Purpose
from kiosk.core.view import Mode
from kiosk.credentials.credential import Colour, Credential
from kiosk.credentials.policy import Policy
from kiosk.gatekeeper.sealing import Sealer
from kiosk.journal.envelope import Draft
from kiosk.terms import Instant

BEGAN = datetime(2026, 10, 23, 6, 0, tzinfo=UTC)
LASTS = timedelta(days=30)
POLICY = Policy()
IN = AccessPoint("gate-in", Purpose.ENTRY, "door")


def entries(device: str, count: int, seed: int = 1) -> Iterator[Draft]:
    """So many entries, every other one a decision with a sealed subject."""
    rng = random.Random(seed)
    seal = Sealer(device)
    tracing_key = X25519PrivateKey.from_private_bytes(rng.randbytes(32)).public_key().public_bytes_raw()
    now = BEGAN
    pause_s = LASTS.total_seconds() / (count / 2)
    for number in range(count // 2):
        now += timedelta(seconds=rng.expovariate(1 / pause_s))
        at = Instant((now - BEGAN).total_seconds(), now, True)
        subject = rng.randbytes(8)
        passage = Passage(
            number,
            IN,
            Instant(at.mono - rng.gauss(1.25, 0.1), now, True),
            source="gate-camera",
            decoder="zxing-cpp",
            credential=_credential(rng, subject, now),
            names=(rng.randbytes(16).hex(),),
            reading=_reading(rng),
            sealed_subject=seal(subject, tracing_key, number),
        )
        facts = facts_of(passage, at, POLICY, (), Mode.NORMAL, None)
        del facts["slot"]  # it stands in the decision
        yield DECIDED, {**decided_data(passage, GRANTED, at), "facts": facts}, now, True
        through_s = rng.uniform(1.5, 4.5)
        course = _through_the_door(rng, passage, at.mono, through_s)
        yield PASSED, {**followed_data(passage), **course}, now + timedelta(seconds=through_s), True


def _through_the_door(
    rng: random.Random, passage: Passage, decided_s: float, through_s: float
) -> dict[str, JsonValue]:
    log, on_disk_s = DoorLog(Ledger()), decided_s + rng.uniform(0.004, 0.03)
    log.begin(passage.decided_at(Instant(decided_s, BEGAN, True), 0), on_disk_s, held=False)
    log.note(Change.OPENED, on_disk_s + rng.uniform(0.4, 1.2))
    log.note(Change.CLOSED, decided_s + through_s - 0.05)
    return log.told(passage.decided_at(Instant(decided_s, BEGAN, True), 0), on_disk_s)


def _credential(rng: random.Random, subject: bytes, now: datetime) -> Credential:
    return Credential(
        format="HP1",
        kid=bytes.fromhex("4e2398c9"),
        subject=subject,
        colour=Colour.GREEN,
        roles=frozenset({rng.choice((1, 1, 1, 2))}),
        area="330100",
        masked_name=None,
        rotating=True,
        issued_at=now,
        expires_at=now,
        slot=int(now.timestamp()) // 30,
    )


def _reading(rng: random.Random) -> Reading:
    terms = {
        "air between": rng.uniform(0.015, 0.03),
        "blackbody": 0.15,
        "distance and optics": 0.2887,
        "emissivity of skin": rng.gauss(0.061, 0.002),
        "noise after fusion": rng.uniform(0.2, 0.45),
        "noise of the reference": rng.gauss(0.009, 0.001),
        "reflected temperature": rng.gauss(0.053, 0.002),
        "residual non-uniformity": 0.2887,
        "skin to oral": 0.366,
    }
    budget = tuple(Term(name, u, "") for name, u in terms.items())
    oral_u = sum(u * u for u in terms.values()) ** 0.5
    skin_u = (oral_u**2 - terms["skin to oral"] ** 2) ** 0.5
    skin = rng.gauss(34.0, 0.6)
    return Reading(
        face_skin_celsius=skin,
        u_celsius=skin_u,
        calibration_id="2709dfc5edda7c05",
        frames=4,
        face_width_px=rng.randint(7, 11),
        oral_estimate_celsius=36.5 + 0.35 * (skin - 34.0),
        oral_u_celsius=oral_u,
        face_fill=rng.uniform(0.55, 0.8),
        budget=budget,
        reference_offset_celsius=rng.gauss(0.15, 0.03),
        oral_model_id="b1f76fbd89a07985",
    )
