"""Against RFC 6962/9162 written down naively from their definitions, over every size up to 40."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.journal.merkle import MerkleError, leaf_hash, root
from kiosk.journal.proofs import consistency_proof, inclusion_proof, is_consistent, is_included
from kiosk.journal.store import Journal
from tests.journal.conftest import draft

LEAVES = [leaf_hash(bytes([n])) for n in range(40)]


def mth(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, over leaves that are hashed already."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def hash_of(start: int, end: int) -> bytes:
    return mth(LEAVES[start:end])


def test_every_entry_of_every_log_is_proven_and_no_other_number_or_leaf() -> None:
    for size in range(1, 34):
        whole = mth(LEAVES[:size])
        for seq in range(size):
            path = inclusion_proof(seq, size, hash_of)
            assert is_included(seq, size, LEAVES[seq], path, whole)
            assert not is_included(seq, size, LEAVES[(seq + 1) % size], path, whole) or size == 1
            for other in {0, size - 1, seq + 1} - {seq}:
                assert not is_included(other, size, LEAVES[seq], path, whole)


def test_every_log_is_proven_to_be_the_beginning_of_every_larger_one() -> None:
    for second in range(1, 34):
        for first in range(1, second + 1):
            path = consistency_proof(first, second, hash_of)
            old, new = mth(LEAVES[:first]), mth(LEAVES[:second])
            assert is_consistent(first, second, old, new, path)
            assert not is_consistent(first, second, old, mth(LEAVES[1 : second + 1]), path)
            assert not is_consistent(first, second, mth(LEAVES[1 : first + 1]), new, path)


@given(st.integers(1, 33), st.data())
def test_a_proof_with_a_hash_changed_dropped_or_added_proves_nothing(size: int, data: st.DataObject) -> None:
    seq = data.draw(st.integers(0, size - 1))
    path = inclusion_proof(seq, size, hash_of)
    place = data.draw(st.integers(0, len(path)))
    for forged in ([*path[:place], bytes(32), *path[place:]], path[:place] + path[place + 1 :]):
        if forged != path:
            assert not is_included(seq, size, LEAVES[seq], forged, mth(LEAVES[:size]))


def test_examples_of_rfc_6962_section_2_1_3() -> None:
    """The tree of seven leaves: PATH(0), PATH(3), PATH(4), PATH(6); PROOF(3), PROOF(4), PROOF(6)."""
    a, b, c, d, e, f, j = LEAVES[:7]
    g, h, i = mth([a, b]), mth([c, d]), mth([e, f])
    k, l_ = mth([a, b, c, d]), mth([e, f, j])
    assert inclusion_proof(0, 7, hash_of) == [b, h, l_]
    assert inclusion_proof(3, 7, hash_of) == [c, g, l_]
    assert inclusion_proof(4, 7, hash_of) == [f, j, k]
    assert inclusion_proof(6, 7, hash_of) == [i, k]
    assert consistency_proof(3, 7, hash_of) == [c, d, g, l_]
    assert consistency_proof(4, 7, hash_of) == [l_]
    assert consistency_proof(6, 7, hash_of) == [i, j, k]


@pytest.mark.parametrize(("seq", "size"), [(-1, 5), (5, 5), (0, 0)])
def test_what_is_not_in_the_log_has_no_proof(seq: int, size: int) -> None:
    with pytest.raises(MerkleError):
        inclusion_proof(seq, size, hash_of)
    assert not is_included(seq, size, LEAVES[0], [], LEAVES[0])


@pytest.mark.parametrize(("first", "second"), [(0, 5), (6, 5), (-1, 5)])
def test_what_is_no_beginning_has_no_proof(first: int, second: int) -> None:
    with pytest.raises(MerkleError):
        consistency_proof(first, second, hash_of)
    assert not is_consistent(first, second, LEAVES[0], LEAVES[0], [])


def test_a_journal_proves_each_of_its_entries_at_each_of_its_sizes(path: Path) -> None:
    with Journal(path, "kiosk-7") as journal:
        journal.append_many([draft(n) for n in range(21)])
        leaves = [entry.leaf_hash for entry in journal.stored(0, 21)]
        for size in range(1, 22):
            whole = root(leaves[:size])
            for seq in range(size):
                assert is_included(seq, size, leaves[seq], journal.inclusion_proof(seq, size), whole)
            for first in range(1, size + 1):
                path_ = journal.consistency_proof(first, size)
                assert is_consistent(first, size, root(leaves[:first]), whole, path_)
