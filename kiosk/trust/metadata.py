"""The metadata of a hub's TUF repository, verified from bytes (The Update Framework, specification 1.0.31).

`verify` judges signatures, versions, lengths and hashes, and nothing that
depends on time or on what is held already: those are `check_unexpired` and
`check_not_older`. Root metadata is a chain from the one that was pinned when
the kiosk was set up; each is signed by its predecessor's keys and by its own
(5.3). Top-level targets only: a hub of these kiosks delegates to nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root, Signed, Snapshot, TargetFile, Targets, Timestamp

from kiosk.trust import content
from kiosk.trust.errors import TrustError

SIGNED_AT = "signed_at"
"""A member of the hub's timestamp beyond the specification's (which allows such): when it was signed."""
MAX_BYTES: Mapping[str, int] = {
    Root.type: 65_536,
    Timestamp.type: 16_384,
    Snapshot.type: 65_536,
    Targets.type: 262_144,
}
MAX_ROOTS = 64
MAX_TARGETS = 1024

S = TypeVar("S", Root, Timestamp, Snapshot, Targets)


@dataclass(frozen=True, slots=True)
class MetadataFiles:
    """As a repository serves them; `roots` in the order of their versions, perhaps none."""

    roots: tuple[bytes, ...]
    timestamp: bytes
    snapshot: bytes
    targets: bytes


@dataclass(frozen=True, slots=True)
class Versions:
    """Of each role."""

    root: int = 0
    timestamp: int = 0
    snapshot: int = 0
    targets: int = 0


@dataclass(frozen=True, slots=True)
class Verified:
    """Metadata that belongs together and is signed by whom the pinned root trusts, however old it is."""

    files: MetadataFiles
    root: Root
    timestamp: Timestamp
    snapshot: Snapshot
    targets: Targets

    @property
    def versions(self) -> Versions:
        return Versions(
            self.root.version, self.timestamp.version, self.snapshot.version, self.targets.version
        )

    @property
    def fresh_until(self) -> datetime:
        """When the first of them expires: ordinarily the timestamp."""
        return min(_utc(each.expires) for each in self._all())

    @property
    def signed_at(self) -> datetime | None:
        """When the hub has signed the timestamp, as that says; None where it does not."""
        text = self.timestamp.unrecognized_fields.get(SIGNED_AT)
        try:
            moment = datetime.fromisoformat(text if isinstance(text, str) else "")
        except ValueError:
            return None
        return None if moment.tzinfo is None else min(moment.astimezone(UTC), self.fresh_until)

    @property
    def wanted(self) -> dict[str, TargetFile]:
        """The targets that a kiosk reads, by name."""
        return {path: info for path, info in self.targets.targets.items() if content.is_known(path)}

    def expired(self, utc: datetime) -> str | None:
        """The name of a role that has expired by then."""
        return next((each.type for each in self._all() if each.is_expired(utc)), None)

    def _all(self) -> tuple[Signed, ...]:
        return self.timestamp, self.snapshot, self.targets, self.root


def verify(pinned_root: bytes, files: MetadataFiles) -> Verified:
    """Raises TrustError with a sentence. Roots that are not newer than the pinned one are passed over."""
    if len(files.roots) > MAX_ROOTS:
        raise TrustError(f"more than {MAX_ROOTS} roots are offered at once")
    root = pinned(pinned_root)
    for data in files.roots:
        root = _next_root(root, data)
    try:
        timestamp = _delegate(root, Timestamp, files.timestamp)
        timestamp.snapshot_meta.verify_length_and_hashes(files.snapshot)
        snapshot = _delegate(root, Snapshot, files.snapshot)
        _same_version(snapshot, timestamp.snapshot_meta.version)
        listed = snapshot.meta.get("targets.json")
        if listed is None:
            raise TrustError("the snapshot metadata does not list targets.json")
        listed.verify_length_and_hashes(files.targets)
        targets = _delegate(root, Targets, files.targets)
        _same_version(targets, listed.version)
    except (RepositoryError, ValueError) as error:
        raise _explained(error) from error
    if len(targets.targets) > MAX_TARGETS:
        raise TrustError(f"the targets metadata lists more than {MAX_TARGETS} targets")
    return Verified(files, root, timestamp, snapshot, targets)


def pinned(data: bytes) -> Root:
    """The root that trust begins with, signed by itself. Raises TrustError."""
    try:
        metadata = _parse(Root, data)
        metadata.signed.verify_delegate(Root.type, metadata.signed_bytes, metadata.signatures)
    except (RepositoryError, ValueError) as error:
        raise TrustError(f"the pinned root is not the root metadata of a hub: {error}") from error
    return metadata.signed


def check_unexpired(offered: Verified, utc: datetime) -> None:
    """Raises TrustError when a role has expired (5.3.10, 5.4.4, 5.5.6, 5.6.6)."""
    if role := offered.expired(utc):
        raise TrustError(f"the {role} metadata that is offered has expired")


def check_not_older(offered: Verified, held: Verified) -> None:
    """Raises TrustError for a version below the one that is held (5.3.5, 5.4.3, 5.5.5).

    A held timestamp or snapshot that is not signed by the offered root's keys counts for nothing: that is
    how a hub whose online key was stolen recovers from versions far too high (5.3.11).
    """
    if offered.root.version < held.root.version:
        raise _older(Root.type, offered.root.version, held.root.version)
    pairs: list[tuple[int, Metadata[Timestamp] | Metadata[Snapshot]]] = [
        (offered.timestamp.version, _parse(Timestamp, held.files.timestamp)),
        (offered.snapshot.version, _parse(Snapshot, held.files.snapshot)),
    ]
    for version, metadata in pairs:
        role = metadata.signed.type
        if _is_signed_for(offered.root, role, metadata) and version < metadata.signed.version:
            raise _older(role, version, metadata.signed.version)
    if _is_signed_for(offered.root, Snapshot.type, pairs[1][1]):
        version, kept = offered.targets.version, held.targets.version
        if version < kept:
            raise _older(Targets.type, version, kept)


def _next_root(root: Root, data: bytes) -> Root:
    try:
        metadata = _parse(Root, data)
        if metadata.signed.version <= root.version:
            return root
        if metadata.signed.version != root.version + 1:
            raise TrustError(f"root {metadata.signed.version} does not follow root {root.version}")
        for signer in (root, metadata.signed):
            signer.verify_delegate(Root.type, metadata.signed_bytes, metadata.signatures)
    except (RepositoryError, ValueError) as error:
        raise _explained(error) from error
    return metadata.signed


def _delegate(root: Root, kind: type[S], data: bytes) -> S:
    metadata = _parse(kind, data)
    root.verify_delegate(kind.type, metadata.signed_bytes, metadata.signatures)
    return metadata.signed


def _parse(kind: type[S], data: bytes) -> Metadata[S]:
    if len(data) > MAX_BYTES[kind.type]:
        raise TrustError(f"the {kind.type} metadata is longer than {MAX_BYTES[kind.type]} bytes")
    metadata = Metadata[S].from_bytes(data)
    if not isinstance(metadata.signed, kind):
        raise TrustError(f"what is offered as {kind.type} metadata is {metadata.signed.type} metadata")
    return metadata


def _is_signed_for(root: Root, role: str, metadata: Metadata[Timestamp] | Metadata[Snapshot]) -> bool:
    try:
        root.verify_delegate(role, metadata.signed_bytes, metadata.signatures)
    except RepositoryError:
        return False
    return True


def _same_version(signed: Signed, version: int) -> None:
    if signed.version != version:
        raise TrustError(f"the {signed.type} metadata is version {signed.version} where {version} is listed")


def _older(role: str, version: int, held: int) -> TrustError:
    return TrustError(
        f"the {role} metadata that is offered is version {version}, older than {held}, which is held"
    )


def _explained(error: Exception) -> TrustError:
    return error if isinstance(error, TrustError) else TrustError(f"the metadata does not verify: {error}")


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
