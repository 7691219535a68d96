"""What has been proven of a chain shortens the next proof, and never changes its outcome."""

from __future__ import annotations

import hashlib
import random
import struct

import pytest

from kiosk.credentials.credential import Credential, Refusal
from kiosk.credentials.rotation import MAX_COUNT, Known, Reveals, Rotation, walk_down
from kiosk.credentials.verifier import verify
from tests.credentials.issuers import BUNDLE, EDDSA, at, green

CTI = b"somebody"
COUNT = 40
SECRET = bytes(range(16))
ROTATION = Rotation(walk_down(CTI, SECRET, COUNT, 0), 1000, COUNT)


def value(slot: int) -> bytes:
    return walk_down(CTI, SECRET, COUNT, slot)


@pytest.mark.parametrize("known_slot", [1, 7, 20, COUNT])
def test_with_or_without_what_is_known_the_same_values_are_proven(known_slot: int) -> None:
    known = Known((CTI, ROTATION), known_slot, value(known_slot))
    rng = random.Random(known_slot)
    for slot in range(-1, COUNT + 2):
        for reveal in (value(max(min(slot, COUNT), 0)), rng.randbytes(16), value(known_slot)):
            assert ROTATION.proves(CTI, slot, reveal, known) is ROTATION.proves(CTI, slot, reveal)


def test_what_is_known_of_another_chain_or_holder_proves_nothing_here() -> None:
    other = Rotation(walk_down(CTI, bytes(16), COUNT, 0), 1000, COUNT)
    for chain in ((CTI, other), (b"another!", ROTATION)):
        known = Known(chain, 5, bytes(16))
        assert ROTATION.proves(CTI, 9, value(9), known)
        assert not ROTATION.proves(CTI, 5, bytes(16), known)


def test_the_slots_of_a_day_are_verified_in_any_order_with_one_memory() -> None:
    shown, reveals = green(EDDSA), Reveals()
    slots = list(range(1, 2881, 97))
    random.Random(1).shuffle(slots)
    for slot in slots:
        moment = at(30.0 * (slot - 1))
        payload = shown.code_at(moment.utc).encode()
        assert isinstance(verify(payload, BUNDLE, moment, reveals), Credential)
        stale = verify(payload, BUNDLE, at(30.0 * (slot + 5)), reveals)
        assert stale == verify(payload, BUNDLE, at(30.0 * (slot + 5)))
        assert isinstance(stale, Refusal)


@pytest.mark.parametrize(("start", "end"), [(1, 2), (0, -1), (MAX_COUNT + 1, 0), (-1, -2)])
def test_no_value_is_made_up_for_slots_that_no_chain_has(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="no chain leads"):
        walk_down(CTI, SECRET, start, end)


def test_the_chain_is_the_one_that_the_format_describes() -> None:
    expected = SECRET
    for i in range(MAX_COUNT, 0, -1):
        expected = hashlib.sha256(b"HP1" + CTI + struct.pack(">H", i) + expected).digest()[:16]
    assert walk_down(CTI, SECRET, MAX_COUNT, 0) == expected
    assert walk_down(CTI, SECRET, 5, 5) == SECRET


def test_the_memory_keeps_the_latest_holders_and_no_more_than_it_may() -> None:
    reveals = Reveals(most=3)
    for number in range(5):
        reveals.keep(Known((bytes([number]) * 8, ROTATION), 1, b""))
    reveals.keep(Known((bytes([3]) * 8, ROTATION), 2, b""))
    assert [reveals.of(bytes([number]) * 8) is not None for number in range(5)] == [
        False,
        False,
        True,
        True,
        True,
    ]
    kept = reveals.of(bytes([3]) * 8)
    assert kept is not None
    assert kept.slot == 2
