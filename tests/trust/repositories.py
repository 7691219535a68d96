"""A hub's trust repository, made by the hub's own code, and its way into a kiosk's store, without network."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tuf.api.metadata import Snapshot, Targets

from hub.trust import ceremony
from hub.trust.repository import Repository
from kiosk.credentials.bundle import IssuerKey, TrustBundle
from kiosk.credentials.revocation import Revocations
from kiosk.terms import Instant
from kiosk.trust.content import files_of
from kiosk.trust.metadata import MetadataFiles
from kiosk.trust.store import TrustStore

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CITY = IssuerKey(b"city", derive_private_key(7, SECP256R1()).public_key(), areas=frozenset({"330100"}))
STAFF = IssuerKey(
    b"stff",
    Ed25519PrivateKey.from_private_bytes(b"s" * 32).public_key(),
    formats=frozenset({"HP1", "HC1"}),
    roles=frozenset({9}),
)


def at(moment: datetime = NOON, *, trusted: bool = True) -> Instant:
    return Instant(0.0, moment, trusted)


def later(**time: float) -> datetime:
    return NOON + timedelta(**time)


class HubTrust:
    """A repository and the keys of its root, made where there is none; publishes what it is told to."""

    def __init__(self, folder: Path, now: datetime = NOON) -> None:
        self.repository = Repository(folder)
        self.root_keys = [folder.with_name(f"{folder.name}-{n}.pem") for n in (1, 2, 3)]
        if not self.repository.exists:
            ceremony.create(self.repository, self.root_keys, now)
        self.pinned_root = folder / "metadata" / "1.root.json"

    def publish(
        self,
        keys: Iterable[IssuerKey] = (CITY, STAFF),
        revocations: Revocations | None = None,
        now: datetime = NOON,
        **others: bytes,
    ) -> int:
        """`others` replace or add files, by their name up to the dot."""
        files = files_of(keys, revocations or Revocations())
        return self.publish_files(files | {f"{name}.json": data for name, data in others.items()}, now)

    def publish_files(self, files: dict[str, bytes], now: datetime = NOON) -> int:
        with self.repository.locked():
            return self.repository.publish(files, now)

    def rotate_root(self, now: datetime = NOON, *online: str) -> None:
        ceremony.rotate(self.repository, now, replace={}, online=online)
        assert ceremony.sign(self.repository, self.root_keys[0]) is None
        assert ceremony.sign(self.repository, self.root_keys[1]) is not None
        self.repository.renew(now)

    def metadata(self, first_root: int = 2) -> MetadataFiles:
        """As it is served now."""
        newest = self.repository.root().signed.version
        snapshot, targets = self.repository.current(Snapshot), self.repository.current(Targets)
        assert snapshot is not None
        assert targets is not None
        names = (f"{snapshot.signed.version}.snapshot.json", f"{targets.signed.version}.targets.json")
        return MetadataFiles(
            tuple(self._served(f"{version}.root.json") for version in range(first_root, newest + 1)),
            self._served("timestamp.json"),
            *map(self._served, names),
        )

    def target(self, path: str) -> bytes:
        targets = self.repository.current(Targets)
        assert targets is not None
        folder, _, name = path.rpartition("/")
        digest = targets.signed.targets[path].hashes["sha256"]
        data = self.repository.target_file(f"{folder}/{digest}.{name}".lstrip("/"))
        assert data is not None
        return data

    def give_to(self, store: TrustStore, instant: Instant | None = None) -> TrustBundle:
        """Hand in what is published now. Raises TrustError."""
        instant = instant or at()
        missing = store.offer(self.metadata(store.versions.root + 1), instant)
        while missing:
            missing = store.take(missing[0], self.target(missing[0]))
        return store.bundle

    def _served(self, name: str) -> bytes:
        data = self.repository.metadata_file(name)
        assert data is not None, name
        return data
