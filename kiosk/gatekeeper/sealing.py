"""The subject of a decision, sealed so that the hub's tracers alone open it, and only two of them together.

HPKE (RFC 9180) in base mode with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and
ChaCha20Poly1305. `info` binds a sealed subject to the kiosk and the passage
that it belongs to: moved to another entry it does not open. What comes out is
`enc || ciphertext`, 32 + 8 + 16 bytes for a subject of 8.

The kiosk holds the public key alone, so it can't open what it has sealed.
"""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


def info_of(device_id: str, passage_id: int) -> bytes:
    """What a sealed subject is bound to."""
    return f"checkpoint-kiosk subject v1\0{device_id}\0{passage_id}".encode()


class Sealer:
    """Seals the subjects of one kiosk."""

    def __init__(self, device_id: str) -> None:
        self._device_id = device_id

    def __call__(self, subject: bytes, tracing_key: bytes, passage_id: int) -> str | None:
        """Base64 of the sealed subject; None where the key is no X25519 point to seal to."""
        try:
            key = X25519PublicKey.from_public_bytes(tracing_key)
            sealed = SUITE.encrypt(subject, key, info_of(self._device_id, passage_id))
        except ValueError:
            return None
        return base64.b64encode(sealed).decode()
