"""From `kiosk-hub trust revoke` until a connected kiosk refuses, live: `python -m tests.bench.trust`.

Hub and uplink are processes of their own, loopback between them; the gatekeeper's desk and store are here,
behind the real socket. Beside it, how long a start takes to verify what is on disk: 16 shards, 500 keys.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key

from hub.state import create_state, open_state
from hub.trust.publisher import open_publisher
from kiosk.clock import SystemClock
from kiosk.credentials.bundle import IssuerKey
from kiosk.credentials.revocation import Revocations, Status, bitmap_of
from kiosk.gatekeeper.trust_desk import TrustDesk
from kiosk.gatekeeper.unix_server import UnixServer, json_requests
from kiosk.gatekeeper.uplink_desk import MAX_REQUEST_BYTES, UplinkDesk
from kiosk.journal.device_key import load_or_create
from kiosk.journal.store import Journal
from kiosk.terms import Instant
from kiosk.trust.content import SHARD_INDICES
from kiosk.trust.store import TrustStore
from tests.bench.figures import Figure, median_and_worst, show
from tests.hub.hubs import hub_process
from tests.trust.repositories import HubTrust, at, later

ROUNDS, LIMIT_S, PATIENCE_S = 5, 60.0, 90.0
SHARDS, KEYS, LOADS, LOAD_LIMIT_S = 16, 500, 9, 0.5
UPLINK = """
import sys
from pathlib import Path
from kiosk.uplink.process import UplinkOptions, main
desk, url, cache, root = sys.argv[1:]
sys.exit(main(UplinkOptions(Path(desk), url, Path(cache), Path(root))))
"""


def measure(rounds: int = ROUNDS) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        waits_s = _revocations(Path(folder), rounds)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        loads_s = _loads(Path(folder))
    return [
        *median_and_worst("revoked until refused, connected", waits_s, "s", LIMIT_S),
        *median_and_worst(
            f"trust verified at start ({SHARDS} shards, {KEYS} keys)", loads_s, "s", LOAD_LIMIT_S
        ),
    ]


def _revocations(folder: Path, rounds: int) -> list[float]:
    now = datetime.now(UTC)
    root = create_state(folder / "hub", [folder / f"{n}.pem" for n in range(3)], now)
    hub = open_state(folder / "hub", now)
    hub.close()
    clock = SystemClock()
    store = TrustStore(folder / "trust", root)
    store.load()
    with Journal(folder / "journal.db", "bench") as journal:

        def instant() -> Instant:
            return Instant(clock.mono(), clock.utc(), True)

        desk = UplinkDesk(
            journal,
            TrustDesk(store, lambda _: None, instant),
            load_or_create(folder / "device.key"),
            hub.hub_key.public_key(),
            lambda _: None,
            instant,
        )
        answer = json_requests(desk.handle, max_characters=MAX_REQUEST_BYTES)
        server = UnixServer(folder / "u.sock", answer, max_line_bytes=MAX_REQUEST_BYTES)
        with server, hub_process(folder / "hub") as url:
            arguments = [str(folder / "u.sock"), url, str(folder / "uplink"), str(root)]
            uplink = subprocess.Popen([sys.executable, "-c", UPLINK, *arguments])
            try:
                _until(lambda: store.bundle.version > 0)
                return [_one(folder / "hub", store, hub.issuer.kid, index) for index in range(rounds)]
            finally:
                uplink.terminate()
                uplink.wait(5)


def _one(hub: Path, store: TrustStore, kid: bytes, index: int) -> float:
    time.sleep(random.Random(index).uniform(0.0, 30.0))  # anywhere between two requests of the uplink
    began_s = time.monotonic()
    open_publisher(hub).revoke_pass(index, datetime.now(UTC))

    def is_refused() -> bool:
        revocations = store.bundle.revocations
        return revocations is not None and revocations.status(kid, index) is Status.REVOKED

    _until(is_refused)
    return time.monotonic() - began_s


def _until(condition: Callable[[], bool]) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end_s:
            raise TimeoutError(f"not within {PATIENCE_S} s")
        time.sleep(0.01)


def _loads(folder: Path) -> list[float]:
    hub = HubTrust(folder / "hub")
    keys = [
        IssuerKey(n.to_bytes(4, "big"), derive_private_key(n, SECP256R1()).public_key())
        for n in range(1, KEYS)
    ]
    bits = bitmap_of(range(0, SHARDS * SHARD_INDICES, 97), SHARDS * SHARD_INDICES)
    hub.publish(keys, Revocations({keys[0].kid: bits}), later())
    hub.give_to(TrustStore(folder / "trust", hub.pinned_root), at())
    times_s = []
    for _ in range(LOADS):
        began_s = time.perf_counter()
        TrustStore(folder / "trust", hub.pinned_root).load()
        times_s.append(time.perf_counter() - began_s)
    return times_s


if __name__ == "__main__":
    sys.exit(not show("Trust", measure()))
