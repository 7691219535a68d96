from __future__ import annotations

import pytest

from kiosk.credentials.revocation import Revocations, Status, bitmap_of, hash_of

KID = b"kid1"


def test_a_bitmap_names_exactly_the_revoked_ones() -> None:
    revoked = {0, 7, 8, 63}
    lists = Revocations({KID: bitmap_of(revoked, 64)})
    assert {index for index in range(64) if lists.status(KID, index) is Status.REVOKED} == revoked
    assert lists.status(KID, 1) is Status.VALID


def test_an_index_beyond_the_list_or_of_an_issuer_without_one_is_unknown() -> None:
    lists = Revocations({KID: bitmap_of((), 64)})
    assert lists.status(KID, 64) is Status.UNKNOWN
    assert lists.status(KID, -1) is Status.UNKNOWN
    assert lists.status(b"kid2", 0) is Status.UNKNOWN


def test_a_hash_list_names_an_identity_and_no_other() -> None:
    lists = Revocations(hashes=frozenset({hash_of(b"URN:UVCI:01:AT:1")}))
    assert lists.names_any([b"other", b"URN:UVCI:01:AT:1"])
    assert not lists.names_any([b"URN:UVCI:01:AT:2"])


def test_no_bitmap_is_made_for_an_index_outside_of_it() -> None:
    with pytest.raises(ValueError, match="outside"):
        bitmap_of({64}, 64)
