"""A kiosk's uplink and gatekeeper before a server of trust: real HTTP, python-tuf, the real store."""

from __future__ import annotations

import json
import random
from pathlib import Path

import time_machine

from kiosk.core import trust_age
from kiosk.core.events import Event
from kiosk.core.trust_age import Tier
from kiosk.gatekeeper.trust_desk import TrustDesk
from kiosk.gatekeeper.uplink_desk import UplinkDesk
from kiosk.journal.store import Journal
from kiosk.terms import Instant
from kiosk.trust.metadata import MetadataFiles
from kiosk.trust.store import TrustStore
from kiosk.uplink.hub_client import HubClient, new_session
from kiosk.uplink.trust_mirror import TrustMirror
from kiosk.uplink.uplink import Uplink
from sim.clock import SimClock
from tests.trust.repositories import NOON, HubTrust
from tests.trust.served import METADATA, TARGETS, TrustServer
from tests.uplink.world import DEVICE, DEVICE_KEY, DeskDouble

TIMESTAMP = f"{METADATA}timestamp.json"


class Kiosk:
    """Uplink and gatekeeper of one kiosk before one server. `utc` is its system's clock."""

    def __init__(self, folder: Path, trust: TrustServer, root_file: Path) -> None:
        self.folder = folder
        self.clock = SimClock(NOON)
        self.trusted = True
        self.posted: list[Event] = []
        self._trust = trust
        self._root_file = root_file
        self._journal = Journal(folder / "journal.db", DEVICE, random=random.Random(1).randbytes).open()
        self._session = new_session()
        self.restart()

    def restart(self) -> None:
        """Both processes."""
        self.store = TrustStore(self.folder / "trust", self._root_file)
        self.store.load()
        desk = UplinkDesk(
            self._journal,
            TrustDesk(self.store, self.posted.append, self.now),
            DEVICE_KEY,
            DEVICE_KEY.public_key(),
            self.posted.append,
            self.now,
        )
        client = HubClient(self._trust.url, self._session)
        mirror = TrustMirror(self.folder / "uplink", self._root_file, client, self.clock.mono)
        self.uplink = Uplink(DeskDouble(desk.handle), client, mirror, self.clock, random.Random(1))

    def forget_mirror(self) -> None:
        """As when the uplink's folder is lost, or in somebody else's hands."""
        for path in sorted((self.folder / "uplink").rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
        self.restart()

    def now(self) -> Instant:
        return Instant(self.clock.mono(), self.clock.utc(), self.trusted)

    def live(self, seconds: float = 90.0) -> None:
        end_s = self.clock.mono() + seconds
        while self.clock.mono() < end_s:
            with time_machine.travel(self.clock.utc(), tick=False):
                wait_s = self.uplink.run_once()
            self.clock.sleep(max(wait_s, 1.0))

    @property
    def tier(self) -> Tier:
        return trust_age.tier_of(self.store.bundle, self.clock.utc())

    def close(self) -> None:
        self._session.close()
        self._journal.close()


def frozen(hub: HubTrust) -> dict[str, tuple[int, bytes]]:
    """The answers of a server that stays at what is published now."""
    files, versions = hub.metadata(), hub.repository
    snapshot = json.loads(files.snapshot)["signed"]["version"]
    targets = json.loads(files.targets)["signed"]["version"]
    answers = {
        TIMESTAMP: (200, files.timestamp),
        f"{METADATA}{snapshot}.snapshot.json": (200, files.snapshot),
        f"{METADATA}{targets}.targets.json": (200, files.targets),
    }
    for path in versions.folder.glob("targets/**/*.*"):
        name = path.relative_to(versions.folder / "targets").as_posix()
        answers[f"{TARGETS}{name}"] = (200, path.read_bytes())
    return answers


def target_name(server: TrustServer, ending: str) -> str:
    return next(path for path in server.asked if path.endswith(ending))


def offered(kiosk: Kiosk, files: MetadataFiles) -> dict[str, object]:
    """What gatekeeper answers to an uplink that has been taken over and hands in anything."""
    desk = TrustDesk(kiosk.store, kiosk.posted.append, kiosk.now)
    handle = UplinkDesk(
        kiosk._journal, desk, DEVICE_KEY, DEVICE_KEY.public_key(), kiosk.posted.append, kiosk.now
    ).handle
    return handle(
        {
            "op": "trust",
            "roots": [root.decode(errors="replace") for root in files.roots],
            "timestamp": files.timestamp.decode(errors="replace"),
            "snapshot": files.snapshot.decode(errors="replace"),
            "targets": files.targets.decode(errors="replace"),
        }
    )
