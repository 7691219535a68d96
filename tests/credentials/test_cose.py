from __future__ import annotations

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, derive_private_key

from kiosk.credentials import cbor, cose
from kiosk.credentials.errors import CredentialError
from tests.credentials.issuers import EDDSA, ES256

HEADER = cose.protected_header(cose.Algorithm.ES256, b"ES25")


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
