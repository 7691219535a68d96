"""Issuer keys out of X.509 certificates (RFC 5280), as HC1's signers publish them.

A certificate's kid is the start of SHA-256 over its DER: 4 bytes for HP1, 8
for HC1. Its extended key usage limits what it may sign, its validity when.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from kiosk.credentials.bundle import IssuerKey
from kiosk.credentials.certificate import CertificateType
from kiosk.credentials.cose import KID_BYTES
from kiosk.credentials.hc1 import FORMAT as HC1
from kiosk.trust.errors import TrustError
from kiosk.trust.jwk import HC1_KID_BYTES

_HC1 = frozenset({HC1})

# The usages of an HC1 signer (eHealth Network, Guidelines vol. 4, 5), in the arc of today and the first one.
_USAGES = {
    f"{arc}.2021.1.{number}": usage
    for arc in ("1.3.6.1.4.1.1847", "1.3.6.1.4.1.0.1847")
    for number, usage in enumerate(
        (CertificateType.TEST, CertificateType.VACCINATION, CertificateType.RECOVERY), 1
    )
}
_EMPTY_USAGE = bytes.fromhex("0603551d25 0402 3000")
"""An extended key usage without a purpose, which X.509 forbids and some have written: it limits nothing."""


def keys_from_certificates(certificates: Iterable[bytes]) -> dict[bytes, IssuerKey]:
    """The keys by kid, out of certificates in DER. Raises TrustError for what is no certificate."""
    return {key.kid: key for der in certificates for key in _keys(der)}


def certificate_kid(der: bytes, length: int = KID_BYTES) -> bytes:
    """The kid of a certificate: the first `length` bytes of SHA-256 over its DER."""
    return sha256(der).digest()[:length]


def _keys(der: bytes) -> Iterator[IssuerKey]:
    """The certificate's key under its kid for each format."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        key = certificate.public_key()
        usages = _usages(certificate, der)
        bounds = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except UnsupportedAlgorithm:
        return
    except ValueError as error:
        raise TrustError("a certificate is not X.509 in DER") from error
    if isinstance(key, Ed25519PublicKey | EllipticCurvePublicKey):
        yield IssuerKey(certificate_kid(der), key)
    if isinstance(key, EllipticCurvePublicKey | RSAPublicKey):
        yield IssuerKey(
            certificate_kid(der, HC1_KID_BYTES), key, _HC1, frozenset(), frozenset(), usages, *bounds
        )


def _usages(certificate: x509.Certificate, der: bytes) -> frozenset[str]:
    """The types that it may sign; none named: any. Raises ValueError where that can't be read."""
    if _EMPTY_USAGE in der:
        return frozenset()
    try:
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return frozenset()
    return frozenset(
        _USAGES[purpose.dotted_string].value for purpose in purposes if purpose.dotted_string in _USAGES
    )
