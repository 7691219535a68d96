"""A kiosk's journal and desk, a hub, and the network between them, all real, on a simulated clock."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
import time_machine
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from urllib3 import HTTPResponse

from hub.app import create_app
from hub.state import open_state
from kiosk.core.events import Event, LinkChanged
from kiosk.gatekeeper.trust_desk import TrustDesk
from kiosk.gatekeeper.uplink_desk import UplinkDesk
from kiosk.journal.store import Journal
from kiosk.terms import Instant
from kiosk.trust.store import TrustStore
from kiosk.uplink import packing
from kiosk.uplink.desk import request_line
from kiosk.uplink.errors import DeskUnavailable
from kiosk.uplink.hub_client import HubClient, new_session
from kiosk.uplink.trust_mirror import TrustMirror
from kiosk.uplink.uplink import Uplink
from sim.clock import SimClock
from sim.network import AsgiAdapter, Faults
from tests.hub.hubs import new_hub

DEVICE = "kiosk-7"
DEVICE_KEY = Ed25519PrivateKey.from_private_bytes(b"d" * 32)
URL = "http://hub"
WRITTEN_AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


class DeskDouble:
    """Stands where the socket stands: everything passes as text."""

    def __init__(self, handle: Callable[[dict[str, object]], dict[str, object]]) -> None:
        self._handle = handle
        self.is_there = True
        self.dies_of: set[str] = set()
        self.requests: list[str] = []

    def request(self, message: dict[str, Any]) -> dict[str, Any]:
        if not self.is_there:
            raise DeskUnavailable("nobody there")
        line = request_line(message)
        self.requests.append(message["op"])
        if message["op"] in self.dies_of:
            raise DeskUnavailable("nobody there any more")
        reply: dict[str, Any] = json.loads(json.dumps(self._handle(json.loads(line))))
        return reply


class World:
    """`write`, then `run`, then look at `journal` and `hub`."""

    def __init__(
        self, folder: Path, faults: Callable[[SimClock], Faults] | None = None, *, seed: int = 7
    ) -> None:
        self.clock = SimClock()
        self.faults = (faults or (lambda clock: Faults(clock.mono)))(self.clock)
        self.hub = new_hub(folder / "hub", self.clock.utc())
        self.root_file = self.hub.publisher.repository.root_path
        self.journal = Journal(folder / "journal.db", DEVICE, random=random.Random(seed).randbytes).open()
        self.trust = TrustStore(folder / "trust", self.root_file)
        self.trust.load()
        self.posted: list[Event] = []
        handle = UplinkDesk(
            self.journal,
            TrustDesk(self.trust, self.posted.append, self.now),
            DEVICE_KEY,
            self.hub.hub_key.public_key(),
            self.posted.append,
            self.now,
        ).handle
        self.desk = DeskDouble(handle)
        self.session = new_session()
        self._mount()
        self._folder = folder
        self._seed = seed
        self.uplink = self.new_uplink()

    def _mount(self) -> None:
        app = create_app(self.hub, self.clock.utc)
        self.session.mount(URL, AsgiAdapter(app, self.faults, self.clock))

    def lose_the_hubs_database(self) -> None:
        """As when the hub is set up anew from its keys alone."""
        self.hub.close()
        for file in (self._folder / "hub").glob("hub.db*"):
            file.unlink()
        self.hub = open_state(self._folder / "hub", self.clock.utc())
        self._mount()
        self.enrol()

    def new_uplink(self) -> Uplink:
        """As after a restart of the process."""
        client = HubClient(URL, self.session, now=self.clock.mono)
        mirror = TrustMirror(self._folder / "uplink", self.root_file, client, self.clock.mono)
        return Uplink(self.desk, client, mirror, self.clock, random.Random(self._seed))

    def run_once(self) -> float:
        """At the world's time, also for python-tuf, which asks the system for it."""
        with time_machine.travel(self.clock.utc(), tick=False):
            return self.uplink.run_once()

    def close(self) -> None:
        self.session.close()
        self.journal.close()
        self.hub.close()

    def now(self) -> Instant:
        return Instant(self.clock.mono(), self.clock.utc(), True)

    def enrol(self) -> None:
        self.hub.store.add_device(DEVICE, DEVICE_KEY.public_key().public_bytes_raw(), self.clock.utc())

    def write(self, count: int) -> None:
        first = self.journal.size
        drafts = [("kiosk.door.opened", {"n": n}, WRITTEN_AT, True) for n in range(first, first + count)]
        self.journal.append_many(drafts)

    def run(self, seconds: float) -> None:
        """Let the uplink live for so long."""
        end_s = self.clock.mono() + seconds
        while self.clock.mono() < end_s:
            self.clock.sleep(max(self.run_once(), 0.001))

    def run_until_drained(self, at_most_s: float) -> float:
        """Seconds until the hub has acknowledged everything."""
        began_s = self.clock.mono()
        while self.journal.acknowledged < self.journal.size:
            assert self.clock.mono() - began_s < at_most_s, self.uplink.troubles
            self.clock.sleep(self.run_once())
        return self.clock.mono() - began_s

    @property
    def links(self) -> list[LinkChanged]:
        return [event for event in self.posted if isinstance(event, LinkChanged)]

    def stored(self) -> tuple[int, bytes]:
        """Size and root of the log at the hub."""
        device = self.hub.store.device(DEVICE)
        assert device is not None
        return device.size, device.root


Answer = tuple[int, dict[str, str], object]


class ScriptedHub(requests.adapters.BaseAdapter):
    """Answers uploads as told, one after the other, then lets them through; everything else goes through.

    Requests for trust are all answered by `trust`, if it is set. A document in bytes is sent as it is.
    """

    def __init__(self, beyond: requests.adapters.BaseAdapter, answers: list[Answer]) -> None:
        super().__init__()
        self._beyond = beyond
        self._answers = answers
        self.trust: Answer | None = None
        self.asked: list[str | None] = []
        self.batches: list[dict[str, Any]] = []

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        self.asked.append(request.method)
        if request.method == "GET" and self.trust is not None:
            return _response(*self.trust)
        if request.method == "POST":
            body = request.body
            assert isinstance(body, bytes)
            self.batches.append(packing.unpack(DEVICE, body))
            if self._answers:
                return _response(*self._answers.pop(0))
        return self._beyond.send(request, **kwargs)

    def close(self) -> None:
        """Nothing is held open."""


def script(world: World, *answers: Answer) -> ScriptedHub:
    """Put a scripted hub before the real one."""
    scripted = ScriptedHub(world.session.get_adapter(URL), list(answers))
    world.session.mount(URL, scripted)
    return scripted


def _response(status: int, headers: dict[str, str], document: object) -> requests.Response:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    response = requests.Response()
    response.status_code = status
    response.headers.update(headers)
    response.raw = HTTPResponse(io.BytesIO(body), preload_content=False)
    return response
