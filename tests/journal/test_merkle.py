from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.journal.merkle import Frontier, MerkleError, leaf_hash, node_hash, root

# The leaves and roots with which the reference implementation of RFC 6962 is tested.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def recursive_root(hashes: list[bytes]) -> bytes:
    """The definition of RFC 6962, section 2.1, word for word."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return node_hash(recursive_root(hashes[:split]), recursive_root(hashes[split:]))


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_the_reference_implementation(size: int) -> None:
    assert root([leaf_hash(leaf) for leaf in LEAVES[:size]]).hex() == ROOTS[size]


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.integers(0, 130), st.integers(0, 130))
def test_a_frontier_that_was_stored_and_read_back_grows_to_the_root_of_the_definition(
    first: int, more: int
) -> None:
    hashes = [leaf_hash(bytes([i])) for i in range(first)]
    later = [leaf_hash(b"later" + bytes([i])) for i in range(more)]
    frontier = Frontier.decode(Frontier(hashes).encode())
    for each in later:
        frontier.append(each)
    assert frontier.size == first + more
    assert frontier.root() == recursive_root(hashes + later)


def test_a_copy_grows_without_its_original() -> None:
    original = Frontier([leaf_hash(b"a")])
    before = original.root()
    original.copy().append(leaf_hash(b"b"))
    assert (original.size, original.root()) == (1, before)


@pytest.mark.parametrize("encoded", [b"", b"\x00" * 7, b"\x00" * 7 + b"\x03" + b"x" * 32, b"\x00" * 8 + b"x"])
def test_a_damaged_frontier_is_refused(encoded: bytes) -> None:
    with pytest.raises(MerkleError):
        Frontier.decode(encoded)


def test_a_hash_of_another_length_is_refused() -> None:
    with pytest.raises(MerkleError):
        Frontier([b"short"])
