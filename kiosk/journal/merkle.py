"""The Merkle tree of the log: RFC 6962, section 2.1, with SHA-256.

A leaf is hashed with a 0x00 before it and an inner node with a 0x01, so that
neither can stand for the other. The tree of n leaves splits at the largest
power of two below n. Going from left to right it is therefore a row of
perfect subtrees, one for each bit of n, largest first: the frontier. It holds
at most 64 hashes, and an append merges as many of them as n ends in one bits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

HASH_BYTES = 32
_SIZE_BYTES = 8


class MerkleError(ValueError):
    """A hash or an encoded frontier is not of the right shape."""


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256(0x00 || leaf): 32 bytes."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right): 32 bytes."""
    return sha256(b"\x01" + left + right).digest()


def subtree_ends(size: int) -> list[int]:
    """The index of the last leaf of each of the frontier's subtrees, largest first."""
    ends: list[int] = []
    covered = 0
    for bit in reversed(range(size.bit_length())):
        if size >> bit & 1:
            covered += 1 << bit
            ends.append(covered - 1)
    return ends


def root(leaf_hashes: Sequence[bytes]) -> bytes:
    """MTH of the leaves whose hashes these are, in order; SHA-256 of nothing for an empty tree."""
    return Frontier(leaf_hashes).root()


class Frontier:
    """The perfect subtrees at the growing edge: all that an append or a root needs of the leaves before."""

    def __init__(self, leaf_hashes: Iterable[bytes] = ()) -> None:
        self._size = 0
        self._subtrees: list[bytes] = []
        for each in leaf_hashes:
            self.append(each)

    @property
    def size(self) -> int:
        """How many leaves the tree has."""
        return self._size

    def append(self, leaf_hash: bytes) -> bytes:
        """Add one leaf by its hash, and give the root of the largest perfect subtree that ends with it.

        Raises MerkleError when the hash is not 32 bytes.
        """
        if len(leaf_hash) != HASH_BYTES:
            raise MerkleError(f"a leaf hash of {len(leaf_hash)} bytes; it has {HASH_BYTES}")
        merged = leaf_hash
        full = self._size
        while full & 1:
            merged = node_hash(self._subtrees.pop(), merged)
            full >>= 1
        self._subtrees.append(merged)
        self._size += 1
        return merged

    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self._subtrees:
            return sha256(b"").digest()
        result = self._subtrees[-1]
        for left in reversed(self._subtrees[:-1]):
            result = node_hash(left, result)
        return result

    def copy(self) -> Frontier:
        """Another frontier of the same leaves, that grows on its own."""
        other = Frontier()
        other._size = self._size
        other._subtrees = list(self._subtrees)
        return other

    def encode(self) -> bytes:
        """Size as 8 bytes, big-endian, then the subtrees' hashes, largest first."""
        return self._size.to_bytes(_SIZE_BYTES, "big") + b"".join(self._subtrees)

    @classmethod
    def of(cls, size: int, subtrees: Sequence[bytes]) -> Frontier:
        """The frontier of `size` leaves from its subtrees' roots, largest first. Raises MerkleError."""
        return cls.decode(size.to_bytes(_SIZE_BYTES, "big") + b"".join(subtrees))

    @classmethod
    def decode(cls, encoded: bytes) -> Frontier:
        """The inverse of `encode`. Raises MerkleError when the length does not fit the size."""
        if len(encoded) < _SIZE_BYTES:
            raise MerkleError(f"a frontier of {len(encoded)} bytes is too short")
        size = int.from_bytes(encoded[:_SIZE_BYTES], "big")
        hashes = encoded[_SIZE_BYTES:]
        if len(hashes) != size.bit_count() * HASH_BYTES:
            raise MerkleError(
                f"a frontier of {size} leaves has {size.bit_count()} hashes of {HASH_BYTES} bytes"
            )
        frontier = cls()
        frontier._size = size
        frontier._subtrees = [hashes[i : i + HASH_BYTES] for i in range(0, len(hashes), HASH_BYTES)]
        return frontier
