"""What a month offline costs on the wire, and how long it takes: `python -m tests.bench.bandwidth`.

A real journal behind a real desk, the uplink and the hub each a process of
its own, on loopback. Between the two stands a relay that counts every byte of
every connection, in both directions: heads, batches, receipts, trust.
"""

from __future__ import annotations

import logging
import multiprocessing
import random
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kiosk.clock import SystemClock
from kiosk.gatekeeper.trust_desk import TrustDesk
from kiosk.gatekeeper.unix_server import UnixServer, json_requests
from kiosk.gatekeeper.uplink_desk import MAX_REQUEST_BYTES, UplinkDesk
from kiosk.journal.store import Journal
from kiosk.terms import Instant
from kiosk.trust.store import TrustStore
from kiosk.uplink.process import UplinkOptions, main
from tests.bench.figures import Figure, show
from tests.bench.month_offline import entries
from tests.hub.hubs import hub_process, new_hub
from tests.uplink.test_over_sockets import stored
from tests.uplink.world import DEVICE, DEVICE_KEY

ENTRIES, FEW_ENTRIES = 150_000, 15_000
MOST_MEGABYTES, MOST_SECONDS = 13.0, 60.0
PATIENCE_S = 600.0
_GROUP = 5000
_POLL_S = 0.05
_SPAWN = multiprocessing.get_context("spawn")


def measure(count: int = ENTRIES) -> list[Figure]:
    """Megabytes (10^6 bytes) on the wire and seconds until the hub has acknowledged everything.

    Fewer entries are measured in proportion. Raises RuntimeError when they do not all arrive unchanged.
    """
    share = ENTRIES / count
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        sent_bytes, seconds = _drain(Path(folder), count)
    name = f"a month offline, {count} entries" + ("" if share == 1 else f", times {share:g}")
    return [
        Figure(f"{name}: on the wire", share * sent_bytes / 1e6, "MB", MOST_MEGABYTES),
        Figure(f"{name}: until acknowledged", share * seconds, "s", MOST_SECONDS),
    ]


def _drain(folder: Path, count: int) -> tuple[int, float]:
    clock = SystemClock()
    state = new_hub(folder / "hub", clock.utc())
    root_file = state.publisher.repository.root_path
    state.store.add_device(DEVICE, DEVICE_KEY.public_key().public_bytes_raw(), clock.utc())
    hub_key = state.hub_key.public_key()
    state.close()

    def now() -> Instant:
        return Instant(clock.mono(), clock.utc(), True)

    with Journal(folder / "journal.db", DEVICE, random=random.Random(1).randbytes) as journal:
        drafts = entries(DEVICE, count)
        while group := list(islice(drafts, _GROUP)):
            journal.append_many(group)
        trust_desk = TrustDesk(TrustStore(folder / "trust", root_file), lambda _: None, now)
        desk = UplinkDesk(journal, trust_desk, DEVICE_KEY, hub_key, lambda _: None, now)
        server = UnixServer(
            folder / "u.sock",
            json_requests(desk.handle, max_characters=MAX_REQUEST_BYTES),
            max_line_bytes=MAX_REQUEST_BYTES,
        )
        with server, hub_process(folder / "hub") as url, _relay(url) as (relay_url, counted):
            options = UplinkOptions(folder / "u.sock", relay_url, folder / "uplink", root_file)
            began_s = time.monotonic()
            with _uplink(options):
                while journal.acknowledged < count:
                    if time.monotonic() - began_s > PATIENCE_S:
                        raise RuntimeError(f"only {journal.acknowledged} entries went up in {PATIENCE_S} s")
                    time.sleep(_POLL_S)
                seconds = time.monotonic() - began_s
        if stored(folder / "hub" / "hub.db") != (count, journal.root()):
            raise RuntimeError("the hub holds another log than the journal")
    return counted.value, seconds


@contextmanager
def _uplink(options: UplinkOptions) -> Iterator[None]:
    process = _SPAWN.Process(target=main, args=(options,))
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()


@contextmanager
def _relay(url: str) -> Iterator[tuple[str, Any]]:
    """The address of a relay before `url`, in a process of its own, and its count of bytes."""
    target = urlsplit(url)
    counted = _SPAWN.Value("q", 0)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = (target.hostname, target.port)
        process = _SPAWN.Process(target=_relay_all, args=(listener, address, counted), daemon=True)
        process.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", counted
        finally:
            process.terminate()
            process.join()


def _relay_all(listener: socket.socket, target: tuple[str, int], counted: Any) -> None:
    while True:
        near, _ = listener.accept()
        far = socket.create_connection(target)
        for end in (near, far):  # it passes on what comes at once, as a wire does
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for ends in ((near, far), (far, near)):
            threading.Thread(target=_carry, args=(*ends, counted), daemon=True).start()


def _carry(from_: socket.socket, to: socket.socket, counted: Any) -> None:
    try:
        while data := from_.recv(65_536):
            with counted.get_lock():
                counted.value += len(data)
            to.sendall(data)
        to.shutdown(socket.SHUT_WR)
    except OSError as error:
        logging.getLogger(__name__).debug("a relayed connection ended: %s", error)


if __name__ == "__main__":
    sys.exit(not show("Bandwidth", measure()))
