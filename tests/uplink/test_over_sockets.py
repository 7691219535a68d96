"""The whole way of an entry over real sockets: journal, desk, uplink, faulty proxy, hub process."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from hub.store import Store
from kiosk.clock import SystemClock
from kiosk.gatekeeper.trust_desk import TrustDesk
from kiosk.gatekeeper.unix_server import UnixServer, json_requests
from kiosk.gatekeeper.uplink_desk import MAX_REQUEST_BYTES, UplinkDesk
from kiosk.journal.store import Journal
from kiosk.terms import Instant
from kiosk.trust.store import TrustStore
from kiosk.uplink.desk import UnixDesk
from kiosk.uplink.hub_client import HubClient, new_session
from kiosk.uplink.trust_mirror import TrustMirror
from kiosk.uplink.uplink import Uplink
from sim.network import Fault, FaultProxy, Faults, Rates
from tests.hub.hubs import hub_process, new_hub
from tests.uplink.world import DEVICE, DEVICE_KEY, WRITTEN_AT

ENTRIES = 500
PATIENCE_S = 30.0


class Impatient(SystemClock):
    """Real time, with the waits left out."""

    def __init__(self) -> None:
        self._skipped_s = 0.0

    def mono(self) -> float:
        return super().mono() + self._skipped_s

    def sleep(self, seconds: float) -> None:
        self._skipped_s += seconds


@pytest.mark.slow
def test_every_entry_reaches_a_real_hub_through_a_faulty_proxy(tmp_path: Path) -> None:
    clock = Impatient()
    state = new_hub(tmp_path / "hub", clock.utc())
    root_file = state.publisher.repository.root_path
    state.store.add_device(DEVICE, DEVICE_KEY.public_key().public_bytes_raw(), clock.utc())
    hub_key = state.hub_key.public_key()
    state.close()
    faults = Faults(clock.mono, seed=3, rates=Rates(cut=0.1, server_error=0.1, lost_reply=0.15))
    journal = Journal(tmp_path / "journal.db", DEVICE, random=random.Random(1).randbytes)
    trust = TrustStore(tmp_path / "trust", root_file)

    def now() -> Instant:
        return Instant(clock.mono(), clock.utc(), True)

    trust_desk = TrustDesk(trust, lambda _: None, now)
    desk = UplinkDesk(journal, trust_desk, DEVICE_KEY, hub_key, lambda _: None, now)
    server = UnixServer(
        tmp_path / "u.sock",
        json_requests(desk.handle, max_characters=MAX_REQUEST_BYTES),
        max_line_bytes=MAX_REQUEST_BYTES,
    )
    unix_desk = UnixDesk(tmp_path / "u.sock")
    with (
        journal,
        server,
        hub_process(tmp_path / "hub") as url,
        FaultProxy(url, faults) as proxy,
        new_session() as session,
    ):
        client = HubClient(proxy.url, session)
        mirror = TrustMirror(tmp_path / "uplink", root_file, client, clock.mono)
        uplink = Uplink(unix_desk, client, mirror, clock, random.Random(1))
        began_s = time.monotonic()
        while journal.acknowledged < ENTRIES or not trust.bundle.version:
            if journal.size < ENTRIES:
                journal.append_many([("kiosk.door.opened", {"n": n}, WRITTEN_AT, True) for n in range(10)])
            clock.sleep(uplink.run_once())
            assert time.monotonic() - began_s < PATIENCE_S, uplink.troubles
        unix_desk.close()
        root = journal.root()
    assert all(faults.counts[fault] for fault in Fault if fault is not Fault.OUTAGE)
    assert trust.load().version == 1
    assert stored(tmp_path / "hub" / "hub.db") == (ENTRIES, root)


def stored(path: Path) -> tuple[int, bytes]:
    store = Store(path)
    store.open()
    device = store.device(DEVICE)
    store.close()
    assert device is not None
    return device.size, device.root
