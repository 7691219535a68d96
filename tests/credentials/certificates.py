"""HC1 certificates of the tests' own issuers: built layer by layer, so that each layer can be spoilt."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from datetime import timedelta

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from kiosk.credentials import base45, cbor, cose
from kiosk.credentials.bundle import IssuerKey, TrustBundle
from kiosk.credentials.credential import Credential, Refusal
from kiosk.credentials.verifier import verify
from tests.credentials.issuers import NOON, at

KID = b"HC1 kid."
KEY = derive_private_key(20_261_127, SECP256R1())
ISSUED_S = int((NOON - timedelta(days=1)).timestamp())
EXPIRES_S = int((NOON + timedelta(days=365)).timestamp())
BUNDLE = TrustBundle(1, {KID: IssuerKey(KID, KEY.public_key(), frozenset({"HC1"}))})

COMMON = {"tg": "840539006", "co": "AT", "is": "Ministry of Health", "ci": "URN:UVCI:01:AT:1#B"}
VACCINATION = {
    **COMMON,
    "vp": "1119349007",
    "mp": "EU/1/20/1528",
    "ma": "ORG-100030215",
    "dn": 2,
    "sd": 2,
    "dt": "2026-09-01",
}
TEST = {**COMMON, "tt": "LP6464-4", "tr": "260415000", "sc": "2026-11-22T06:00:00Z", "tc": "Somewhere"}
RECOVERY = {**COMMON, "fr": "2026-10-01", "df": "2026-10-12", "du": "2027-03-30"}


def document(**groups: object) -> dict[str, object]:
    return {
        "ver": "1.3.0",
        "nam": {"fn": "Mustermann", "fnt": "MUSTERMANN", "gn": "Erika", "gnt": "ERIKA"},
        "dob": "1964-08-12",
        **groups,
    }


def claims(certificate: object) -> dict[object, object]:
    return {1: "AT", 4: EXPIRES_S, 6: ISSUED_S, -260: {1: certificate}}


def signed(payload: bytes, *, header: dict[int, object] | None = None, kid: bytes = KID) -> bytes:
    """The encoded message over `payload`."""
    protected = cbor.encode({1: -7, 4: kid} if header is None else header)
    r, s = decode_dss_signature(KEY.sign(cose.sig_structure(protected, payload), ECDSA(SHA256())))
    return cbor.encode(cose.assemble(protected, payload, r.to_bytes(32, "big") + s.to_bytes(32, "big")))


def packed(message: bytes, compress: Callable[[bytes], bytes] = zlib.compress) -> bytes:
    return b"HC1:" + base45.encode(compress(message)).encode()


def code(certificate: object) -> bytes:
    return packed(signed(cbor2.dumps(claims(certificate))))


def judge(payload: bytes, bundle: TrustBundle = BUNDLE, after_s: float = 0.0) -> Credential | Refusal:
    return verify(payload, bundle, at(after_s))
