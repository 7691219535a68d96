"""The gatekeeper's own copy of what its hub has published, verified whenever it is read or replaced.

    generations/ROOT-TIMESTAMP-SNAPSHOT-TARGETS.json    the metadata of one state, its versions in the name
    targets/SHA256                                      the targets of the states that are kept

A state is offered as metadata first; what it lists and is not here is asked
for; when the last target has come and all of it makes sense, one rename puts
it in force. So a card that is pulled at any moment holds the old state or the
new one. Two are kept: where the newest is damaged the one before it serves
until the hub is reached, and its versions, which stand in the file's name,
still bar the way back.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import TargetFile

from kiosk.credentials.bundle import TrustBundle
from kiosk.terms import Instant
from kiosk.trust import strict_json
from kiosk.trust.content import MAX_TARGET_BYTES, bundle_of
from kiosk.trust.errors import TrustError
from kiosk.trust.files import read_bounded, write_atomically
from kiosk.trust.metadata import (
    MAX_BYTES,
    MetadataFiles,
    Verified,
    Versions,
    check_not_older,
    check_unexpired,
    pinned,
    verify,
)

GENERATIONS, TARGETS = "generations", "targets"
MAX_ROOT_CHAIN_BYTES = 4_194_304
_NAME = re.compile(r"([0-9]{1,9})-([0-9]{1,9})-([0-9]{1,9})-([0-9]{1,9})\.json")
_ROLES_BESIDE_ROOT = 3
_MAX_GENERATION_BYTES = MAX_ROOT_CHAIN_BYTES + 2 * sum(MAX_BYTES.values())


@dataclass(frozen=True, slots=True)
class _State:
    """Metadata, its targets' content by name, and what they say."""

    metadata: Verified
    files: dict[str, bytes]
    bundle: TrustBundle

    @classmethod
    def of(cls, metadata: Verified, files: dict[str, bytes]) -> _State:
        bundle = bundle_of(
            files,
            metadata.targets.version,
            issued_at=metadata.signed_at,
            fresh_until=metadata.fresh_until,
        )
        return cls(metadata, files, bundle)


