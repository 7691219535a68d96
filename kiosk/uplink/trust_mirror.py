"""The uplink's copy of the hub's trust repository, fetched with python-tuf's client.

The client verifies all it fetches against the root that was pinned when the
kiosk was set up, by the system's clock, and keeps it in a folder of the
uplink's own. That spares gatekeeper what is of no use; it believes none of it
(`kiosk.trust.store`). While the hub's timestamp stays the same, byte for byte,
nothing else is asked for, and nothing is written.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

from tuf.api.exceptions import DownloadError, DownloadHTTPError, RepositoryError
from tuf.api.metadata import Metadata, Root, Snapshot, Targets, Timestamp
from tuf.ngclient import FetcherInterface, Updater, UpdaterConfig

from kiosk.trust.content import MAX_TARGET_BYTES, is_known
from kiosk.trust.errors import TrustError
from kiosk.trust.files import read_bounded
from kiosk.trust.metadata import MAX_BYTES, MAX_ROOTS, MAX_TARGETS, MetadataFiles
from kiosk.uplink.errors import HubUnreachable
from kiosk.uplink.hub_client import HubClient, Reply

WHOLE_EVERY_S = 3600.0
"""How often everything is asked for although the timestamp is the same: whether it has expired, for one."""
_METADATA, _TARGETS = "/trust/metadata/", "/trust/targets/"
_TIMESTAMP = f"{_METADATA}timestamp.json"
_CONFIG = UpdaterConfig(
    max_root_rotations=MAX_ROOTS,
    max_delegations=0,
    root_max_length=MAX_BYTES[Root.type],
    timestamp_max_length=MAX_BYTES[Timestamp.type],
    snapshot_max_length=MAX_BYTES[Snapshot.type],
    targets_max_length=MAX_BYTES[Targets.type],
)


class TrustMirror:
    """One folder. After a `refresh` without a `problem` it holds a whole state of the repository."""

    def __init__(self, folder: Path, root_file: Path, hub: HubClient, now: Callable[[], float]) -> None:
        """`root_file` holds the pinned root metadata; `now` gives monotonic seconds."""
        self._metadata = folder / "metadata"
        self._targets = folder / "targets"
        self._root_file = root_file
        self._hub = hub
        self._now = now
        self._whole: tuple[bytes, float] | None = None
        self.problem: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether there is something to hand in."""
        return self._whole is not None

    def refresh(self) -> Reply:
        """Fetch what is new. Gives the hub's last answer; `problem` says why there is nothing to hand in.

        Raises HubUnreachable.
        """
        self.problem = None
        if self._whole is not None:
            body, until_s = self._whole
            reply = self._hub.get(_TIMESTAMP)
            if reply.status != 200 or (reply.body == body and self._now() < until_s):
                return reply
        self._whole = None
        fetcher = _Fetcher(self._hub)
        try:
            root = read_bounded(self._root_file, MAX_BYTES[Root.type])
        except (OSError, TrustError) as error:
            self.problem = f"{self._root_file}: the hub's root can't be read ({error}); copy it from the hub"
            return self._hub.probe()
        try:
            self._fetch(fetcher, root)
            body = (self._metadata / "timestamp.json").read_bytes()
        except DownloadError as error:
            if fetcher.unreachable is not None:
                raise fetcher.unreachable from error
            if fetcher.last.status == 200:
                self.problem = f"what the hub serves is refused: {error}"
        except (RepositoryError, TrustError, ValueError) as error:
            self.problem = f"what the hub serves is refused: {error}"
        except OSError as error:
            self.problem = f"{error.filename}: what the hub serves can't be kept: {error.strerror}"
        else:
            self._whole = body, self._now() + WHOLE_EVERY_S
        return fetcher.last

    def metadata_after(self, root_version: int) -> MetadataFiles:
        """What is held, with the roots that are newer than this one. Raises OSError, TrustError."""
        history = self._metadata / "root_history"
        found = {int(path.name.partition(".")[0]): path for path in history.glob("[0-9]*.root.json")}
        newer = [found[version] for version in sorted(found) if version > root_version][:MAX_ROOTS]
        others = (self._read(kind) for kind in (Timestamp.type, Snapshot.type, Targets.type))
        return MetadataFiles(tuple(read_bounded(path, MAX_BYTES[Root.type]) for path in newer), *others)

    @property
    def versions(self) -> tuple[int, int]:
        """Of root and timestamp. Raises OSError, TrustError."""
        try:
            root = Metadata[Root].from_bytes(read_bounded(self._metadata / "root.json", MAX_BYTES[Root.type]))
            timestamp = Metadata[Timestamp].from_bytes(self._read(Timestamp.type))
        except RepositoryError as error:
            raise TrustError(str(error)) from error
        return root.signed.version, timestamp.signed.version

    def target(self, path: str) -> bytes:
        """The content of a target. Raises OSError, TrustError."""
        return read_bounded(self._targets / quote(path, ""), MAX_TARGET_BYTES)

    def _fetch(self, fetcher: _Fetcher, root: bytes) -> None:
        self._targets.mkdir(parents=True, exist_ok=True)
        self._metadata.mkdir(exist_ok=True)
        updater = Updater(
            str(self._metadata),
            fetcher.base_url + _METADATA,
            str(self._targets),
            fetcher.base_url + _TARGETS,
            fetcher,
            _CONFIG,
            bootstrap=root,
        )
        updater.refresh()
        names = self._names()
        for name in names:
            info = updater.get_targetinfo(name)
            if info is None or info.length > MAX_TARGET_BYTES:
                raise TrustError(f"the target {name} is too long")
            if updater.find_cached_target(info) is None:
                updater.download_target(info)
        self._sweep({quote(name, "") for name in names})

    def _names(self) -> list[str]:
        """The targets that a kiosk reads, as the metadata that was just verified lists them."""
        listed = Metadata[Targets].from_bytes(self._read(Targets.type)).signed.targets
        if len(listed) > MAX_TARGETS:
            raise TrustError(f"more than {MAX_TARGETS} targets are listed")
        return sorted(filter(is_known, listed))

    def _sweep(self, wanted: set[str]) -> None:
        for path in self._targets.iterdir():
            if path.name not in wanted:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _read(self, role: str) -> bytes:
        return read_bounded(self._metadata / f"{role}.json", MAX_BYTES[role])


class _Fetcher(FetcherInterface):
    """Lets python-tuf ask through the uplink's own client: its bounds and time-outs, and no retries."""

    base_url = "http://hub"
    """Stands for the hub's address, which is the client's affair."""

    def __init__(self, hub: HubClient) -> None:
        self._hub = hub
        self.last = Reply(200, b"")
        self.unreachable: HubUnreachable | None = None

    def _fetch(self, url: str) -> Iterator[bytes]:
        try:
            self.last = reply = self._hub.get(urlsplit(url).path)
        except HubUnreachable as error:
            self.unreachable = error
            raise
        if reply.status != 200:
            raise DownloadHTTPError(f"{reply.status} for {url}", reply.status)
        return iter((reply.body,))
