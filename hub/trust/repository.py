"""A TUF repository in a folder, as kiosks fetch it (The Update Framework, specification 1.0.31).

    metadata/N.root.json, N.snapshot.json, N.targets.json, timestamp.json
    targets/…/SHA256.NAME                      consistent snapshots (6.2): no file is ever changed
    keys/targets.pem, snapshot.pem, timestamp.pem      the hub's online keys
    lock                                       held while anything is changed

Root metadata is signed elsewhere (`hub.trust.ceremony`); the other roles here.
A timestamp lasts a day and is signed anew once an hour, when it is asked for:
a kiosk that is connected never comes near its end, and a hub that nobody asks
writes nothing. Snapshot and targets are signed anew in the second half of
their lives. Several processes may have the folder open.
"""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp

from hub import keys
from hub.errors import StateError
from kiosk.trust.files import write_atomically
from kiosk.trust.metadata import SIGNED_AT

ONLINE_ROLES = (Targets.type, Snapshot.type, Timestamp.type)
LIFETIMES: Mapping[str, timedelta] = {
    Root.type: timedelta(days=365),
    Targets.type: timedelta(days=90),
    Snapshot.type: timedelta(days=90),
    Timestamp.type: timedelta(hours=24),
}
TIMESTAMP_EVERY = timedelta(hours=1)
LOOK_AGAIN_AFTER = timedelta(minutes=1)
KEPT_VERSIONS = 5
"""Of snapshot and targets, for kiosks that are in the middle of fetching them."""
_SERVED = re.compile(r"timestamp\.json|[1-9][0-9]{0,8}\.(root|snapshot|targets)\.json")
_ROOT = re.compile(r"([1-9][0-9]{0,8})\.root\.json")

S = TypeVar("S", Root, Snapshot, Targets, Timestamp)


