"""Kiosks that send through trouble to a hub that is killed again and again, and what is stored afterwards.

Each kiosk behaves as the uplink does: it sends from what the last receipt named,
goes to where a 409 says, and sends again whatever it got no receipt for. The
trouble: a request that breaks off in the middle, a reply that is lost, a body
that was changed on the way, a batch that comes twice, one that leaves a gap,
one that repeats what is stored. All of it is drawn from a seed; when a kill
falls is up to the machine.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import URL, func, select

from hub.store import Store
from hub.tables import entries, make_engine
from tests.hub.devices import FakeDevice
from tests.hub.hubs import new_hub
from tests.processes import wait_until

FAULTS = ("broken off", "reply lost", "changed", "twice", "gap", "repeated")
TIMEOUT_S, PATIENCE_S, PAUSE_S = 10.0, 600.0, 0.02
MOST_ENTRIES = 24


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do: so many kiosks and entries, the share of faulty requests, at least so many kills."""

    kiosks: int
    entries: int
    kills: int
    faulty: float = 0.3
    workers: int = 2
    seed: int = 1


@dataclass(slots=True)
class Outcome:
    """What was found in the end: of the database itself, and of the kiosks."""

    rows: int
    numbers: int
    roots_equal: bool
    all_acknowledged: bool
    kills: int
    requests: int
    faults: dict[str, int] = field(default_factory=dict)

    @property
    def duplicates(self) -> int:
        return self.rows - self.numbers


def run(plan: Plan, folder: Path, database: URL | None) -> Outcome:
    """Raises AssertionError when it does not come to an end."""
    state = new_hub(folder / "hub", datetime.now(UTC), database)
    devices = [FakeDevice(f"gate-{n}", seed=plan.seed + n) for n in range(plan.kiosks)]
    for device in devices:
        device.record(plan.entries)
        state.store.add_device(
            device.device_id, device.key.public_key().public_bytes_raw(), datetime.now(UTC)
        )
    state.close()
    hub = MortalHub(folder / "hub", database, plan.workers)
    kiosks = [Kiosk(device, hub, plan) for device in devices]
    threads = [threading.Thread(target=kiosk.send_all, daemon=True) for kiosk in kiosks]
    try:
        hub.start()
        for thread in threads:
            thread.start()
        _kill_now_and_then(hub, kiosks, plan)
        for thread in threads:
            thread.join(PATIENCE_S)
        assert not any(thread.is_alive() for thread in threads), f"not within {PATIENCE_S} s"
    finally:
        hub.kill()
    for kiosk in kiosks:
        if kiosk.failure is not None:
            raise kiosk.failure
    return _outcome(database or folder / "hub" / "hub.db", hub, kiosks, devices)


def _kill_now_and_then(hub: MortalHub, kiosks: Sequence[Kiosk], plan: Plan) -> None:
    """Each time that the kiosks have come a step further; the kills are spread over all that is sent."""
    total = plan.kiosks * plan.entries
    rng = random.Random(plan.seed)
    for number in range(1, plan.kills + 1):
        step = total * number // (plan.kills + 1)
        wait_until(partial(_has_come_to, kiosks, step), PATIENCE_S, f"{step} entries acknowledged")
        time.sleep(rng.uniform(0.0, 0.05))  # into the middle of something
        hub.kill()
        hub.kills += 1
        hub.start()


def _has_come_to(kiosks: Sequence[Kiosk], step: int) -> bool:
    return sum(kiosk.acknowledged for kiosk in kiosks) >= step or any(kiosk.failure for kiosk in kiosks)


def _outcome(
    where: URL | Path, hub: MortalHub, kiosks: Sequence[Kiosk], devices: Sequence[FakeDevice]
) -> Outcome:
    engine = make_engine(where)
    with engine.connect() as connection:
        rows = connection.scalar(select(func.count()).select_from(entries)) or 0
        one_each = select(entries.c.device_id, entries.c.leaf_hash).distinct()
        numbers = connection.scalar(select(func.count()).select_from(one_each.subquery())) or 0
    engine.dispose()
    store = Store(where)
    stored = {each.device_id: each.root for each in store.devices()}
    store.close()
    return Outcome(
        rows=rows,
        numbers=numbers,
        roots_equal=stored == {each.device_id: each.root() for each in devices},
        all_acknowledged=all(kiosk.acknowledged == len(kiosk.device.entries) for kiosk in kiosks),
        kills=hub.kills,
        requests=sum(kiosk.requests for kiosk in kiosks),
        faults={name: sum(kiosk.faults[name] for kiosk in kiosks) for name in FAULTS},
    )


