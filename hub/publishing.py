"""What the hub publishes for kiosks to judge by, as one signed document: keys, policy, revocations.

Policy and revocations lie as files in the hub's folder. A document of the next
version is signed whenever what it says has changed, also while a hub is
running: that one looks at the file's time and serves what lies there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub import keys
from hub.errors import HubError, StateError
from hub.issuing import Issuer
from kiosk.credentials.bundle import IssuerKey, TrustBundle
from kiosk.credentials.errors import CredentialError
from kiosk.credentials.policy import parse
from kiosk.credentials.revocation import Revocations, bitmap_of, hash_of
from kiosk.trust import strict_json
from kiosk.trust.cache import KeyCache, write_atomically
from kiosk.trust.document import MAX_DOCUMENT_BYTES, make_document
from kiosk.trust.errors import TrustError

HUB_KEY_FILE = "hub_key.pem"
ISSUER_KEY_FILE = "issuer_key.pem"
KEY_DOCUMENT_FILE = "keys.json"
POLICY_FILE = "policy.json"
TRACING_KEY_FILE = "tracing_key.pub"
REVOKED_FILE = "revoked.json"
MAX_INDEX = 500_000
"""A list of them all has 62 kB, which a key document still holds."""
CAPACITY_STEP = 8192
"""Bitmaps grow by so many passes, so that one that was just issued has a status too."""


@dataclass(frozen=True, slots=True)
class _Revoked:
    """`issued` is an index that was given out, at most `CAPACITY_STEP` behind the highest."""

    indices: frozenset[int] = frozenset()
    hashes: frozenset[bytes] = frozenset()
    issued: int = 0

    @classmethod
    def of(cls, document: Mapping[str, object]) -> _Revoked:
        """Raises ValueError or TypeError on anything else."""
        indices, hashes, issued = (document.get(name, None) for name in ("indices", "hashes", "issued"))
        if not document:
            return cls()
        if not isinstance(indices, list) or not isinstance(hashes, list) or type(issued) is not int:
            raise TypeError("not what was written")
        if not all(type(index) is int and 0 <= index < MAX_INDEX for index in indices):
            raise ValueError("not an index")
        return cls(frozenset(indices), frozenset(bytes.fromhex(each) for each in hashes), issued)

    def plain(self) -> dict[str, object]:
        return {
            "indices": sorted(self.indices),
            "hashes": sorted(each.hex() for each in self.hashes),
            "issued": self.issued,
        }


class Publisher:
    """The document of one hub's folder. `publish` signs a new one where what it says has changed."""

    def __init__(self, folder: Path, hub_key: Ed25519PrivateKey, issuer: Issuer) -> None:
        self._folder = folder
        self._hub_key = hub_key
        self._issuer = issuer
        self._path = folder / KEY_DOCUMENT_FILE
        self._cache = KeyCache(self._path, hub_key.public_key())
        self._served: tuple[tuple[int, int, int], bytes] | None = None

    def document(self) -> bytes:
        """What lies on disk now. Raises StateError."""
        try:
            stat = self._path.stat()
            mark = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if self._served is None or self._served[0] != mark:
                self._served = (mark, self._path.read_bytes())
        except OSError as error:
            raise StateError(f"{self._path}: cannot be read: {error.strerror}") from error
        return self._served[1]

    def publish(self, now: datetime) -> TrustBundle:
        """Sign the next document unless the present one says the same already. Raises StateError."""
        present = self._present()
        wanted = self._wanted()
        if present.version and _same(present, wanted):
            return present
        document = make_document(
            present.version + 1,
            now,
            wanted.keys.values(),
            self._hub_key,
            policy=self._policy_document(),
            revocations=wanted.revocations,
            tracing_key=wanted.tracing_key,
        )
        try:
            return self._cache.offer(json.dumps(document, indent=1).encode())
        except TrustError as error:
            raise StateError(f"{self._path}: the key document can't be published: {error}") from error

    def set_policy(self, document: object) -> None:
        """Keep another policy, for the next `publish`. Raises HubError where it is none."""
        try:
            parse(document)
        except CredentialError as error:
            raise HubError(f"{error}; nothing was published") from error
        self._write(POLICY_FILE, document)

    def revoke_pass(self, index: int) -> None:
        """Take back the pass with this index in the issuer's list. Raises HubError."""
        if not 0 <= index < MAX_INDEX:
            raise HubError(f"the index of a pass is a number from 0 on, and not {index}")
        revoked = self._revoked()
        self._keep(replace(revoked, indices=revoked.indices | {index}))

    def revoke_certificate(self, identity: str) -> None:
        """Take back an HC1 certificate by its UVCI."""
        revoked = self._revoked()
        self._keep(replace(revoked, hashes=revoked.hashes | {hash_of(identity.encode())}))

    def make_room_for(self, index: int, now: datetime) -> None:
        """A pass gets this index: see to it that the bitmap reaches beyond it. Raises StateError."""
        revoked = self._revoked()
        if index // CAPACITY_STEP > revoked.issued // CAPACITY_STEP:
            self._keep(replace(revoked, issued=index))
            self.publish(now)

    def _present(self) -> TrustBundle:
        try:
            return self._cache.load()
        except TrustError as error:
            raise StateError(
                f"{self._path}: is damaged or of another hub; restore it from a backup"
            ) from error

    def _wanted(self) -> TrustBundle:
        key = IssuerKey(self._issuer.kid, self._issuer.private_key.public_key())
        revoked = self._revoked()
        capacity = CAPACITY_STEP * (2 + max(revoked.issued, *revoked.indices, 0) // CAPACITY_STEP)
        revocations = Revocations({key.kid: bitmap_of(revoked.indices, capacity)}, revoked.hashes)
        tracing = self._folder / TRACING_KEY_FILE
        return TrustBundle(
            keys={key.kid: key},
            policy=parse(self._policy_document() or {}),
            revocations=revocations,
            tracing_key=tracing.read_bytes() if tracing.exists() else None,
        )

    def _policy_document(self) -> Mapping[str, object] | None:
        """None where none was set. Raises StateError for one that is none, which nobody has published."""
        document = self._read(POLICY_FILE)
        try:
            parse({} if document is None else document)
        except CredentialError as error:
            raise StateError(f"{self._folder / POLICY_FILE}: {error}") from error
        return document

    def _revoked(self) -> _Revoked:
        document = self._read(REVOKED_FILE) or {}
        try:
            return _Revoked.of(document)
        except (ValueError, TypeError, KeyError) as error:
            raise StateError(
                f"{self._folder / REVOKED_FILE}: is damaged; restore it from a backup"
            ) from error

    def _keep(self, revoked: _Revoked) -> None:
        self._write(REVOKED_FILE, revoked.plain())

    def _read(self, name: str) -> Mapping[str, object] | None:
        path = self._folder / name
        try:
            document = strict_json.loads(path.read_bytes(), max_characters=MAX_DOCUMENT_BYTES)
        except FileNotFoundError:
            return None
        except (OSError, strict_json.JsonError) as error:
            raise StateError(f"{path}: can't be read: {error}; restore it from a backup") from error
        if not isinstance(document, dict):
            raise StateError(f"{path}: is not a JSON object; restore it from a backup")
        return document

    def _write(self, name: str, document: object) -> None:
        path = self._folder / name
        try:
            write_atomically(path, json.dumps(document, indent=1).encode() + b"\n")
        except OSError as error:
            raise StateError(f"{path}: can't be written: {error.strerror}") from error


def open_publisher(folder: Path) -> Publisher:
    """That of a hub which has been started before, running or not. Raises StateError."""
    if not (folder / HUB_KEY_FILE).exists():
        raise StateError(f"{folder}: holds no hub; name the --state of kiosk-hub serve")
    return Publisher(folder, keys.hub_key(folder / HUB_KEY_FILE), keys.issuer(folder / ISSUER_KEY_FILE))


def _same(one: TrustBundle, other: TrustBundle) -> bool:
    """Whether both say the same, whatever their version and time."""
    return replace(one, version=0, issued_at=None) == replace(other, version=0, issued_at=None)
