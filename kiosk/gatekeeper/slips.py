"""Meal safety slips signed with the kiosk's log key, which its hub knows by registration.

A slip's id is drawn again until its text has no space at an end and no two in
a row: base45 has a space, and what is copied from a screen or a page often
loses such ones.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.core.counter import HandOver
from kiosk.credentials.slip import (
    CTI_BYTES,
    MAX_PLACE_BYTES,
    Slip,
    Written,
    kid_of,
    order_digest,
    write_slip,
)

MOST_DRAWN = 100


class SlipWriter:
    """Writes the slips of one kiosk at one place."""

    def __init__(
        self,
        device_id: str,
        place: str,
        key: Ed25519PrivateKey,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._device_id = device_id
        self._place = fit_place(place)
        self._key = key
        self._kid = kid_of(key.public_key())
        self._random_bytes = random_bytes

    def __call__(self, hand_over: HandOver) -> Written:
        written = self._write(hand_over)
        for _ in range(MOST_DRAWN):
            if is_copied_whole(written.text):
                break
            written = self._write(hand_over)
        return written

    def _write(self, hand_over: HandOver) -> Written:
        slip_id = self._random_bytes(CTI_BYTES)
        slip = Slip(
            device_id=self._device_id,
            issued_at=hand_over.at,
            slip_id=slip_id,
            place=self._place,
            passage=hand_over.passage,
            order=order_digest(slip_id, hand_over.order),
            people=hand_over.people,
        )
        return Written(slip, write_slip(slip, self._kid, self._key.sign))


def is_copied_whole(text: str) -> bool:
    """Whether a text is the same after its white space was trimmed and collapsed."""
    return text == " ".join(text.split())


def fit_place(name: str) -> str:
    """A site's name as a slip takes it: printable, and cut where it is too long."""
    printable = "".join(each for each in name if each.isprintable())
    cut = printable.encode(errors="ignore")[:MAX_PLACE_BYTES].decode(errors="ignore")
    return cut.strip()