class MortalHub:
    """`kiosk-hub serve` at one port, all of whose processes can be killed at once."""

    def __init__(self, state: Path, database: URL | None, workers: int) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.kills = 0
        self._command = [sys.executable, "-m", "hub", "serve", "--state", str(state)]
        self._command += ["--port", str(self.port), "--workers", str(workers)]
        if database is not None:
            self._command += ["--database", database.render_as_string(hide_password=False)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        reading, writing = os.pipe()
        command = [*self._command, "--ready-fd", str(writing)]
        self._process = subprocess.Popen(
            command, pass_fds=(writing,), stdout=subprocess.DEVNULL, start_new_session=True
        )
        os.close(writing)
        with os.fdopen(reading) as ready:
            assert ready.readline(), "the hub has not started"

    def kill(self) -> None:
        """SIGKILL to the parent and its workers, in whatever they are doing."""
        process, self._process = self._process, None
        if process is not None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(PATIENCE_S)
            wait_until(lambda: not _group_lives(process.pid), PATIENCE_S, "the workers have gone")


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


class Kiosk:
    """Sends one device's log until the hub has acknowledged all of it."""

    def __init__(self, device: FakeDevice, hub: MortalHub, plan: Plan) -> None:
        self.device = device
        self.acknowledged = 0
        self.requests = 0
        self.failure: AssertionError | None = None
        self.faults = dict.fromkeys(FAULTS, 0)
        self._hub = hub
        self._rng = random.Random(f"{plan.seed} {device.device_id}")
        self._faulty = plan.faulty

    def send_all(self) -> None:
        total = len(self.device.entries)
        while self.acknowledged < total:
            start = self.acknowledged
            end = min(start + self._rng.randint(1, MOST_ENTRIES), total)
            fault = self._rng.choice(FAULTS) if self._rng.random() < self._faulty else None
            try:
                self._request(start, end, fault)
            except (OSError, http.client.HTTPException):
                time.sleep(PAUSE_S)  # the hub is down, or has gone in the middle of it
            except AssertionError as failure:
                self.failure = failure
                return

    def _request(self, start: int, end: int, fault: str | None) -> None:
        if fault == "gap":
            start = min(start + 1, end - 1)
        elif fault == "repeated":
            start = self._rng.randint(max(0, start - MOST_ENTRIES), start)
        body = json.dumps(self.device.batch(start, end)).encode()
        if fault == "changed":
            middle = body.index(b'"salt"') + 9
            body = body[:middle] + (b"A" if body[middle : middle + 1] != b"A" else b"B") + body[middle + 1 :]
        with closing(
            http.client.HTTPConnection("127.0.0.1", self._hub.port, timeout=TIMEOUT_S)
        ) as connection:
            if fault in ("broken off", "reply lost"):
                self._send_and_leave(connection, body, whole=fault == "reply lost")
                return
            for _ in range(2 if fault == "twice" else 1):
                connection.request("POST", self._target, body)
                answer = connection.getresponse()
                self._read(answer.status, json.loads(answer.read()), must_be_refused=fault == "changed")

    @property
    def _target(self) -> str:
        return f"/v1/logs/{self.device.device_id}/entries"

    def _send_and_leave(self, connection: http.client.HTTPConnection, body: bytes, *, whole: bool) -> None:
        connection.putrequest("POST", self._target)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body if whole else body[: len(body) // 2])
        if whole and connection.sock is not None:
            connection.sock.recv(1)  # it has been answered, and nobody reads the answer

    def _read(self, status: int, document: dict[str, object], *, must_be_refused: bool) -> None:
        assert not (must_be_refused and status == 200), "a changed entry was taken"
        if status == 200:
            size = document["size"]
            assert isinstance(size, int)
            assert base64.b64decode(str(document["root"])) == self.device.root(size), "another root"
            self.acknowledged = size
        elif status == 409:
            resume_at = document["resume_at"]
            assert isinstance(resume_at, int)
            assert resume_at >= self.acknowledged, "the hub has lost what it had acknowledged"
        else:
            assert status == 422 if must_be_refused else status == 503, (status, document)
