"""What issuers have taken back: a status bitmap for each key, and a list of hashes for HC1.

A bitmap is exact, no filter that errs: bit `index % 8` (the lowest first) of
byte `index // 8` is 1 where the pass with that index is revoked, in the manner
of the IETF's Token Status List (draft-ietf-oauth-status-list, 4.1). An index
beyond the end of its issuer's bitmap, or of an issuer without one, is unknown,
and what is unknown admits nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from hashlib import sha256

HASH_BYTES = 16


class Status(Enum):
    VALID = "valid"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Revocations:
    """`bitmaps` by kid; `hashes` are the first 16 bytes of SHA-256 over what identifies a certificate."""

    bitmaps: Mapping[bytes, bytes] = field(default_factory=dict)
    hashes: frozenset[bytes] = frozenset()

    def status(self, kid: bytes, index: int) -> Status:
        bitmap = self.bitmaps.get(kid, b"")
        if not 0 <= index < 8 * len(bitmap):
            return Status.UNKNOWN
        return Status.REVOKED if bitmap[index // 8] >> (index % 8) & 1 else Status.VALID

    def names_any(self, identities: Iterable[bytes]) -> bool:
        """Whether one of them is on the list."""
        return any(hash_of(identity) in self.hashes for identity in identities)


def hash_of(identity: bytes) -> bytes:
    """How the list names `identity`."""
    return sha256(identity).digest()[:HASH_BYTES]


def bitmap_of(revoked: Iterable[int], capacity: int) -> bytes:
    """The bitmap for passes 0 to `capacity` - 1. Raises ValueError for an index outside of them."""
    bits = bytearray((capacity + 7) // 8)
    for index in revoked:
        if not 0 <= index < capacity:
            raise ValueError(f"index {index} lies outside of a list of {capacity}")
        bits[index // 8] |= 1 << index % 8
    return bytes(bits)
