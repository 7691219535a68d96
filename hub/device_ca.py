"""The authority that vouches for devices in TLS: an ECDSA key and a certificate of ten years, made here.

A device's certificate says its `device_id` as the common name, is good for 30
days and for TLS clients alone (RFC 5280, 4.2.1.3 and 4.2.1.12).

The key can be exchanged while the hub runs: `device_ca.pem` holds the new
certificate and, for as long as a device may show one that the old key has
signed, the old one; both are accepted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
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


class DeviceCa:
    """Signs certificates of devices, with what lies in the hub's folder now."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._stamps: object = None
        self._look()

    @property
    def certificates(self) -> list[x509.Certificate]:
        """All that are accepted, the one that signs now first."""
        self._look()
        return self._certificates

    @property
    def certificate(self) -> x509.Certificate:
        """That of the key that signs now."""
        return self.certificates[0]

    def vouch(self, device_id: str, key: EllipticCurvePublicKey, now: datetime) -> x509.Certificate:
        """A certificate for the device's TLS key, from `now` on."""
        self._look()
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, device_id)])
        return (
            _builder(name, key, now, LIFETIME)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
            )
            .sign(self._key, SHA256())
        )

    def _look(self) -> None:
        """Read the files again where they are others."""
        stamps = [stamp(self._directory / name) for name in (KEY_FILE, CERTIFICATE_FILE)]
        if stamps != self._stamps:
            self._key, self._certificates = _read(self._directory)
            self._stamps = stamps


def open_ca(directory: Path, now: datetime) -> DeviceCa:
    """The hub's authority, made when there is none yet. Raises StateError."""
    key = keys.ec_key(directory / KEY_FILE)
    if not (directory / CERTIFICATE_FILE).exists():
        _write(directory, [_self_signed(key, now)])
    return DeviceCa(directory)


def exchange(directory: Path, now: datetime) -> x509.Certificate:
    """Sign with a new key from now on; old certificates are accepted while there are any. Raises StateError.

    The certificates are written before the key: a crash between leaves the old key at work.
    """
    _, known = _read(directory)
    key = generate_private_key(SECP256R1())
    certificate = _self_signed(key, now)
    living = [
        old
        for old, next_one in zip(known, [certificate, *known], strict=False)
        if now < next_one.not_valid_before_utc + _CLOCKS_APART + LIFETIME
    ]
    _write(directory, [certificate, *living])
    keys.replace(directory / KEY_FILE, key)
    return certificate


def drop_old(directory: Path) -> list[x509.Certificate]:
    """Accept certificates of the present key alone, once the hub is started anew; gives those that go."""
    _, known = _read(directory)
    _write(directory, known[:1])
    return known[1:]


def stamp(path: Path) -> tuple[int, int, int] | None:
    """Another one where the file is another one; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _read(directory: Path) -> tuple[EllipticCurvePrivateKey, list[x509.Certificate]]:
    """The key, and all certificates, its own first. Raises StateError.

    The key is read first, since its certificate is written before it.
    """
    if not (directory / KEY_FILE).exists():
        raise StateError(f"{directory}: holds no hub; name the --state of kiosk-hub serve")
    key = keys.ec_key(directory / KEY_FILE)
    path = directory / CERTIFICATE_FILE
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        raise StateError(f"{path}: is no certificate in PEM; remove it, and it is made anew") from error
    own = [each for each in found if each.public_key() == key.public_key()]
    if not own:
        raise StateError(f"{path}: is not the certificate of {KEY_FILE}; remove it, and it is made anew")
    return key, [*own, *(each for each in found if each not in own)]


def _write(directory: Path, certificates: Sequence[x509.Certificate]) -> None:
    path = directory / CERTIFICATE_FILE
    try:
        write_atomically(path, b"".join(each.public_bytes(Encoding.PEM) for each in certificates))
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
