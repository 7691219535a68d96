"""The authority that vouches for devices in TLS: an ECDSA key and a certificate of ten years, made here.

A device's certificate says its `device_id` as the common name, is good for 30
days and for TLS clients alone (RFC 5280, 4.2.1.3 and 4.2.1.12).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hub import keys
from hub.errors import StateError
from kiosk.trust.files import write_atomically

KEY_FILE, CERTIFICATE_FILE = "device_ca_key.pem", "device_ca.pem"
LIFETIME = timedelta(days=30)
_CA_LIFETIME = timedelta(days=3653)
_CLOCKS_APART = timedelta(minutes=10)
_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "checkpoint hub device CA")])


@dataclass(frozen=True, slots=True)
class DeviceCa:
    """Signs certificates of devices."""

    key: EllipticCurvePrivateKey
    certificate: x509.Certificate

    def vouch(self, device_id: str, key: EllipticCurvePublicKey, now: datetime) -> x509.Certificate:
        """A certificate for the device's TLS key, from `now` on."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, device_id)])
        return (
            _builder(name, key, now, LIFETIME)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
            )
            .sign(self.key, SHA256())
        )


def open_ca(directory: Path, now: datetime) -> DeviceCa:
    """The hub's authority, made when there is none yet. Raises StateError."""
    key = keys.ec_key(directory / KEY_FILE)
    path = directory / CERTIFICATE_FILE
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except FileNotFoundError:
        certificate = _self_signed(key, now)
        _write(path, certificate)
    except (OSError, ValueError) as error:
        raise StateError(f"{path}: is no certificate in PEM; remove it, and it is made anew") from error
    if certificate.public_key() != key.public_key():
        raise StateError(f"{path}: is not the certificate of {KEY_FILE}; remove it, and it is made anew")
    return DeviceCa(key, certificate)


def _write(path: Path, certificate: x509.Certificate) -> None:
    try:
        write_atomically(path, certificate.public_bytes(Encoding.PEM))
    except OSError as error:
        raise StateError(f"{path}: can't be written: {error.strerror}") from error


def _self_signed(key: EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        _builder(_NAME, key.public_key(), now, _CA_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, SHA256())
    )


def _builder(
    subject: x509.Name, key: EllipticCurvePublicKey, now: datetime, lifetime: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(_NAME)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_APART)
        .not_valid_after(now + lifetime)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
