"""The slips of a simulated day, checked as a customer's own program would, from the format's description.

It shares no code with the kiosk that it judges: base45 by its package, CBOR
and the signature by theirs, and what must stand on a slip by what the visits
were.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import base45  # type: ignore[import-untyped]
import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.terms import Outcome
from sim.logbook import Page
from sim.people import COOK, COURIER, PACKER, Place, Visit
from sim.visitor import Experience

ISS, IAT, CTI, PASSAGE, ORDER, PEOPLE = 1, 6, 7, -65551, -65552, -65553
ROLES = {1: COOK, 2: PACKER, 3: COURIER}
CLOCK_SLACK_S = 60.0


def slips(pages: Sequence[Page]) -> list[str]:
    """The texts of all slips that were shown."""
    shown = (page.experience.result for page in pages)
    return [result.slip for result in shown if result is not None and result.slip is not None]


def slip_faults(pages: Sequence[Page], device_id: str, key: Ed25519PublicKey) -> Iterator[str]:
    """Who was handed a meal has a slip that is right, and nobody else has any."""
    there: dict[int, int] = {COOK: 0, PACKER: 0}
    seen: set[bytes] = set()
    for page in pages:
        visit, result = page.experience.visit, page.experience.result
        granted = result is not None and result.outcome is Outcome.GRANT
        handed_over = visit.kind.place is Place.RESTAURANT and visit.kind.role == COURIER and granted
        slip = None if result is None else result.slip
        if handed_over is not (slip is not None):
            yield f"visitor {visit.number} {'has no' if handed_over else 'was shown a'} meal safety slip"
        if slip is not None:
            wrong = list(_wrong(slip, page, device_id, key, there, seen))
            yield from (f"the slip of visitor {visit.number} {each}" for each in wrong)
        if granted and visit.kind.place is Place.RESTAURANT and visit.kind.role in there:
            there[visit.kind.role] += 1


def _wrong(
    text: str, page: Page, device_id: str, key: Ed25519PublicKey, there: dict[int, int], seen: set[bytes]
) -> Iterator[str]:
    protected, unprotected, payload, signature = cbor2.loads(
        base45.b45decode(unquote(text.partition("#")[2]).removeprefix("MS1:"))
    ).value
    try:
        key.verify(signature, cbor2.dumps(["Signature1", protected, b"", payload]))
    except InvalidSignature:
        yield "is not signed by the kiosk"
    kid = hashlib.sha256(key.public_bytes_raw()).digest()[:4]
    if unprotected or cbor2.loads(protected) != {1: -8, 4: kid}:
        yield "has another header than EdDSA and the kiosk's kid"
    claims: dict[int, Any] = cbor2.loads(payload)
    if claims[ISS] != device_id:
        yield f"names the kiosk {claims[ISS]!r}"
    if claims[CTI] in seen:
        yield "has the id of another slip"
    seen.add(claims[CTI])
    if claims[ORDER] != _digest(claims[CTI], page.experience.visit):
        yield "is not that of the order"
    if abs((datetime.fromtimestamp(claims[IAT], UTC) - page.began).total_seconds()) > CLOCK_SLACK_S:
        yield f"is dated {claims[IAT]}, and the visit began at {page.began.timestamp():.0f}"
    counts = {ROLES[role]: count for role, count, _ in claims[PEOPLE]}
    if counts != {**{role: count for role, count in there.items() if count}, COURIER: 1}:
        yield f"counts {counts}, and there were {there} and the courier"
    if not all(within == 1 for *_, measured in claims[PEOPLE] for *_, within in measured):
        yield "lists somebody who is not within the limit"
    courier = next(measured for role, _, measured in claims[PEOPLE] if ROLES[role] == COURIER)
    if [each[1] for each in courier] != [_tenths(page.experience)]:
        yield "has another temperature than the courier was shown"


def _digest(slip_id: bytes, visit: Visit) -> bytes:
    number = hashlib.sha256(visit.order_number.encode()).digest()
    return hashlib.sha256(b"MS1" + slip_id + number).digest()


def _tenths(experience: Experience) -> int | None:
    """Of a degree, of the face's skin, as the screen has rounded it."""
    result = experience.result
    if result is None or result.face_skin_celsius is None:
        return None
    return int(f"{result.face_skin_celsius:.1f}".replace(".", ""))