class TrustStore:
    """One writer. `load` before anything is offered."""

    def __init__(self, folder: Path, root_file: Path) -> None:
        """`root_file` holds the root metadata that was pinned when the kiosk was set up."""
        self._folder = folder
        self._root_file = root_file
        self._held: _State | None = None
        self._pending: tuple[Verified, dict[str, bytes]] | None = None
        self._floor = Versions()
        self.damage: str | None = None

    @property
    def bundle(self) -> TrustBundle:
        """What is in force; of version 0 before anything is."""
        return TrustBundle() if self._held is None else self._held.bundle

    @property
    def metadata(self) -> Verified | None:
        """The metadata that is in force."""
        return None if self._held is None else self._held.metadata

    @property
    def versions(self) -> Versions:
        """Of what is in force; the root's is the pinned one's at least."""
        return Versions() if self._held is None else self._held.metadata.versions

    def load(self) -> TrustBundle:
        """The newest state on disk that verifies.

        `damage` says what is wrong with a newer one. Raises TrustError where the pinned root can't be read
        and where none of the states that are there verifies.
        """
        root = self._pinned_root()
        problems = []
        for name, versions in self._generations():
            try:
                self._held = self._read_state(root, self._folder / GENERATIONS / name)
            except _OtherHub:
                continue
            except TrustError as error:
                problems.append(f"{self._folder / GENERATIONS / name}: {error}")
                self._floor = max(self._floor, versions, key=_order)
                continue
            break
        if problems:
            self.damage = f"{problems[0]}; it is replaced when the hub is reached"
        if self._held is None and self.damage is not None:
            raise TrustError(self.damage)
        return self.bundle

    def offer(self, files: MetadataFiles, at: Instant) -> tuple[str, ...]:
        """Metadata that came from outside. Gives the names of the targets that are still to be taken.

        When there are none the state is in force already. Raises TrustError, and nothing has changed.
        """
        self._pending = None
        offered = verify(self._pinned_root(), self._with_known_roots(files))
        if at.utc_trusted:
            check_unexpired(offered, at.utc)
        if self._held is not None:
            check_not_older(offered, self._held.metadata)
        if _order(offered.versions) < _order(self._floor):
            raise TrustError(
                f"root {offered.root.version} with timestamp {offered.timestamp.version} is older than "
                f"{self._floor.root} with {self._floor.timestamp}, which was in force"
            )
        known = {path: self._kept(info) for path, info in offered.wanted.items()}
        self._pending = offered, {path: data for path, data in known.items() if data is not None}
        return self._settle()

    def take(self, path: str, data: bytes) -> tuple[str, ...]:
        """A target of the state that was offered. Gives the names of those that are still to be taken."""
        if self._pending is None:
            raise TrustError("no metadata was offered that lists this target")
        metadata, files = self._pending
        info = metadata.wanted.get(path)
        if info is None:
            raise TrustError(f"{path!r:.80} is not listed by the metadata that was offered")
        try:
            info.verify_length_and_hashes(data)
        except RepositoryError as error:
            raise TrustError(f"{path}: is not what the metadata lists") from error
        self._write(self._folder / TARGETS / sha256(data).hexdigest(), data)
        files[path] = data
        return self._settle()

    def _settle(self) -> tuple[str, ...]:
        assert self._pending is not None
        metadata, files = self._pending
        missing = tuple(path for path in sorted(metadata.wanted) if path not in files)
        if not missing:
            self._pending = None
            if not self._is_in_force(metadata):
                self._put_in_force(_State.of(metadata, files))
        return missing

    def _is_in_force(self, metadata: Verified) -> bool:
        """What comes once more costs the card nothing."""
        return self._held is not None and metadata.files.timestamp == self._held.metadata.files.timestamp

    def _put_in_force(self, state: _State) -> None:
        self._write(self._folder / GENERATIONS / _name(state.metadata.versions), _plain(state.metadata.files))
        before, self._held = self._held, state
        self._floor = Versions()
        self.damage = None
        self._sweep([each for each in (before, state) if each is not None])

    def _sweep(self, kept: list[_State]) -> None:
        """Remove what no kept state needs. What can't be removed now is no harm."""
        names = {_name(state.metadata.versions) for state in kept}
        digests = {sha256(data).hexdigest() for state in kept for data in state.files.values()}
        for folder, wanted in ((GENERATIONS, names), (TARGETS, digests)):
            for path in (self._folder / folder).iterdir():
                if path.name not in wanted:
                    path.unlink(missing_ok=True)

    def _with_known_roots(self, files: MetadataFiles) -> MetadataFiles:
        """The chain from the pinned root on: those that are held, then those that are new."""
        if self._held is None:
            return files
        held = self._held.metadata
        return MetadataFiles(
            (*held.files.roots, *files.roots), files.timestamp, files.snapshot, files.targets
        )

    def _pinned_root(self) -> bytes:
        try:
            root = read_bounded(self._root_file, MAX_BYTES["root"])
        except OSError as error:
            raise TrustError(
                f"{self._root_file}: the hub's root can't be read: {error.strerror}; copy it from the hub"
            ) from error
        try:
            pinned(root)
        except TrustError as error:
            raise TrustError(f"{self._root_file}: {error}; copy it from the hub again") from error
        return root

    def _generations(self) -> list[tuple[str, Versions]]:
        """Names and versions, the newest first."""
        try:
            names = [path.name for path in (self._folder / GENERATIONS).iterdir()]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise TrustError(f"{self._folder / GENERATIONS}: can't be read: {error.strerror}") from error
        found = [
            (name, Versions(*map(int, match.groups()))) for name in names if (match := _NAME.fullmatch(name))
        ]
        return sorted(found, key=lambda each: _order(each[1]), reverse=True)

    def _read_state(self, root: bytes, path: Path) -> _State:
        files = _read_generation(path)
        try:
            metadata = verify(root, files)
        except TrustError as error:
            # All of it is there as it was written, and still not from the pinned root.
            raise _OtherHub(str(error)) from error
        targets = {}
        for name, info in metadata.wanted.items():
            data = self._kept(info)
            if data is None:
                raise TrustError(f"the target {name} is missing or damaged")
            targets[name] = data
        return _State.of(metadata, targets)

    def _kept(self, info: TargetFile) -> bytes | None:
        """What is on disk of a target; None where it isn't, or isn't whole."""
        digest = info.hashes.get("sha256", "")
        try:
            if info.length > MAX_TARGET_BYTES or not re.fullmatch("[0-9a-f]{64}", digest):
                raise TrustError(f"{info.path}: is longer than {MAX_TARGET_BYTES} bytes, or has no SHA-256")
            data = read_bounded(self._folder / TARGETS / digest, info.length)
            info.verify_length_and_hashes(data)
        except (OSError, RepositoryError):
            return None
        return data

    def _write(self, path: Path, data: bytes) -> None:
        try:
            write_atomically(path, data)
        except OSError as error:
            raise TrustError(f"{path}: can't be written: {error.strerror}") from error


class _OtherHub(TrustError):
    """A state of another hub than the one whose root is pinned now."""


def _order(versions: Versions) -> tuple[int, int]:
    return versions.root, versions.timestamp


def _name(versions: Versions) -> str:
    return f"{versions.root}-{versions.timestamp}-{versions.snapshot}-{versions.targets}.json"


def _plain(files: MetadataFiles) -> bytes:
    texts = [each.decode() for each in (*files.roots, files.timestamp, files.snapshot, files.targets)]
    return json.dumps({"sha256": _digest(texts), "metadata": texts}).encode()


def _digest(texts: list[str]) -> str:
    return sha256("\0".join(texts).encode()).hexdigest()


def _read_generation(path: Path) -> MetadataFiles:
    """Raises TrustError for a file that is not as it was written."""
    try:
        document = strict_json.loads(
            read_bounded(path, _MAX_GENERATION_BYTES), max_characters=_MAX_GENERATION_BYTES
        )
    except OSError as error:
        raise TrustError(f"can't be read: {error.strerror}") from error
    except strict_json.JsonError as error:
        raise TrustError("is damaged") from error
    texts = document.get("metadata") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(texts, list) or len(texts) < _ROLES_BESIDE_ROOT:
        raise TrustError("is damaged")
    if not all(isinstance(text, str) for text in texts) or _digest(texts) != document.get("sha256"):
        raise TrustError("is damaged")
    *roots, timestamp, snapshot, targets = (text.encode() for text in texts)
    return MetadataFiles(tuple(roots), timestamp, snapshot, targets)
