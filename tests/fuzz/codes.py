"""Codes made to hurt: whatever they are, an answer comes in time and in little memory. `make fuzz`.

Three ways to make a payload, from plain to knowing: bytes as they come, with a
known prefix; a good code with layers taken off, spoilt, and put on again; and
CBOR of any shape as the signed claims of a key in the bundle, so that what
stands behind the signature is reached too.
"""

from __future__ import annotations

import random
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator

import cbor2

from kiosk.credentials import base45
from kiosk.credentials.bundle import TrustBundle
from kiosk.credentials.credential import Credential, Refusal
from kiosk.credentials.verifier import verify
from tests.credentials import certificates
from tests.credentials.certificates import VACCINATION, claims, document, packed, signed
from tests.credentials.issuers import BUNDLE, EDDSA, at, green

LONGEST_S = 0.05
MOST_BYTES = 16 * 1024 * 1024
MEMORY_EVERY = 997

BOTH = TrustBundle(1, {**BUNDLE.keys, **certificates.BUNDLE.keys})
MOMENT = at()
STATIC, ROTATING = (
    green(EDDSA, rotating=rotating).code_at(MOMENT.utc).encode() for rotating in (False, True)
)
CERTIFICATE = certificates.code(document(v=[VACCINATION]))
_HP1 = base45.decode(STATIC[4:]), base45.decode(ROTATING[4:])
_HC1 = zlib.decompress(base45.decode(CERTIFICATE[4:]))
_CLAIMS = cbor2.dumps(claims(document(v=[VACCINATION])))
_ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_HURTFUL = """
    c4821b7fffffffffffffff01 c249ffffffffffffffffff 9bffffffffffffffff bf 9f ff f97e00 fb7ff8000000000000 f6
    d9d9f7 d81c80 d81d00 a1a0a0 7bffffffffffffffff 5f4100ff c0c0c0c0 8181818181818181
"""
_TOKENS = [bytes.fromhex(token) for token in _HURTFUL.split()]


def check(payload: bytes, *, measure_memory: bool = False) -> None:
    """Judge one payload. Raises AssertionError where it takes too long or too much; nothing else may come."""
    if measure_memory:
        tracemalloc.start()
    began_s = time.process_time()
    result = verify(payload, BOTH, MOMENT)
    took_s = time.process_time() - began_s
    if measure_memory:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < MOST_BYTES, f"{peak} bytes for {payload!r}"
        return
    assert isinstance(result, Credential | Refusal)
    if took_s >= LONGEST_S:  # once more, so that another program's moment is not blamed on the code
        began_s = time.process_time()
        verify(payload, BOTH, MOMENT)
        took_s = time.process_time() - began_s
    assert took_s < LONGEST_S, f"{took_s:.3f} s for {payload!r}"


def payloads(rng: random.Random) -> Iterator[bytes]:
    """Without end; the same for the same generator."""
    makers: tuple[Callable[[random.Random], bytes], ...] = (
        _plain,
        _text,
        _spoilt_hp1,
        _spoilt_hc1,
        _behind_the_signature,
    )
    while True:
        yield rng.choice(makers)(rng)


def run(count: int, seed: int) -> float:
    """Check so many; the seconds of CPU that they took."""
    began_s = time.process_time()
    source = payloads(random.Random(seed))
    for number in range(count):
        check(next(source), measure_memory=number % MEMORY_EVERY == 0)
    return time.process_time() - began_s


def spoilt(data: bytes, rng: random.Random) -> bytes:
    """One to four changes of a byte, a piece, or a token that is known to hurt."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(changed) + 1)
        match rng.randrange(5):
            case 0 if place < len(changed):
                changed[place] ^= 1 << rng.randrange(8)
            case 1:
                changed[place:place] = rng.choice(_TOKENS)
            case 2:
                del changed[place : place + rng.randint(1, 8)]
            case 3:
                changed[place : place + 2] = rng.randbytes(rng.randint(1, 4))
            case _:
                changed[place:place] = changed[place : place + rng.randint(1, 64)] * rng.randint(1, 3)
    return bytes(changed)


def _plain(rng: random.Random) -> bytes:
    return rng.choice((b"", b"HP1:", b"HC1:", b"hp1:", b"https:")) + rng.randbytes(rng.randrange(200))


def _text(rng: random.Random) -> bytes:
    return rng.choice((b"HP1:", b"HC1:")) + bytes(rng.choices(_ALPHABET, k=rng.randrange(600)))


def _spoilt_hp1(rng: random.Random) -> bytes:
    return b"HP1:" + base45.encode(spoilt(rng.choice(_HP1), rng)).encode()


def _spoilt_hc1(rng: random.Random) -> bytes:
    if rng.random() < 0.2:
        return b"HC1:" + base45.encode(spoilt(zlib.compress(_HC1), rng)).encode()
    if rng.random() < 0.02:
        return packed(bytes(rng.randrange(10_000_000)))
    return packed(spoilt(_HC1, rng))


def _behind_the_signature(rng: random.Random) -> bytes:
    """Costly, since each is signed: only what a signed payload can be."""
    payload = spoilt(_CLAIMS, rng)
    if rng.random() < 0.5:
        return packed(signed(payload))
    return b"HP1:" + base45.encode(EDDSA.sign(payload)).encode()
