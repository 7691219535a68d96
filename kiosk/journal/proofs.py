"""Proofs over the log: RFC 9162, section 2.1 (the same trees as RFC 6962).

An inclusion proof shows that one entry stands at its number in a log of a
given size and root; a consistency proof that a log of one size is the
beginning of a larger one. Whoever checks them needs no other entry.

The makers are given `range_hash(start, end)`, the hash over a run of leaves;
they ask only for runs that are subtrees of the tree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kiosk.journal.merkle import MerkleError, node_hash

RangeHash = Callable[[int, int], bytes]


def largest_power_below(count: int) -> int:
    """The largest power of two smaller than `count` (at least 2): where RFC 9162 splits a tree."""
    return 1 << (count - 1).bit_length() - 1


def inclusion_proof(seq: int, size: int, range_hash: RangeHash) -> list[bytes]:
    """PATH(seq, D[size]) of section 2.1.3.1, from the leaf up. Raises MerkleError."""
    if not 0 <= seq < size:
        raise MerkleError(f"entry {seq} is not among {size} entries")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + largest_power_below(end - start)
        if seq < middle:
            path.append(range_hash(middle, end))
            end = middle
        else:
            path.append(range_hash(start, middle))
            start = middle
    return path[::-1]


def consistency_proof(first: int, second: int, range_hash: RangeHash) -> list[bytes]:
    """PROOF(first, D[second]) of section 2.1.4.1. Raises MerkleError."""
    if not 0 < first <= second:
        raise MerkleError(f"a log of {first} entries is not the beginning of one of {second}")
    path: list[bytes] = []
    start, end, is_known = 0, second, True
    while first != end:
        middle = start + largest_power_below(end - start)
        if first <= middle:
            path.append(range_hash(middle, end))
            end = middle
        else:
            path.append(range_hash(start, middle))
            start, is_known = middle, False
    if not is_known:
        path.append(range_hash(start, end))
    return path[::-1]


def is_included(seq: int, size: int, leaf_hash: bytes, path: Sequence[bytes], root: bytes) -> bool:
    """Section 2.1.3.2: whether the leaf stands at `seq` in the log of this size and root."""
    if not 0 <= seq < size:
        return False
    node, last, computed = seq, size - 1, leaf_hash
    for sibling in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            computed = node_hash(sibling, computed)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and computed == root


def is_consistent(
    first: int, second: int, first_root: bytes, second_root: bytes, path: Sequence[bytes]
) -> bool:
    """Section 2.1.4.2: whether the log of `first` entries is the beginning of that of `second`."""
    if not 0 < first <= second:
        return False
    if first == second:
        return not path and first_root == second_root
    hashes = list(path) if first & (first - 1) else [first_root, *path]
    if not hashes:
        return False
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = hashes[0]
    for each in hashes[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old, new = node_hash(each, old), node_hash(each, new)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, each)
        node, last = node >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root
