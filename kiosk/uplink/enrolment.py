"""How a kiosk comes by its TLS certificate, and keeps one: EST (RFC 7030), the key made here.

`enrol` sends a certificate request with the token of an invitation; `Renewal`
one with the certificate itself, when less than a third of its time is left.
The request names the log's key too, which gatekeeper holds, so that the hub
binds both to the device at once. Key and certificate are written as one file:
whatever happens in between, the old pair or the new one is whole.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from random import Random

import requests
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs7
from cryptography.x509.oid import AttributeOID, NameOID

from kiosk.clock import Clock
from kiosk.trust.errors import TrustError
from kiosk.trust.files import read_bounded, write_atomically
from kiosk.uplink.desk import Desk
from kiosk.uplink.errors import DeskRefused, EnrolmentRefused
from kiosk.uplink.hub_client import HubClient, Reply
from kiosk.uplink.schedule import Schedule

MAX_IDENTITY_BYTES = 65_536
LOOK_EVERY_S = 3600.0
AGAIN_AT_LEAST_S = 60.0
_OWNER_ONLY = 0o600

_log = logging.getLogger(__name__)


def enrol(desk: Desk, hub: HubClient, token: str, identity: Path) -> datetime:
    """Make a key, have it certified, and keep both at `identity`; until when the certificate is good.

    Raises DeskUnavailable, DeskRefused, HubUnreachable, EnrolmentRefused, OSError.
    """
    status = desk.request({"op": "status"})
    if "error" in status:
        raise DeskRefused(str(status["error"]))
    return _certify(status, identity, lambda request: hub.enroll(request, token))


class Renewal:
    """Keeps the certificate that a session shows: reads a new one, renews an old one. Raises nothing."""

    def __init__(
        self, desk: Desk, hub: HubClient, session: requests.Session, identity: Path, clock: Clock, rng: Random
    ) -> None:
        self._desk = desk
        self._hub = hub
        self._session = session
        self._identity = identity
        self._clock = clock
        self._next = Schedule(clock.mono, rng)
        self._shown = _stamp(identity)

    def run_once(self) -> None:
        """Cheap unless it is time to look."""
        stamp = _stamp(self._identity)
        if stamp != self._shown:
            self._show(stamp)
            self._next.again_in(0.0)
        if not self._next.is_due:
            return
        try:
            if stamp is not None and _is_old(_certificate(self._identity), self._clock.utc()):
                self._renew()
        except (OSError, ValueError, TrustError) as error:
            _log.warning("The device's certificate can't be renewed: %s", error)
            self._next.failed(at_least_s=AGAIN_AT_LEAST_S)
        else:
            self._next.succeeded(LOOK_EVERY_S)

    def _renew(self) -> None:
        status = self._desk.request({"op": "status"})
        good_until = _certify(status, self._identity, self._hub.reenroll)
        self._show(_stamp(self._identity))
        _log.warning("The device's certificate is renewed; it is good until %s.", good_until.isoformat())

    def _show(self, stamp: tuple[int, int] | None) -> None:
        """From the next connection on."""
        self._shown = stamp
        self._session.cert = None if stamp is None else str(self._identity)
        self._session.get_adapter("https://").close()


def _certify(status: dict[str, object], identity: Path, send: Callable[[bytes], Reply]) -> datetime:
    device_id, log_key = str(status["owner"]), str(status["public_key"])
    key = generate_private_key(SECP256R1())
    reply = send(_request(device_id, log_key, key))
    if reply.status != 200:
        said = str(reply.document().get("error", "")) or "no reason is given"
        raise EnrolmentRefused(f"the hub answers {reply.status}: {said!a}")
    certificate = _answer(reply.body, device_id, key)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_atomically(identity, pem + certificate.public_bytes(Encoding.PEM), mode=_OWNER_ONLY)
    return certificate.not_valid_after_utc


def _request(device_id: str, log_key: str, key: EllipticCurvePrivateKey) -> bytes:
    """PKCS #10 in base64: the id as common name, the log's key as unstructured name (RFC 2985, 5.4.1)."""
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, device_id)]))
        .add_attribute(AttributeOID.UNSTRUCTURED_NAME, log_key.encode())
        .sign(key, SHA256())
    )
    return base64.encodebytes(request.public_bytes(Encoding.DER))


def _answer(body: bytes, device_id: str, key: EllipticCurvePrivateKey) -> x509.Certificate:
    """The certificate for our key in a certs-only PKCS #7. Raises EnrolmentRefused."""
    try:
        certificates = pkcs7.load_der_pkcs7_certificates(base64.b64decode(body))
    except ValueError as error:
        raise EnrolmentRefused("the hub's answer holds no certificate") from error
    for certificate in certificates:
        names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        if certificate.public_key() == key.public_key() and [name.value for name in names] == [device_id]:
            return certificate
    raise EnrolmentRefused("the hub's answer holds no certificate of this kiosk's key and name")


def _certificate(identity: Path) -> x509.Certificate:
    """Raises OSError, ValueError, TrustError."""
    return x509.load_pem_x509_certificate(read_bounded(identity, MAX_IDENTITY_BYTES))


def _is_old(certificate: x509.Certificate, now: datetime) -> bool:
    """Whether less than a third of its time is left."""
    whole = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    return certificate.not_valid_after_utc - now < whole / 3


def _stamp(path: Path) -> tuple[int, int] | None:
    """Another one where the file is another one; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns
