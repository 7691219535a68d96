"""The hash chain of a rotating HP1 pass (in the manner of RFC 2289 and TESLA, RFC 4082).

    H(i, x)  = SHA-256("HP1" || cti || uint16(i) || x)[:16]      uint16 big-endian
    x[count] = 16 secret bytes that only the holder's phone (and the issuer) has
    x[i-1]   = H(i, x[i])                                        i = count … 1
    x[0]     = the anchor, which the issuer signs

In slot s (1 … count) the phone shows x[s]. Whoever checks hashes it s times,
with i = s, s-1, … 1, and must arrive at the anchor. What has been shown
gives away the past slots and never a coming one. x[0] is public, so slot 0 is
refused. Slot s lasts from (first_slot + s - 1) * 30 s of Unix time, for 30 s.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

SLOT_S = 30
MAX_COUNT = 2880
"""Slots of a day: the most that a check ever hashes."""
TOLERANCE_SLOTS = 2
VALUE_BYTES = 16
# Made once, for a loop of up to 2880 turns: a twentieth less for each of the two.
_FIRST_BYTES = slice(VALUE_BYTES)
_NUMBERS = tuple(i.to_bytes(2, "big") for i in range(MAX_COUNT + 1))


@dataclass(frozen=True, slots=True)
class Rotation:
    """The signed claim: the anchor x[0], the Unix time of slot 1 in units of 30 s, and how many slots."""

    anchor: bytes
    first_slot: int
    count: int

    def slot_at(self, utc: datetime) -> int:
        """The slot of that moment; below 1 before the first, above `count` after the last."""
        return int(utc.timestamp() // SLOT_S) - self.first_slot + 1

    def is_current(self, slot: int, utc: datetime) -> bool:
        """Whether `slot` is within two slots of the moment's own."""
        return abs(slot - self.slot_at(utc)) <= TOLERANCE_SLOTS

    def proves(self, cti: bytes, slot: int, reveal: bytes, known: Known | None = None) -> bool:
        """Whether `reveal` is x[slot]: hashed `slot` times it gives the anchor.

        `known` is a value of the same chain that has been proven: then only the slots between are hashed.
        """
        if not 1 <= slot <= self.count:
            return False
        start = (
            known if known is not None and known.chain == (cti, self) else Known((cti, self), 0, self.anchor)
        )
        if slot >= start.slot:
            return hmac.compare_digest(walk_down(cti, reveal, slot, start.slot), start.value)
        return hmac.compare_digest(walk_down(cti, start.value, start.slot, slot), reveal)


@dataclass(frozen=True, slots=True)
class Known:
    """A value that has been proven to be x[slot] of the chain of a holder's pass."""

    chain: tuple[bytes, Rotation]
    slot: int
    value: bytes


class Reveals:
    """The last proven value of the chains that were seen lately, by holder; bounded."""

    def __init__(self, most: int = 4096) -> None:
        self._most = most
        self._known: OrderedDict[bytes, Known] = OrderedDict()

    def of(self, cti: bytes) -> Known | None:
        return self._known.get(cti)

    def keep(self, known: Known) -> None:
        cti = known.chain[0]
        self._known[cti] = known
        self._known.move_to_end(cti)
        if len(self._known) > self._most:
            self._known.popitem(last=False)


def walk_down(cti: bytes, value: bytes, start: int, end: int) -> bytes:
    """x[end] from x[start]: one hash for each slot between them. Raises ValueError where start < end, or for
    slots that no chain has.
    """
    if not 0 <= end <= start <= MAX_COUNT:
        raise ValueError(f"no chain leads from slot {start} to {end}")
    begin = hashlib.sha256(b"HP1" + cti).copy  # measured: a fifth less for a day than a new one each time
    for number in _NUMBERS[start:end:-1]:
        link = begin()
        link.update(number + value)
        value = link.digest()[_FIRST_BYTES]
    return value
