"""No mutant of a good code is taken for it: bits, ends, kids, algorithms, signatures, garbage in a layer."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator

import pytest

from kiosk.credentials import base45, cbor, cose
from kiosk.credentials.bundle import TrustBundle
from kiosk.credentials.credential import Credential
from kiosk.credentials.verifier import verify
from tests.credentials import certificates
from tests.credentials.certificates import VACCINATION, document
from tests.credentials.issuers import BUNDLE, EDDSA, ES256, at, green

BOTH = TrustBundle(1, {**BUNDLE.keys, **certificates.BUNDLE.keys})
AT_LEAST = 10_000
ALGORITHMS = (-7, -8, -37, -35, -257, -65535, 0, 5)
KIDS = (EDDSA.kid, ES256.kid, certificates.KID, b"", b"\0" * 4, EDDSA.kid * 2)


def is_accepted(payload: bytes) -> bool:
    return isinstance(verify(payload, BOTH, at()), Credential)


def codes() -> dict[str, bytes]:
    return {
        "static EdDSA": green(EDDSA, rotating=False).code_at(at().utc).encode(),
        "static ES256": green(ES256, rotating=False).code_at(at().utc).encode(),
        "rotating": green(EDDSA).code_at(at().utc).encode(),
        "HC1": certificates.code(document(v=[VACCINATION])),
    }


def layers(payload: bytes) -> Iterator[tuple[bytes, bool]]:
    """What lies under the prefix, and whether it goes through zlib to become a code again."""
    inner = base45.decode(payload[4:])
    yield inner, False
    if payload.startswith(b"HC1:"):
        yield zlib.decompress(inner), True


def wrapped(payload: bytes, inner: bytes, compressed: bool) -> bytes:
    return payload[:4] + base45.encode(zlib.compress(inner) if compressed else inner).encode()


def mutants(payload: bytes, rng: random.Random) -> Iterator[bytes]:
    for bit in range(8 * len(payload)):
        yield _flipped(payload, bit)
    for length in range(len(payload)):
        yield payload[:length]
    for inner, compressed in layers(payload):
        for bit in range(8 * len(inner)):
            yield wrapped(payload, _flipped(inner, bit), compressed)
        for length in range(len(inner)):
            yield wrapped(payload, inner[:length], compressed)
        for garbage in (b"\0", b"\xff", b"\xf6", inner[:1], inner, rng.randbytes(9)):
            yield wrapped(payload, inner + garbage, compressed)
    yield from (payload + garbage for garbage in (b"\n", b" ", b"0", b"00", payload))


def resigned(message: cose.Sign1, rng: random.Random) -> Iterator[bytes]:
    """Other headers over the same payload, and other signatures."""
    for algorithm in ALGORITHMS:
        for kid in KIDS:
            header = cbor.encode({1: algorithm, 4: kid})
            if header != message.protected:
                yield cbor.encode(cose.assemble(header, message.payload, message.signature))
    for signature in (
        bytes(64),
        b"\xff" * 64,
        *(rng.randbytes(64) for _ in range(200)),
        message.signature[32:] + message.signature[:32],
    ):
        yield cbor.encode(cose.assemble(message.protected, message.payload, signature))


@pytest.mark.slow
def test_ten_thousand_mutants_and_none_is_accepted() -> None:
    rng = random.Random(20_261_127)
    count = 0
    for name, payload in codes().items():
        assert is_accepted(payload), name
        for mutant in mutants(payload, rng):
            if mutant != payload and not _has_another_zlib_header_alone(payload, mutant):
                count += 1
                assert not is_accepted(mutant), (name, mutant)
    assert count >= AT_LEAST


def test_no_other_header_or_signature_is_accepted() -> None:
    rng = random.Random(7)
    for name, payload in codes().items():
        inner, compressed = list(layers(payload))[-1]
        item = cbor.decode(inner, tags=frozenset({18}))
        if type(item) is list:
            continue
        message = cose.read_hc1(item)
        for mutant in resigned(message, rng):
            assert not is_accepted(wrapped(payload, mutant, compressed)), name


def _flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def _has_another_zlib_header_alone(payload: bytes, mutant: bytes) -> bool:
    """The two bytes before a stream tell window and effort (RFC 1950, 2.2): issuers differ in them, and
    what they compress is the same.
    """
    try:
        one, other = (base45.decode(each[4:]) for each in (payload, mutant))
        is_same = zlib.decompress(one) == zlib.decompress(other)
    except (ValueError, zlib.error):
        return False
    return is_same and mutant[:4] == payload[:4] == b"HC1:" and one[2:] == other[2:]
