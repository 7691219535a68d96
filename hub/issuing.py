"""Issues HP1 passes, and is the phone that shows them.

A `Pass` is what a holder's wallet keeps: the signed message and, when it
rotates, the secret end of its hash chain. As JSON (`wallet_json`):

    {"pass_id", "format": "HP1", "cose": base64, "cti": base64, "valid_from", "expires_at",
     "revocation_index", "rotation": null or {"secret": base64, "anchor": base64, "first_slot", "count"}}
"""

from __future__ import annotations

import base64
import math
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from hub.errors import IssuingError
from kiosk.credentials import base45, cbor, cose
from kiosk.credentials.claims import CTI_BYTES, Claims, write_claims
from kiosk.credentials.credential import Colour
from kiosk.credentials.errors import CredentialError
from kiosk.credentials.hp1 import FORMAT, PREFIX
from kiosk.credentials.rotation import MAX_COUNT, SLOT_S, VALUE_BYTES, Rotation, walk_down

PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey

MAX_LIFETIME_S = 10 * 366 * 86_400
_ARRAY_OF_THREE = b"\x83"


@dataclass(frozen=True, slots=True)
class Pass:
    """One issued pass. `secret` (x[count]) and `rotation` are both None when it is static."""

    pass_id: str
    cti: bytes
    message: bytes
    valid_from: datetime
    expires_at: datetime
    rotation: Rotation | None = None
    secret: bytes | None = None
    revocation_index: int | None = None

    def code_at(self, utc: datetime) -> str:
        """The text of the QR code that a phone shows at that moment.

        Before its first slot and after its last a rotating pass shows the
        nearest one: whether that is still good is for the kiosk to say.
        """
        if self.rotation is None or self.secret is None:
            return _text(self.message)
        slot = min(max(self.rotation.slot_at(utc), 1), self.rotation.count)
        reveal = walk_down(self.cti, self.secret, self.rotation.count, slot)
        return _text(_ARRAY_OF_THREE + self.message + cbor.encode(slot) + cbor.encode(reveal))

    def wallet_json(self) -> dict[str, object]:
        """The JSON object above."""
        rotation: dict[str, object] | None = None
        if self.rotation is not None and self.secret is not None:
            rotation = {
                "secret": _b64(self.secret),
                "anchor": _b64(self.rotation.anchor),
                "first_slot": self.rotation.first_slot,
                "count": self.rotation.count,
            }
        return {
            "pass_id": self.pass_id,
            "format": FORMAT,
            "cose": _b64(self.message),
            "cti": _b64(self.cti),
            "valid_from": self.valid_from.isoformat(),
            "expires_at": self.expires_at.isoformat(),
            "revocation_index": self.revocation_index,
            "rotation": rotation,
        }

    @classmethod
    def from_wallet(cls, wallet: Mapping[str, object]) -> Pass:
        """The inverse of `wallet_json`. Raises IssuingError."""
        try:
            return cls._from_wallet(wallet)
        except (KeyError, TypeError, ValueError) as error:
            raise IssuingError(f"not a wallet's pass: {error!r}") from error

    @classmethod
    def _from_wallet(cls, wallet: Mapping[str, object]) -> Pass:
        chain = wallet["rotation"]
        rotation, secret = None, None
        if isinstance(chain, Mapping):
            rotation = Rotation(_unb64(chain["anchor"]), int(chain["first_slot"]), int(chain["count"]))
            secret = _unb64(chain["secret"])
        return cls(
            pass_id=str(wallet["pass_id"]),
            cti=_unb64(wallet["cti"]),
            message=_unb64(wallet["cose"]),
            valid_from=datetime.fromisoformat(str(wallet["valid_from"])),
            expires_at=datetime.fromisoformat(str(wallet["expires_at"])),
            rotation=rotation,
            secret=secret,
            revocation_index=None if (index := wallet.get("revocation_index")) is None else int(str(index)),
        )


@dataclass(frozen=True, slots=True)
class Issuer:
    """A signing key and the kid that it is published under."""

    private_key: PrivateKey
    kid: bytes
    random_bytes: Callable[[int], bytes] = secrets.token_bytes

    def issue(
        self,
        *,
        colour: Colour,
        area: str,
        valid_from: datetime,
        lifetime_s: int,
        roles: frozenset[int] = frozenset(),
        masked_name: str | None = None,
        rotating: bool = True,
        cti: bytes | None = None,
        revocation_index: int | None = None,
    ) -> Pass:
        """Issue a pass that is good from `valid_from` for `lifetime_s` seconds.

        A holder with a pass keeps the pseudonym `cti`; without one a new one
        is drawn. Raises IssuingError for claims that no kiosk would read and
        for a rotating pass that outlives a day.
        """
        start, end = _period(valid_from, lifetime_s)
        holder = self.random_bytes(CTI_BYTES) if cti is None else cti
        secret = self.random_bytes(VALUE_BYTES) if rotating else None
        rotation = None if secret is None else _chain(holder, secret, start, end)
        claims = Claims(
            area, start, end, holder, colour, roles, masked_name, rotation, revocation_index=revocation_index
        )
        pass_id = base64.urlsafe_b64encode(self.random_bytes(16)).decode().rstrip("=")
        message = self.sign(_payload(claims))
        return Pass(pass_id, holder, message, start, end, rotation, secret, revocation_index)

    def sign(self, payload: bytes) -> bytes:
        """`payload` as an encoded COSE_Sign1."""
        ed25519 = isinstance(self.private_key, Ed25519PrivateKey)
        protected = cose.protected_header(cose.Algorithm.EDDSA if ed25519 else cose.Algorithm.ES256, self.kid)
        signature = _sign(self.private_key, cose.sig_structure(protected, payload))
        return cbor.encode(cose.assemble(protected, payload, signature))


def _period(valid_from: datetime, lifetime_s: int) -> tuple[datetime, datetime]:
    if not 0 < lifetime_s <= MAX_LIFETIME_S:
        raise IssuingError(f"a lifetime is 1 to {MAX_LIFETIME_S} seconds, and not {lifetime_s}")
    try:
        start = valid_from.astimezone(UTC).replace(microsecond=0)
        return start, start + timedelta(seconds=lifetime_s)
    except OverflowError as error:
        raise IssuingError(f"a pass can't be valid from {valid_from.isoformat()}") from error


def _chain(cti: bytes, secret: bytes, start: datetime, end: datetime) -> Rotation:
    first_slot = int(start.timestamp() // SLOT_S)
    count = math.ceil(end.timestamp() / SLOT_S) - first_slot
    if end - start > timedelta(seconds=MAX_COUNT * SLOT_S):
        raise IssuingError(
            f"a rotating pass lasts at most {MAX_COUNT * SLOT_S} seconds; issue a new one a day"
        )
    count = min(count, MAX_COUNT)  # a day that starts inside a slot ends inside one
    return Rotation(walk_down(cti, secret, count, 0), first_slot, count)


def _payload(claims: Claims) -> bytes:
    try:
        return write_claims(claims)
    except CredentialError as error:
        raise IssuingError(f"the pass can't be issued: {error}") from error


def _sign(key: PrivateKey, signed: bytes) -> bytes:
    """64 bytes; ES256 as r || s (RFC 9053, 2.1)."""
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(signed)
    r, s = decode_dss_signature(key.sign(signed, ECDSA(SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _text(data: bytes) -> str:
    return PREFIX.decode() + base45.encode(data)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _unb64(text: object) -> bytes:
    return base64.b64decode(str(text), validate=True)
