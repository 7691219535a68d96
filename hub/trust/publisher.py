"""What the hub publishes for kiosks to judge by: issuer keys, policy, revocations, the tracing key.

Each lies as a file in the hub's folder, is changed under the repository's lock,
and is published as targets of the TUF repository (`kiosk.trust.content`),
also while a hub is running: that one serves what lies there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from hub import keys
from hub.errors import HubError, StateError
from hub.issuing import Issuer
from hub.trust.repository import Repository
from kiosk.credentials.bundle import IssuerKey
from kiosk.credentials.errors import CredentialError
from kiosk.credentials.policy import parse
from kiosk.credentials.revocation import Revocations, bitmap_of, hash_of
from kiosk.trust import strict_json
from kiosk.trust.content import MAX_KEYS, MAX_TARGET_BYTES, SHARD_INDICES, files_of
from kiosk.trust.errors import TrustError
from kiosk.trust.files import write_atomically
from kiosk.trust.jwk import jwk_from_issuer_key, keys_from_jwks

ISSUER_KEY_FILE = "issuer_key.pem"
POLICY_FILE = "policy.json"
SIGNERS_FILE = "signers.json"
TRACING_KEY_FILE = "tracing_key.pub"
REVOKED_FILE = "revoked.json"
TRUST_FOLDER = "trust"
MAX_INDEX = 10_000_000
MAX_SOURCE_BYTES = 134_217_728


@dataclass(frozen=True, slots=True)
class _Revoked:
    """`issued` is an index that was given out, at most a shard behind the highest."""

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
    """What one hub's folder says, and its repository. What changes it is published by `publish`."""

    def __init__(self, folder: Path, issuer: Issuer) -> None:
        self._folder = folder
        self._issuer = issuer
        self.repository = Repository(folder / TRUST_FOLDER)

    def publish(self, now: datetime) -> int:
        """Sign what has changed; gives the version of what is published. Raises StateError."""
        with self.repository.locked():
            return self._publish(now)

    def set_policy(self, document: object, now: datetime) -> int:
        """Publish another policy; gives the version. Raises HubError where it is none."""
        try:
            parse(document)
        except CredentialError as error:
            raise HubError(f"{error}; nothing was published") from error
        with self.repository.locked():
            self._write(POLICY_FILE, document)
            return self._publish(now)

    def set_signers(self, signers: Sequence[IssuerKey], now: datetime) -> int:
        """Publish these keys beside the hub's own issuer's, in place of those before. Raises HubError."""
        if len(signers) >= MAX_KEYS:
            raise HubError(f"at most {MAX_KEYS - 1} keys can be published beside the hub's own")
        with self.repository.locked():
            self._write(SIGNERS_FILE, {"keys": [jwk_from_issuer_key(key) for key in signers]})
            return self._publish(now)

    def revoke_pass(self, index: int, now: datetime) -> int:
        """Take back the pass with this index in the issuer's list; gives the version. Raises HubError."""
        if not 0 <= index < MAX_INDEX:
            raise HubError(f"the index of a pass is a number from 0 on, and not {index}")
        with self.repository.locked():
            revoked = self._revoked()
            self._write(REVOKED_FILE, replace(revoked, indices=revoked.indices | {index}).plain())
            return self._publish(now)

    def revoke_certificate(self, identity: str, now: datetime) -> int:
        """Take back an HC1 certificate by its UVCI; gives the version. Raises HubError."""
        with self.repository.locked():
            revoked = self._revoked()
            hashes = revoked.hashes | {hash_of(identity.encode())}
            self._write(REVOKED_FILE, replace(revoked, hashes=hashes).plain())
            return self._publish(now)

    def make_room_for(self, index: int, now: datetime) -> None:
        """A pass gets this index: see to it that the bitmap reaches beyond it. Raises StateError."""
        if index // SHARD_INDICES == self._revoked().issued // SHARD_INDICES:
            return
        with self.repository.locked():
            revoked = self._revoked()
            self._write(REVOKED_FILE, replace(revoked, issued=max(index, revoked.issued)).plain())
            self._publish(now)

    def _publish(self, now: datetime) -> int:
        own = IssuerKey(self._issuer.kid, self._issuer.private_key.public_key())
        revoked = self._revoked()
        # One shard ahead, so that a pass that was just issued has a status too.
        shards = 2 + max(revoked.issued, *revoked.indices, 0) // SHARD_INDICES
        bitmap = bitmap_of(revoked.indices, shards * SHARD_INDICES)
        tracing = self._folder / TRACING_KEY_FILE
        files = files_of(
            {**self._signers(), own.kid: own}.values(),
            Revocations({own.kid: bitmap}, revoked.hashes),
            policy=self._policy_document(),
            tracing_key=tracing.read_bytes() if tracing.exists() else None,
        )
        for path, data in files.items():
            if len(data) > MAX_TARGET_BYTES:
                raise StateError(f"{path} would have {len(data)} bytes; kiosks read {MAX_TARGET_BYTES}")
        return self.repository.publish(files, now)

    def _signers(self) -> dict[bytes, IssuerKey]:
        document = self._read(SIGNERS_FILE) or {"keys": []}
        try:
            listed = document.get("keys")
            return keys_from_jwks(listed if isinstance(listed, list) else [None])
        except TrustError as error:
            raise StateError(f"{self._folder / SIGNERS_FILE}: {error}; restore it from a backup") from error

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

    def _read(self, name: str) -> Mapping[str, object] | None:
        path = self._folder / name
        try:
            document = strict_json.loads(path.read_bytes(), max_characters=MAX_SOURCE_BYTES)
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
    """That of a hub which has been set up before, running or not. Raises StateError."""
    if not (folder / ISSUER_KEY_FILE).exists():
        raise StateError(f"{folder}: holds no hub; name the --state of kiosk-hub serve")
    return Publisher(folder, keys.issuer(folder / ISSUER_KEY_FILE))
