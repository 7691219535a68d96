from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from kiosk.credentials.bundle import TrustBundle
from kiosk.credentials.policy import Policy
from kiosk.credentials.revocation import HASH_BYTES, Revocations, Status, bitmap_of
from kiosk.terms import Strictness
from kiosk.trust.content import SHARD_BYTES, SHARD_INDICES, bundle_of, files_of, is_known
from kiosk.trust.errors import TrustError
from kiosk.trust.jwk import jwk_from_issuer_key
from tests.trust.repositories import CITY, NOON, STAFF

CITY_JWK = jwk_from_issuer_key(CITY)


def read(files: dict[str, bytes]) -> TrustBundle:
    return bundle_of(files, 3, issued_at=NOON, fresh_until=NOON)


def keys_json(*jwks: object, **members: Any) -> dict[str, bytes]:
    return {"keys.json": json.dumps({"keys": list(jwks), **members}).encode()}


def test_files_give_back_the_keys_and_what_they_may_assert() -> None:
    bundle = read(files_of([CITY, STAFF], Revocations()))
    assert (bundle.version, bundle.issued_at, bundle.fresh_until) == (3, NOON, NOON)
    assert bundle.keys == {b"city": CITY, b"stff": STAFF}
    assert (bundle.policy, bundle.tracing_key) == (Policy(), None)


def test_files_give_back_policy_and_tracing_key() -> None:
    bundle = read(files_of([CITY], Revocations(), policy={"paper": "hard"}, tracing_key=b"t" * 32))
    assert bundle.policy.general.paper is Strictness.HARD
    assert bundle.tracing_key == b"t" * 32


def test_files_give_back_every_status_over_the_borders_of_shards() -> None:
    revoked = {0, SHARD_INDICES - 1, SHARD_INDICES}
    files = files_of([CITY], Revocations({b"city": bitmap_of(revoked, 2 * SHARD_INDICES)}))
    revocations = read(files).revocations
    assert revocations is not None
    indices = (0, 1, SHARD_INDICES - 1, SHARD_INDICES, SHARD_INDICES + 1)
    assert [index for index in indices if revocations.status(b"city", index) is Status.REVOKED] == [
        0,
        SHARD_INDICES - 1,
        SHARD_INDICES,
    ]
    assert revocations.status(b"city", 2 * SHARD_INDICES) is Status.UNKNOWN


def test_one_pass_that_is_taken_back_changes_one_file() -> None:
    before, after = (
        files_of([CITY], Revocations({b"city": bitmap_of(revoked, 8 * SHARD_INDICES)}))
        for revoked in ({1}, {1, 3 * SHARD_INDICES + 5})
    )
    changed = [path for path in after if after[path] != before[path]]
    assert changed == ["revocations/63697479/003.bits"]
    assert len(after[changed[0]]) == SHARD_BYTES


def test_files_give_back_hashes_by_their_first_digit() -> None:
    hashes = frozenset({b"\x01" * HASH_BYTES, b"\x0f" * HASH_BYTES, b"\xf0" * HASH_BYTES})
    files = files_of([CITY], Revocations({}, hashes))
    assert [path for path in sorted(files) if "hashes" in path] == [
        "revocations/hashes/0.bin",
        "revocations/hashes/f.bin",
    ]
    revocations = read(files).revocations
    assert revocations is not None
    assert revocations.hashes == hashes


def test_a_target_of_another_name_is_passed_over() -> None:
    names = ("other.json", "revocations/CITY/000.bits", "revocations/63697479/0.bits", "../keys.json", "")
    assert not any(is_known(name) for name in names)
    assert read(files_of([CITY], Revocations()) | dict.fromkeys(names, b"?")).keys == {b"city": CITY}


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"keys.json": b""},
        {"keys.json": b"[]"},
        {"keys.json": b"\xff"},
        {"keys.json": b"{" * 9999},
        {"keys.json": b'{"keys":[],"keys":[]}'},
        {"keys.json": b'{"keys":{}}'},
        keys_json("x"),
        keys_json(CITY_JWK, CITY_JWK),
        keys_json(*[CITY_JWK] * 1001),
        keys_json(CITY_JWK | {"kid": "AAAA"}),
        keys_json(CITY_JWK | {"kid": None}),
        keys_json(CITY_JWK | {"x": "AAAA"}),
        keys_json(CITY_JWK | {"y": CITY_JWK["x"]}),
        keys_json(CITY_JWK | {"areas": "330100"}),
        keys_json(CITY_JWK | {"areas": [1]}),
        keys_json(CITY_JWK | {"roles": [True]}),
        keys_json() | {"policy.json": b"[]"},
        keys_json() | {"policy.json": b'{"papier": "hard"}'},
        keys_json() | {"tracing.json": b"{}"},
        keys_json() | {"tracing.json": json.dumps({"key": "?"}).encode()},
        keys_json() | {"tracing.json": json.dumps({"key": base64.b64encode(b"x").decode()}).encode()},
        keys_json() | {"revocations/63697479/000.bits": b"x"},
        keys_json() | {"revocations/63697479/001.bits": bytes(SHARD_BYTES)},
        keys_json() | {"revocations/hashes/0.bin": b"\x01" * (HASH_BYTES - 1)},
        keys_json() | {"revocations/hashes/1.bin": b"\x01" * HASH_BYTES},
    ],
)
def test_content_of_another_shape_is_refused_by_name(files: dict[str, bytes]) -> None:
    with pytest.raises(TrustError, match=r"keys\.json|policy\.json|tracing\.json|revocations/"):
        read(files)


def test_a_key_of_an_unknown_kind_is_passed_over() -> None:
    files = keys_json(CITY_JWK, {"kty": "oct", "kid": "AAAAAA", "n": "AQAB"})
    assert set(read(files).keys) == {b"city"}
