"""A new hub's folder, as `kiosk-hub trust create` makes it, served in a process; and what it publishes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL
from tuf.api.metadata import Snapshot, Targets

from hub.state import HubState, create_state, open_state
from kiosk.credentials.bundle import TrustBundle
from kiosk.trust.content import bundle_of
from kiosk.trust.metadata import MetadataFiles, verify


def root_keys(folder: Path) -> list[Path]:
    return [folder.with_name(f"{folder.name}-root-{n}.pem") for n in (1, 2, 3)]


def new_hub(folder: Path, now: datetime, database: URL | None = None) -> HubState:
    create_state(folder, root_keys(folder), now)
    return open_state(folder, now, database)


@contextmanager
def hub_process(state: Path, *arguments: str) -> Iterator[str]:
    """The address of a hub that serves this folder."""
    out, into = os.pipe()
    command = [sys.executable, "-m", "hub", "serve", "--state", str(state), "--port", "0"]
    command += ["--ready-fd", str(into), *arguments]
    process = subprocess.Popen(command, pass_fds=(into,), stdout=subprocess.DEVNULL)
    os.close(into)
    with os.fdopen(out) as ready:
        url = ready.readline().strip()
    try:
        yield url
    finally:
        process.terminate()
        process.wait(5)


def published(hub: HubState) -> TrustBundle:
    """What a kiosk that has this hub's first root makes of what is served now."""
    repository = hub.publisher.repository
    served = repository.metadata_file
    snapshot, targets = repository.current(Snapshot), repository.current(Targets)
    assert snapshot is not None
    assert targets is not None
    version = repository.root().signed.version
    roots = (served(f"{number}.root.json") for number in range(2, version + 1))
    files = MetadataFiles(
        tuple(_there(root) for root in roots),
        _there(served("timestamp.json")),
        _there(served(f"{snapshot.signed.version}.snapshot.json")),
        _there(served(f"{targets.signed.version}.targets.json")),
    )
    metadata = verify(_there(served("1.root.json")), files)
    content = {}
    for path, info in metadata.wanted.items():
        folder, _, name = path.rpartition("/")
        prefix = f"{folder}/" if folder else ""
        content[path] = _there(repository.target_file(f"{prefix}{info.hashes['sha256']}.{name}"))
        info.verify_length_and_hashes(content[path])
    return bundle_of(
        content,
        metadata.targets.version,
        issued_at=metadata.signed_at,
        fresh_until=metadata.fresh_until,
    )


def _there(data: bytes | None) -> bytes:
    assert data is not None
    return data
