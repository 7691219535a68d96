"""What it costs to verify a code, against its signature check alone: `python -m tests.bench.credentials`.

Counted is the CPU's time. By the clock on the wall the scheduler of a busy machine interrupts the longer of
two batches more often, and their ratio tells more about the neighbours than about the code.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Sequence

import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from kiosk.credentials import cbor, cose, hc1, hp1
from kiosk.credentials.bundle import IssuerKey, TrustBundle
from kiosk.credentials.credential import Credential
from kiosk.credentials.rotation import Reveals
from kiosk.credentials.verifier import verify
from tests.bench.figures import Figure, show
from tests.credentials import certificates
from tests.credentials.issuers import BUNDLE, EDDSA, ES256, at, green

TIMES, ROTATING_MS, CHARACTERS = 2.5, 2.0, 350
ROUNDS, BATCH = 60, 20
SLOTS = (1, 1440, 2880)
VERSION_11_MODULES = 61

RSA_KEY, RSA_KID = generate_private_key(65537, 2048), b"RSA kid."
RSA = IssuerKey(RSA_KID, RSA_KEY.public_key(), frozenset({"HC1"}))
BOTH = TrustBundle(1, {**BUNDLE.keys, **certificates.BUNDLE.keys, RSA_KID: RSA})
_PSS = PSS(MGF1(SHA256()), salt_length=32)


def measure(rounds: int = ROUNDS) -> list[Figure]:
    codes = {
        "HP1, EdDSA": green(EDDSA, rotating=False).code_at(at().utc).encode(),
        "HP1, ES256": green(ES256, rotating=False).code_at(at().utc).encode(),
        "HC1, ES256": certificates.code(certificates.document(v=[certificates.VACCINATION])),
        "HC1, PS256": _code_with_ps256(certificates.document(v=[certificates.VACCINATION])),
    }
    ratios = [figure for name, payload in codes.items() for figure in _ratio(name, payload, rounds)]
    return [*ratios, *(figure for slot in SLOTS for figure in _rotating(slot, rounds)), *_size()]


def _code_with_ps256(certificate: object) -> bytes:
    payload = cbor.encode(certificates.claims(certificate))
    protected = cose.protected_header(cose.Algorithm.PS256, RSA_KID)
    signature = RSA_KEY.sign(cose.sig_structure(protected, payload), _PSS, SHA256())
    return certificates.packed(cbor.encode(cose.assemble(protected, payload, signature)))


def _ratio(name: str, payload: bytes, rounds: int) -> list[Figure]:
    """Both in turns, so that the machine's mood is the same for both."""
    raw, moment = _raw_check(payload), at()
    whole, bare = list[float](), list[float]()
    assert isinstance(verify(payload, BOTH, moment), Credential)
    for _ in range(rounds):
        bare.append(_us(raw))
        whole.append(_us(lambda: verify(payload, BOTH, moment)))
    ratio = statistics.median(whole) / statistics.median(bare)
    return [
        Figure(f"{name}: whole verification", statistics.median(whole), "µs"),
        Figure(f"{name}: times the signature's check", ratio, "x", TIMES),
    ]


def _raw_check(payload: bytes) -> Callable[[], object]:
    is_hc1 = payload.startswith(hc1.PREFIX)
    message = hc1.read_message(payload[4:]) if is_hc1 else hp1.read_envelope(payload[4:]).message
    key = BOTH.keys[message.kid].public_key
    signed, half = cose.sig_structure(message.protected, message.payload), len(message.signature) // 2
    if isinstance(key, Ed25519PublicKey):
        return lambda: key.verify(message.signature, signed)
    if isinstance(key, RSAPublicKey):
        sha256 = SHA256()
        return lambda: key.verify(message.signature, signed, _PSS, sha256)
    assert isinstance(key, EllipticCurvePublicKey)
    r, s = (int.from_bytes(part, "big") for part in (message.signature[:half], message.signature[half:]))
    der, algorithm = encode_dss_signature(r, s), ECDSA(SHA256())
    return lambda: key.verify(der, signed, algorithm)


def _rotating(slot: int, rounds: int) -> list[Figure]:
    shown, moment = green(ES256), at(30.0 * (slot - 1))
    payload = shown.code_at(moment.utc).encode()
    before = shown.code_at(at(30.0 * max(slot - 2, 0)).utc).encode()
    first = [_us(lambda: verify(payload, BOTH, moment, Reveals()), 1) for _ in range(rounds)]
    again = list[float]()
    for _ in range(rounds):
        reveals = Reveals()
        verify(before, BOTH, moment, reveals)
        again.append(_us(lambda known=reveals: verify(payload, BOTH, moment, known), 1))  # type: ignore[misc]
    return [
        Figure(
            f"rotating, slot {slot}: seen for the first time",
            statistics.median(first) / 1000,
            "ms",
            ROTATING_MS,
        ),
        Figure(f"rotating, slot {slot}: seen before", statistics.median(again) / 1000, "ms", ROTATING_MS),
    ]


def _size() -> Sequence[Figure]:
    text = green(EDDSA).code_at(at().utc)
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    modules = zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=False).shape[0]
    return [
        Figure("rotating with area, roles and masked name", len(text), "characters", CHARACTERS),
        Figure("its QR code at level M", modules, "modules", VERSION_11_MODULES),
    ]


def _us(work: Callable[[], object], batch: int = BATCH) -> float:
    began_s = time.thread_time()
    for _ in range(batch):
        work()
    return 1e6 * (time.thread_time() - began_s) / batch


if __name__ == "__main__":
    sys.exit(not show("Verification", measure()))
