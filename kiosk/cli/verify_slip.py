"""A meal safety slip at `kiosk verify`: a line whose payload is a slip's text or the link to it.

    {"payload": "MS1:…", "devices": {"counter-1": "<public key, base64>"}, "order": "…", "at": "…"}

`devices` gives the log keys of kiosks, as `kiosk doctor` shows them and the
hub registers them; where the line has none, those of the file named with
`--devices`. With an `order` the slip must be that order's; with `at` it must
not be dated later. A slip that is genuine is answered with what it says.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.cli.verify_input import InputError, read_instant
from kiosk.credentials.credential import Refusal
from kiosk.credentials.slip import (
    FORMAT,
    MAX_ORDER_BYTES,
    PREFIX,
    Slip,
    kid_of,
    open_slip,
    people_of,
    text_of,
)
from kiosk.trust.strict_json import JsonError, loads

VALID, OTHER_ORDER = "slip.valid", "slip.other_order"
MAX_DEVICES = 10_000
MAX_FILE_BYTES = 1_048_576
MAX_SHOWN = 4096

Keys = Mapping[str, Ed25519PublicKey]


def is_slip(payload: object) -> bool:
    """Whether it is a slip's text, or the link to it that a kiosk shows."""
    return isinstance(payload, str) and text_of(payload[:MAX_SHOWN]).startswith(PREFIX.decode())


def read_devices_file(path: Path) -> Keys:
    """The keys in a JSON file. Raises InputError."""
    try:
        with path.open("rb") as file:
            fields = loads(file.read(MAX_FILE_BYTES + 1), max_characters=MAX_FILE_BYTES)
    except OSError as error:
        raise InputError("input.devices", f"{path}: cannot be read: {error.strerror}") from error
    except JsonError as error:
        raise InputError("input.devices", f"{path}: {error}") from error
    return read_devices(fields)


def read_devices(value: object) -> Keys:
    """Kiosks and their keys. Raises InputError."""
    if not isinstance(value, Mapping) or len(value) > MAX_DEVICES:
        raise InputError("input.devices", f"devices is an object of at most {MAX_DEVICES} names and keys")
    return {name: _key(name, text) for name, text in value.items()}


def answer_slip(fields: Mapping[str, object], known: Keys) -> dict[str, object]:
    """The answer to a line with a slip; `known` counts where the line names no devices. Raises InputError."""
    devices = read_devices(fields["devices"]) if "devices" in fields else known
    order = fields.get("order")
    if order is not None and (not isinstance(order, str) or len(order.encode()) > MAX_ORDER_BYTES):
        raise InputError("input.order", f"order is a text of at most {MAX_ORDER_BYTES} bytes")
    at = read_instant(fields["at"]).utc if "at" in fields else None
    text = text_of(str(fields["payload"])[:MAX_SHOWN])
    result = open_slip(text.encode(errors="replace"), devices.get, at)
    if isinstance(result, Refusal):
        detail = {"detail": result.detail} if result.detail else {}
        return {**_answer("refuse", result.reason.value, result.kid), **detail}
    is_other = order is not None and not result.is_of(order)
    kid = kid_of(devices[result.device_id])
    answer = _answer("refuse", OTHER_ORDER, kid) if is_other else _answer("accept", VALID, kid)
    return {**answer, "slip": said(result)}


def said(slip: Slip) -> dict[str, object]:
    """What a slip says, for programs."""
    return {
        "device": slip.device_id,
        "place": slip.place,
        "issued_at": slip.issued_at.isoformat(),
        "passage": slip.passage,
        "people": people_of(slip),
    }


def _answer(outcome: str, reason: str, kid: bytes | None) -> dict[str, object]:
    shown = None if kid is None else kid.hex()
    return {"outcome": outcome, "reason": reason, "format": FORMAT, "kid": shown}


def _key(name: object, text: object) -> Ed25519PublicKey:
    try:
        raw = base64.b64decode(text if isinstance(text, str) else "?", validate=True)
        return Ed25519PublicKey.from_public_bytes(raw)
    except (binascii.Error, ValueError) as error:
        sentence = f"the key of {str(name)[:64]!r} is not an Ed25519 key: 32 bytes in base64"
        raise InputError("input.devices", sentence) from error
