"""A kiosk with a fixed key, and the slips that it writes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.credentials.slip import (
    MAX_ISSUER_CHARACTERS,
    MAX_MEASURED,
    MAX_PEOPLE,
    MAX_PLACE_BYTES,
    Crew,
    Label,
    Measured,
    Role,
    Slip,
    kid_of,
    order_digest,
    order_key,
    write_slip,
)

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
DEVICE = "counter-1"
ORDER = "MT-20261128-0042"
HANDED_OVER = datetime(2026, 11, 28, 4, 30, 12, tzinfo=UTC)
SLIP_ID = b"slip-id."


def measured(tenths: int, hours_before: float = 0.0, label: Label = Label.ORAL_ESTIMATE) -> Measured:
    return Measured(label, tenths, 9, HANDED_OVER - timedelta(hours=hours_before), True)


def clinical(tenths: int, hours_before: float = 0.0) -> Measured:
    return Measured(Label.CLINICAL, tenths, None, HANDED_OVER - timedelta(hours=hours_before), True)


SLIP = Slip(
    device_id=DEVICE,
    issued_at=HANDED_OVER,
    slip_id=SLIP_ID,
    place="Noodles, West Lake Road",
    passage=1042,
    order=order_digest(SLIP_ID, order_key(ORDER.encode())),
    people=(
        Crew(Role.COOK, 2, (measured(365, 4.5), measured(368, 4.4))),
        Crew(Role.PACKER, 1, (measured(367, 4.25),)),
        Crew(Role.COURIER, 1, (measured(366),)),
    ),
)

LARGEST = replace(
    SLIP,
    device_id="k" * MAX_ISSUER_CHARACTERS,
    place="店" * (MAX_PLACE_BYTES // 3) + "x",
    passage=2**53,
    people=(
        Crew(Role.COOK, MAX_PEOPLE, (measured(365, 47.9),) * (MAX_MEASURED - 5)),
        Crew(Role.PACKER, MAX_PEOPLE, (replace(measured(-400, 47.9), u_tenths=999),) * 4),
        Crew(Role.COURIER, 1, (measured(3000, 47.9),)),
    ),
)


def written(slip: Slip = SLIP, key: Ed25519PrivateKey = KEY) -> str:
    return write_slip(slip, kid_of(key.public_key()), key.sign)


def key_of(device_id: str) -> Ed25519PublicKey | None:
    return KEY.public_key() if device_id in (DEVICE, LARGEST.device_id) else None
