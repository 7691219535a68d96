"""How much the hub takes in, on PostgreSQL with a disk that is waited for: `python -m tests.bench.hub`.

Hub (two workers), PostgreSQL and the kiosks share the machine, loopback between them. Each kiosk sends its
batches one after the other on a connection that stays open, and reads every receipt; the bodies lie
ready.
"""

from __future__ import annotations

import base64
import http.client
import json
import multiprocessing
import random
import statistics
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from hub.store import Store
from kiosk.journal.merkle import Frontier
from kiosk.journal.tree_head import TreeHead, sign
from tests.bench.figures import Figure, show
from tests.hub import postgres
from tests.hub.devices import FakeDevice
from tests.hub.hubs import hub_process, new_hub

FEW_BATCHES = 100
SEALED_BYTES = 96  # HPKE's encapsulated key and tag around some 48 bytes
KIOSKS, BATCHES, BATCH, WORKERS = 2, 300, 256, 2
WARM_UP = 20
ENTRIES_PER_S, P99_MS = 20_000.0, 50.0


def measure(batches: int = BATCHES) -> list[Figure]:
    """Entries a second, and milliseconds from a batch's first byte to its receipt, past the warm-up."""
    programs = postgres.programs()
    if programs is None:
        return [Figure("entries a second, PostgreSQL (it is absent)", float("nan"), "entries/s")]
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        postgres.running(programs, durable=True) as pg,
    ):
        state = new_hub(Path(folder) / "hub", datetime.now(UTC), pg.empty())
        bodies = [_prepare(state.store, number, batches + WARM_UP) for number in range(KIOSKS)]
        state.close()
        database = pg.url.render_as_string(hide_password=False)
        options = ("--database", database, "--workers", str(WORKERS))
        with hub_process(Path(folder) / "hub", *options) as url:
            wall_s, taken_s = _send(url, bodies)
    entries = KIOSKS * batches * BATCH
    p99_ms = 1000 * statistics.quantiles(taken_s, n=100)[-1]
    name = f"{KIOSKS} kiosks, {WORKERS} workers, batches of {BATCH}"
    return [
        Figure(f"entries into PostgreSQL, {name}", entries / wall_s, "entries/s", at_least=ENTRIES_PER_S),
        Figure(f"a batch, median of {len(taken_s)}", 1000 * statistics.median(taken_s), "ms"),
        Figure("a batch, 99th percentile", p99_ms, "ms", P99_MS),
    ]


def _prepare(store: Store, number: int, batches: int) -> list[bytes]:
    """The bodies of one kiosk's requests: decisions, half of them with a sealed subject."""
    device = FakeDevice(f"gate-{number}", seed=number)
    store.add_device(device.device_id, device.key.public_key().public_bytes_raw(), datetime.now(UTC))
    rng, frontier = random.Random(number), Frontier()
    bodies = []
    for index in range(batches):
        for each in range(BATCH):
            data: dict[str, object] = {"outcome": "grant", "pseudonym": rng.randbytes(16).hex()}
            data["face_skin_celsius"] = round(rng.uniform(33.0, 36.0), 2)
            if each % 2:
                data["subject"] = base64.b64encode(rng.randbytes(SEALED_BYTES)).decode()
            device.record(1, **data)
        for leaf in device.leaves[-BATCH:]:
            frontier.append(leaf)
        head = sign(TreeHead(device.device_id, frontier.size, frontier.root()), device.key)
        batch = {"start": index * BATCH, "entries": device.entries[-BATCH:], "tree_head": head}
        bodies.append(json.dumps(batch, separators=(",", ":")).encode())
    return bodies


def _send(url: str, bodies: list[list[bytes]]) -> tuple[float, list[float]]:
    """Seconds in all, and of each batch; the kiosks start together once all are warm."""
    context = multiprocessing.get_context("fork")
    gate, results = context.Barrier(len(bodies)), context.SimpleQueue()
    kiosks = [
        context.Process(target=_kiosk, args=(url, number, each, gate, results))
        for number, each in enumerate(bodies)
    ]
    for kiosk in kiosks:
        kiosk.start()
    said = [results.get() for _ in kiosks]
    for kiosk in kiosks:
        kiosk.join()
    began_s, ended_s = min(each[0] for each in said), max(each[1] for each in said)
    return ended_s - began_s, [taken_s for each in said for taken_s in each[2]]


def _kiosk(url: str, number: int, bodies: list[bytes], gate: object, results: object) -> None:
    address = urlsplit(url)
    taken_s = []
    with closing(http.client.HTTPConnection(address.hostname or "", address.port)) as connection:
        for index, body in enumerate(bodies):
            if index == WARM_UP:
                gate.wait()  # type: ignore[attr-defined]
                began_s = time.monotonic()
            sent_s = time.monotonic()
            connection.request("POST", f"/v1/logs/gate-{number}/entries", body)
            answer = connection.getresponse()
            receipt = answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{answer.status}: {receipt!r}")
            if index >= WARM_UP:
                taken_s.append(time.monotonic() - sent_s)
    results.put((began_s, time.monotonic(), taken_s))  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.exit(not show("Hub", measure()))
