"""Enrolment over HTTP, in the shape of EST (RFC 7030): the key is made on the device and never leaves it.

    GET  /.well-known/est/cacerts          the CAs of the devices' certificates
    POST /.well-known/est/simpleenroll     a certificate request, with the token of an invitation
    POST /.well-known/est/simplereenroll   the same, over TLS with the certificate that is to be renewed

A request is a PKCS #10 in base64 (RFC 7030, 4.2.1): the device's id as common
name, a P-256 key, and as its unstructured name (RFC 2985, 5.4.1) the public key
of the device's log, Ed25519 in base64. The answer is the certificate, as a
certs-only PKCS #7 in base64. The token is the password of HTTP Basic (RFC 7030,
3.2.3), or a bearer token.

The first enrolment registers the log's key with the device. Another one later
must name the same: whoever shows a second key for a name is a clone. A device that
is revoked gets no certificate.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import AttributeOID, NameOID
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.bodies import read_device
from hub.enrolment import CLONE
from hub.errors import NotAdministrator, RequestError
from hub.state import HubState
from hub.tls import shown_device
from hub.web import READER_CHALLENGE, read_body, shown_secrets

FOLDER = "/.well-known/est"
_MAX_REQUEST_BYTES = 16_384


def routes(state: HubState, clock: Callable[[], datetime]) -> list[Route]:
    est = _Est(state, clock)
    return [
        Route(f"{FOLDER}/cacerts", est.cacerts),
        Route(f"{FOLDER}/simpleenroll", est.enroll, methods=["POST"]),
        Route(f"{FOLDER}/simplereenroll", est.reenroll, methods=["POST"]),
    ]


class _Est:
    def __init__(self, state: HubState, clock: Callable[[], datetime]) -> None:
        self._state = state
        self._clock = clock

    async def cacerts(self, _request: Request) -> Response:
        return _certs_only(*self._state.device_ca.certificates)

    async def enroll(self, request: Request) -> Response:
        wanted = _read(await read_body(request, _MAX_REQUEST_BYTES))
        now = self._clock()
        invited = {self._state.enrolment.redeem(secret, now) for secret in shown_secrets(request) if secret}
        if not invited - {None}:
            sentence = (
                "this needs a token that is not used and not older than 15 minutes (kiosk-hub device invite)"
            )
            raise NotAdministrator(sentence, READER_CHALLENGE)
        if wanted.device_id not in invited:
            raise RequestError(403, f"the token does not invite {wanted.device_id!r}; ask for another one")
        return self._vouch(wanted, now)

    async def reenroll(self, request: Request) -> Response:
        wanted = _read(await read_body(request, _MAX_REQUEST_BYTES))
        shown = shown_device(request)
        if shown is None:
            raise RequestError(403, "this needs the certificate that is to be renewed")
        if shown != wanted.device_id:
            raise RequestError(403, f"the certificate is that of {shown!r}, and not of {wanted.device_id!r}")
        if self._state.store.device(wanted.device_id) is None:
            raise RequestError(403, f"the device {wanted.device_id!r} is not registered at this hub")
        return self._vouch(wanted, self._clock())

    def _vouch(self, wanted: _Wanted, now: datetime) -> Response:
        known = self._state.store.device(wanted.device_id)
        if known is not None and known.revoked_at is not None:
            sentence = f"{wanted.device_id!r} has been revoked at this hub at {known.revoked_at}"
            raise RequestError(403, sentence)
        kept = self._state.store.add_device(wanted.device_id, wanted.log_key, now)
        if kept != wanted.log_key:
            said = "it asked for a certificate with another log key than it is registered with"
            self._state.store.raise_alarm(wanted.device_id, CLONE, said, "", now)
            raise RequestError(409, f"the device {wanted.device_id!r} is registered with another key")
        return _certs_only(self._state.device_ca.vouch(wanted.device_id, wanted.tls_key, now))


class _Wanted:
    """What a certificate request asks for. Raises RequestError 422."""

    def __init__(self, request: x509.CertificateSigningRequest) -> None:
        key = request.public_key()
        if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
            raise RequestError(422, "the request's key is not of P-256")
        names = request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        if len(names) != 1 or len(list(request.subject)) != 1:
            raise RequestError(422, "the request's subject is not one common name")
        try:
            log_key = request.attributes.get_attribute_for_oid(AttributeOID.UNSTRUCTURED_NAME).value
        except x509.AttributeNotFound as error:
            raise RequestError(422, "the request does not name the log's key (unstructured name)") from error
        self.device_id, self.log_key = read_device(
            {"device_id": str(names[0].value), "public_key": log_key.decode("ascii", "replace")}
        )
        self.tls_key = key


def _read(body: bytes) -> _Wanted:
    try:
        request = x509.load_der_x509_csr(base64.b64decode(body))
        is_signed = request.is_signature_valid
    except (ValueError, TypeError, x509.InvalidVersion) as error:
        raise RequestError(400, "the body is not a certificate request (PKCS #10) in base64") from error
    if not is_signed:
        raise RequestError(422, "the request is not signed by its own key")
    try:
        return _Wanted(request)
    except RequestError:
        raise
    except ValueError as error:
        raise RequestError(400, "the certificate request can't be read") from error


def _certs_only(*certificates: x509.Certificate) -> Response:
    der = pkcs7.serialize_certificates(list(certificates), Encoding.DER)
    return Response(
        base64.encodebytes(der),
        media_type="application/pkcs7-mime; smime-type=certs-only",
        headers={"Content-Transfer-Encoding": "base64", "Cache-Control": "no-store"},
    )
