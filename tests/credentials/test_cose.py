from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256K1, SECP384R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from kiosk.credentials import cbor, cose
from kiosk.credentials.errors import CredentialError
from tests.credentials.issuers import EDDSA, ES256

HEADER = cose.protected_header(cose.Algorithm.ES256, b"ES25")
TAGS = frozenset({cose.SIGN1_TAG, cose.CWT_TAG})


def test_a_message_verifies_under_its_key_and_no_other() -> None:
    for issuer, other in ((EDDSA, ES256), (ES256, EDDSA)):
        message = cose.read(cbor.decode(issuer.sign(b"payload"), tags=frozenset({18})))
        assert message.kid == issuer.kid
        assert cose.verify(message, issuer.private_key.public_key())
        assert not cose.verify(message, other.private_key.public_key())
        assert not cose.verify(message, derive_private_key(7, SECP384R1()).public_key())


@pytest.mark.parametrize(
    "item",
    [
        [HEADER, {}, b"p", bytes(64)],
        cbor2.CBORTag(17, [HEADER, {}, b"p", bytes(64)]),
        cbor2.CBORTag(18, [HEADER, {}, b"p"]),
        cbor2.CBORTag(18, {}),
        cbor2.CBORTag(18, [HEADER, {4: b"ES25"}, b"p", bytes(64)]),
        cbor2.CBORTag(18, [HEADER, [], b"p", bytes(64)]),
        cbor2.CBORTag(18, [{}, {}, b"p", bytes(64)]),
        cbor2.CBORTag(18, [HEADER, {}, "p", bytes(64)]),
        cbor2.CBORTag(18, [HEADER, {}, b"p", [0]]),
        *(
            cbor2.CBORTag(18, [cbor2.dumps(header), {}, b"p", bytes(64)])
            for header in (
                {},
                [1],
                {1: -7},
                {4: b"ES25"},
                {1: -37, 4: b"ES25"},
                {1: "ES256", 4: b"ES25"},
                {1: -7, 4: b"ES256"},
                {1: -7, 4: "ES25"},
                {1: -7, 4: b"ES25", 2: [1]},
            )
        ),
        cbor2.CBORTag(18, [b"", {}, b"p", bytes(64)]),
        cbor2.CBORTag(18, [HEADER + b"\x00", {}, b"p", bytes(64)]),
    ],
    ids=repr,
)
def test_what_is_not_exactly_a_sign1_is_refused(item: object) -> None:
    with pytest.raises(CredentialError):
        cose.read(item)


@pytest.mark.parametrize("signature", [bytes(64), b"\xff" * 64, bytes(63), b""])
def test_degenerate_signatures_do_not_verify(signature: bytes) -> None:
    for issuer, algorithm in ((EDDSA, cose.Algorithm.EDDSA), (ES256, cose.Algorithm.ES256)):
        message = cose.Sign1(algorithm, issuer.kid, HEADER, b"p", signature)
        assert not cose.verify(message, issuer.private_key.public_key())


def test_a_good_signature_with_a_byte_more_does_not_verify() -> None:
    message = cose.read(cbor.decode(ES256.sign(b"payload"), tags=frozenset({18})))
    r, s = message.signature[:32], message.signature[32:]
    for signature in (r + b"\0" + s, r + s + b"\0", b"\0" + r + s):
        assert not cose.verify(message._replace(signature=signature), ES256.private_key.public_key())


def test_a_key_of_another_curve_verifies_nothing_even_with_signatures_as_long() -> None:
    key = derive_private_key(7, SECP256K1())
    r, s = decode_dss_signature(key.sign(cose.sig_structure(HEADER, b"p"), ECDSA(SHA256())))
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    message = cose.Sign1(cose.Algorithm.ES256, ES256.kid, HEADER, b"p", signature)
    assert not cose.verify(message, key.public_key())


def by_way_of_items(data: bytes) -> cose.Sign1:
    return cose.read(cbor.decode(data, tags=frozenset({cose.SIGN1_TAG})))


def by_way_of_items_hc1(data: bytes) -> cose.Sign1:
    return cose.read_hc1(cbor.decode(data, tags=TAGS))


def outcome(read: Callable[[bytes], cose.Sign1], data: bytes) -> cose.Sign1 | None:
    try:
        return read(data)
    except CredentialError:
        return None


def messages() -> Iterator[bytes]:
    """Of the usual shape and of others, with parts on both sides of every length that changes a head."""
    for length in (0, 1, 23, 24, 255, 256, 700):
        for header in (HEADER, b"", cbor.encode({4: b"HC1 kid.", 1: -37}), cbor.encode({1: -7})):
            yield cbor.encode(cose.assemble(header, bytes(length), bytes(64)))
        yield cbor.encode(cose.assemble(HEADER, b"p", bytes(length)))
        yield cbor.encode(cose.assemble(HEADER, bytes(length), bytes(256)))
    yield cbor.encode(cbor2.CBORTag(18, [b"", {1: -7, 4: b"kid"}, b"p", bytes(64)]))
    yield cbor.encode(cbor2.CBORTag(61, cose.assemble(HEADER, b"p", bytes(64))))
    yield cbor.encode(cbor2.CBORTag(18, [HEADER, {}, "p", bytes(64)]))
    yield cbor.encode(cbor2.CBORTag(18, [HEADER, {}, b"p", bytes(64), b""]))
    yield cbor.encode(cose.assemble(HEADER, bytes(5000), bytes(64)))


def spoilt(data: bytes, rng: random.Random) -> Iterator[bytes]:
    yield from (data[:length] for length in (*range(min(len(data), 40)), len(data) - 1))
    yield from (data + extra for extra in (b"\0", b"\xff", data))
    for place in (*range(min(len(data), 40)), *(rng.randrange(len(data)) for _ in range(20))):
        changed = bytearray(data)
        changed[place] = rng.choice((changed[place] ^ 1 << rng.randrange(8), rng.randrange(256)))
        yield bytes(changed)
        changed[place:place] = rng.choice((b"\x58", b"\x59\x00", b"\x40", b"\xa0", b"\0"))
        yield bytes(changed)
    for short, long in ((b"\x49", b"\x58\x09"), (b"\x58\x40", b"\x59\x00\x40"), (b"\xa0", b"\xb8\x00")):
        yield data.replace(short, long, 1)


def test_the_short_way_reads_what_the_way_of_cbor_items_reads_and_refuses_what_it_refuses() -> None:
    rng = random.Random(18)
    read = 0
    for message in messages():
        for data in (message, *spoilt(message, rng)):
            for short, long in ((cose.decode, by_way_of_items), (cose.decode_hc1, by_way_of_items_hc1)):
                expected = outcome(long, data)
                assert outcome(short, data) == expected, data.hex()
                read += expected is not None
    assert read > 1000


def test_a_header_that_one_format_has_read_is_still_refused_by_the_other() -> None:
    data = cbor.encode(cose.assemble(cose.protected_header(cose.Algorithm.PS256, b"kid4"), b"p", bytes(256)))
    for _ in range(2):
        assert cose.decode_hc1(data).algorithm is cose.Algorithm.PS256
        with pytest.raises(CredentialError, match="neither EdDSA nor ES256"):
            cose.decode(data)