class Repository:
    """The repository in `folder`. What raises StateError names the file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._metadata = folder / "metadata"
        self._targets = folder / "targets"
        self._looked_at: tuple[tuple[int, int, int], datetime, datetime] | None = None

    @property
    def exists(self) -> bool:
        return self._newest_root() > 0

    @property
    def root_path(self) -> Path:
        """The newest root: what a kiosk is given when it is set up. Raises StateError without one."""
        version = self._newest_root()
        if not version:
            raise StateError(
                f"{self.folder}: there is no trust repository; make a new hub's with: kiosk-hub trust create "
                f"--state {self.folder.parent} KEY KEY KEY"
            )
        return self._metadata / f"{version}.root.json"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone in this folder, among processes too. Not to be nested."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            file = (self.folder / "lock").open("wb")
        except OSError as error:
            raise StateError(f"{error.filename}: can't be written: {error.strerror}") from error
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def root(self) -> Metadata[Root]:
        """The newest root. Raises StateError."""
        return self._read(self.root_path, Root)

    def current(self, kind: type[S]) -> Metadata[S] | None:
        """The newest snapshot, targets or timestamp; None before the first. Raises StateError."""
        if kind is Timestamp:
            path = self._metadata / "timestamp.json"
            return self._read(path, kind) if path.exists() else None
        newest = self._newest(kind.type)
        return self._read(self._path(kind.type, newest), kind) if newest else None

    def publish(self, files: Mapping[str, bytes], now: datetime) -> int:
        """Sign what has changed or nears its end; gives the version of the targets. Under `locked`."""
        wanted = {path: TargetFile.from_data(path, data, ["sha256"]) for path, data in files.items()}
        for path, info in wanted.items():
            if not (place := self._target_path(path, info)).exists():
                self.write(place, files[path])
        return self._sign(wanted, now)

    def renew(self, now: datetime) -> None:
        """Sign anew what nears its end. For a minute after a look the same timestamp is not looked at again.

        Whoever changes anything else of the repository signs another timestamp.
        """
        if self._looked_at is not None:
            mark, begin, end = self._looked_at
            if begin <= now < end and mark == self._mark():
                return
        self._renew(now)
        after = self._mark()
        if after is not None:
            self._looked_at = after, now, now + LOOK_AGAIN_AFTER

    def _renew(self, now: datetime) -> None:
        root = self.root().signed
        current = (self.current(Timestamp), self.current(Snapshot), self.current(Targets))
        if not any(each is None or self._is_due(each, root, now) for each in current):
            return
        with self.locked():
            targets = self.current(Targets)
            if targets is not None:
                self._sign(targets.signed.targets, now)

    def metadata_file(self, name: str) -> bytes | None:
        """As it is served; None where there is none of this name."""
        return self._bytes(self._metadata / name) if _SERVED.fullmatch(name) else None

    def target_file(self, path: str) -> bytes | None:
        """As it is served, by its name with the hash; None where there is none."""
        place = self._targets / path
        if ".." in place.parts or "\0" in path or not place.is_relative_to(self._targets):
            return None
        return self._bytes(place)

    def write(self, path: Path, data: bytes) -> None:
        """Raises StateError."""
        try:
            write_atomically(path, data)
        except OSError as error:
            raise StateError(f"{path}: can't be written: {error.strerror}") from error

    def signer(self, role: str) -> CryptoSigner:
        """The online key of a role. Raises StateError."""
        return CryptoSigner(keys.existing(self.key_path(role)))

    def key_path(self, role: str) -> Path:
        return self.folder / "keys" / f"{role}.pem"

    def put_root(self, metadata: Metadata[Root]) -> None:
        """Under `locked`."""
        self._looked_at = None
        self.write(self._path(Root.type, metadata.signed.version), metadata.to_bytes())

    # -- signing

    def _sign(self, wanted: Mapping[str, TargetFile], now: datetime) -> int:
        root = self.root().signed
        targets = self.current(Targets)
        if targets is None or targets.signed.targets != wanted or self._is_due(targets, root, now):
            version = 1 if targets is None else targets.signed.version + 1
            targets = Metadata(Targets(version, None, expiry(Targets.type, now), dict(wanted)))
            self._finish(targets)
        snapshot = self.current(Snapshot)
        listed = MetaFile.from_data(targets.signed.version, targets.to_bytes(), ["sha256"])
        if (
            snapshot is None
            or snapshot.signed.meta["targets.json"] != listed
            or self._is_due(snapshot, root, now)
        ):
            version = 1 if snapshot is None else snapshot.signed.version + 1
            snapshot = Metadata(Snapshot(version, None, expiry(Snapshot.type, now), {"targets.json": listed}))
            self._finish(snapshot)
        timestamp = self.current(Timestamp)
        listed = MetaFile.from_data(snapshot.signed.version, snapshot.to_bytes(), ["sha256"])
        if (
            timestamp is None
            or timestamp.signed.snapshot_meta != listed
            or self._is_due(timestamp, root, now)
        ):
            version = 1 if timestamp is None else timestamp.signed.version + 1
            timestamp = Metadata(Timestamp(version, None, expiry(Timestamp.type, now), listed))
            timestamp.signed.unrecognized_fields[SIGNED_AT] = now.astimezone(UTC).isoformat(
                timespec="seconds"
            )
            self._finish(timestamp)
            self._sweep()
        return targets.signed.version

    def _finish(self, metadata: Metadata[Targets] | Metadata[Snapshot] | Metadata[Timestamp]) -> None:
        signed = metadata.signed
        metadata.sign(self.signer(signed.type))
        path = self._metadata / "timestamp.json"
        if not isinstance(signed, Timestamp):
            path = self._path(signed.type, signed.version)
        self.write(path, metadata.to_bytes())

    def _is_due(
        self,
        metadata: Metadata[Targets] | Metadata[Snapshot] | Metadata[Timestamp],
        root: Root,
        now: datetime,
    ) -> bool:
        """Signed long ago, by the present clock to come, or by another key than the root names now."""
        signed = metadata.signed
        lifetime = LIFETIMES[signed.type]
        age = now - (signed.expires.replace(tzinfo=UTC) - lifetime)
        longest = TIMESTAMP_EVERY if isinstance(signed, Timestamp) else lifetime / 2
        if not timedelta(seconds=-1) <= age < longest:
            return True
        try:
            root.verify_delegate(signed.type, metadata.signed_bytes, metadata.signatures)
        except RepositoryError:
            return True
        return False

    def _sweep(self) -> None:
        """Remove the versions that nobody is fetching any more, and their targets."""
        for role in (Snapshot.type, Targets.type):
            oldest = self._newest(role) - KEPT_VERSIONS
            for version in self._versions(role):
                if version <= oldest:
                    self._path(role, version).unlink(missing_ok=True)
        kept = set()
        for version in self._versions(Targets.type):
            listed = self._read(self._path(Targets.type, version), Targets).signed.targets
            kept |= {self._target_path(path, info) for path, info in listed.items()}
        for place in self._targets.rglob("*"):
            if place.is_file() and place not in kept:
                place.unlink(missing_ok=True)

    def _mark(self) -> tuple[int, int, int] | None:
        """What changes with the timestamp's file; None where there is none."""
        try:
            found = (self._metadata / "timestamp.json").stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    # -- files

    def _newest_root(self) -> int:
        return self._newest(Root.type)

    def _newest(self, role: str) -> int:
        return max(self._versions(role), default=0)

    def _versions(self, role: str) -> list[int]:
        names = (path.name for path in self._metadata.glob(f"*.{role}.json"))
        return [int(number) for name in names if (number := name.partition(".")[0]).isdecimal()]

    def _path(self, role: str, version: int) -> Path:
        return self._metadata / f"{version}.{role}.json"

    def _target_path(self, path: str, info: TargetFile) -> Path:
        folder, _, name = path.rpartition("/")
        return self._targets / folder / f"{info.hashes['sha256']}.{name}"

    def _read(self, path: Path, kind: type[S]) -> Metadata[S]:
        try:
            metadata = Metadata[S].from_bytes(path.read_bytes())
        except OSError as error:
            raise StateError(f"{path}: can't be read: {error.strerror}") from error
        except RepositoryError as error:
            raise StateError(f"{path}: is damaged; restore it from a backup") from error
        if not isinstance(metadata.signed, kind):
            raise StateError(f"{path}: is no {kind.type} metadata; restore it from a backup")
        return metadata

    def _bytes(self, path: Path) -> bytes | None:
        try:
            return path.read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None
        except OSError as error:
            raise StateError(f"{path}: can't be read: {error.strerror}") from error


def expiry(role: str, now: datetime) -> datetime:
    """When metadata that is signed now ends; whole seconds, as the format has them."""
    return now.astimezone(UTC).replace(microsecond=0) + LIFETIMES[role]
