"""What stands between hub and kiosk does what it likes: real repository, real HTTP, python-tuf, real store.

The uplink's client and the gatekeeper's store are held against the same attacks. Nothing that either refuses
may reach the verifier, and what was in force stays.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.trust import ceremony
from kiosk.core.trust_age import Tier
from kiosk.gatekeeper.trust_desk import TrustDesk
from kiosk.terms import Instant
from kiosk.trust.metadata import MetadataFiles
from kiosk.trust.store import TrustStore
from tests.trust.repositories import CITY, NOON, STAFF, HubTrust
from tests.trust.served import METADATA, TARGETS, TrustServer
from tests.uplink.trust_world import TIMESTAMP, Kiosk, frozen, offered

pytestmark = pytest.mark.slow


def test_what_is_published_comes_into_force_with_few_requests(kiosk: Kiosk, server: TrustServer) -> None:
    kiosk.live()
    assert kiosk.store.bundle.keys == {b"city": CITY}
    assert kiosk.tier is Tier.FRESH
    server.asked.clear()
    kiosk.live(300)
    assert set(server.asked) == {TIMESTAMP}


def test_rollback_to_a_state_that_was_good_once_is_refused(
    kiosk: Kiosk, hub: HubTrust, server: TrustServer
) -> None:
    old = frozen(hub)
    kiosk.live()
    hub.publish([CITY, STAFF])
    kiosk.live()
    before = kiosk.store.bundle
    server.instead = old
    kiosk.live()
    assert "The hub's trust is not taken" in kiosk.uplink.troubles[0]
    kiosk.forget_mirror()
    kiosk.live()
    assert "older than" in kiosk.uplink.troubles[0]
    assert kiosk.store.bundle == before
    kiosk.restart()
    kiosk.live()
    assert kiosk.store.bundle == before
    server.instead = {}
    hub.publish([STAFF])
    kiosk.live(300)
    assert (kiosk.store.bundle.version, kiosk.uplink.troubles) == (3, ())


def test_mixed_and_matched_metadata_is_refused(kiosk: Kiosk, hub: HubTrust, server: TrustServer) -> None:
    """Each file is the hub's own, but of another moment."""
    kiosk.live()
    before = kiosk.store.bundle
    old = hub.metadata()
    hub.publish([CITY, STAFF])
    new = hub.metadata()
    for files in (
        MetadataFiles((), new.timestamp, old.snapshot, old.targets),
        MetadataFiles((), new.timestamp, new.snapshot, old.targets),
        MetadataFiles((), new.timestamp, old.snapshot, new.targets),
        MetadataFiles((), new.targets, new.snapshot, new.timestamp),
    ):
        server.instead = {
            TIMESTAMP: (200, files.timestamp),
            f"{METADATA}2.snapshot.json": (200, files.snapshot),
            f"{METADATA}2.targets.json": (200, files.targets),
        }
        kiosk.forget_mirror()
        kiosk.live()
        assert kiosk.uplink.troubles
        reply = offered(kiosk, files)
        assert "error" in reply
        assert kiosk.store.bundle == before


TAMPERING: dict[str, Callable[[bytes], bytes]] = {
    "another key": lambda data: data.replace(b"330100", b"440300"),
    "longer": lambda data: data + b" ",
    "shorter": lambda data: data[:-1],
    "oversized": lambda data: data + b" " * 3_000_000,
    "empty": lambda _: b"",
}


@pytest.mark.parametrize("how", TAMPERING)
def test_a_tampered_target_is_refused(kiosk: Kiosk, hub: HubTrust, server: TrustServer, how: str) -> None:
    kiosk.live()
    before = kiosk.store.bundle
    hub.publish([CITY, STAFF])
    digest = json.loads(hub.metadata().targets)["signed"]["targets"]["keys.json"]["hashes"]["sha256"]
    server.instead[f"{TARGETS}{digest}.keys.json"] = (200, TAMPERING[how](hub.target("keys.json")))
    kiosk.live()
    assert "The hub's trust is not taken" in kiosk.uplink.troubles[0]
    assert kiosk.store.bundle == before
    server.instead = {}
    kiosk.live(300)
    assert kiosk.store.bundle.version == 2


@pytest.mark.parametrize("how", TAMPERING)
@pytest.mark.parametrize("name", ["timestamp.json", "2.snapshot.json", "2.targets.json", "2.root.json"])
def test_tampered_metadata_is_refused(
    kiosk: Kiosk, hub: HubTrust, server: TrustServer, name: str, how: str
) -> None:
    kiosk.live()
    before = kiosk.store.bundle
    hub.publish([CITY, STAFF])
    hub.rotate_root(NOON)
    data = hub.repository.metadata_file(name)
    assert data is not None
    if how == "another key":
        data = data.replace(b'"version":2', b'"version":3', 1)
    elif how == "longer":
        data = data.replace(b'"expires":"2', b'"expires":"3', 1)
    else:
        data = TAMPERING[how](data)
    server.instead[f"{METADATA}{name}"] = (200, data)
    kiosk.live()
    assert kiosk.uplink.troubles
    assert kiosk.store.bundle == before


@pytest.mark.parametrize("body", [b"\x00" * 1_100_000, b"[" * 60_000, b"9" * 16_000, b"\xff", b"{}", b"null"])
def test_rubbish_of_any_size_is_refused_by_both(kiosk: Kiosk, server: TrustServer, body: bytes) -> None:
    kiosk.live()
    before = kiosk.store.bundle
    server.instead = {TIMESTAMP: (200, body)}
    kiosk.live()
    assert kiosk.uplink.troubles
    assert "error" in offered(kiosk, MetadataFiles((body,), body, body, body))
    assert kiosk.store.bundle == before


def test_a_repository_of_another_root_is_refused(kiosk: Kiosk, tmp_path: Path, server: TrustServer) -> None:
    kiosk.live()
    before = kiosk.store.bundle
    other = HubTrust(tmp_path / "other")
    for _ in range(4):
        other.publish([STAFF], now=NOON)
    server.repository = other.repository
    kiosk.live()
    assert "is refused" in kiosk.uplink.troubles[0]
    kiosk.forget_mirror()
    kiosk.live()
    assert kiosk.store.bundle == before
    assert "error" in offered(kiosk, other.metadata())


def test_a_root_that_one_of_three_has_signed_is_refused(
    kiosk: Kiosk, hub: HubTrust, server: TrustServer
) -> None:
    kiosk.live()
    before = kiosk.store.bundle
    ceremony.rotate(hub.repository, NOON, replace={})
    ceremony.sign(hub.repository, hub.root_keys[0])
    pending = (hub.repository.folder / "pending.json").read_bytes()
    server.instead[f"{METADATA}2.root.json"] = (200, pending)
    hub.publish([CITY, STAFF])
    kiosk.live()
    assert kiosk.store.versions.root == 1
    assert "root was signed by 1/2 keys" in kiosk.uplink.troubles[0]
    assert kiosk.store.bundle == before
    files = hub.metadata()
    assert "error" in offered(
        kiosk, MetadataFiles((pending,), files.timestamp, files.snapshot, files.targets)
    )


def test_two_thousand_offers_in_any_order_and_some_tampered_never_go_back(tmp_path: Path) -> None:
    """Random offers, straight to the store: what is in force only ever goes forward."""
    rng = random.Random(5)
    hub = HubTrust(tmp_path / "hub")
    store = TrustStore(tmp_path / "trust", hub.pinned_root)
    store.load()
    states = []
    for n in range(12):
        hub.publish([CITY, STAFF][: 1 + n % 2])
        states.append(hub.metadata())
    handle = TrustDesk(store, lambda _: None, lambda: Instant(0.0, NOON, True))
    content = {path: hub.target(path) for path in ("keys.json",)}
    latest, began = 0, time.monotonic()
    for _ in range(2_000):
        parts = [rng.choice(states) if rng.random() < 0.3 else None for _ in range(3)]
        state = rng.choice(states)
        chosen = [
            getattr(part or state, name)
            for part, name in zip(parts, ("timestamp", "snapshot", "targets"), strict=True)
        ]
        if rng.random() < 0.3:
            victim = rng.randrange(3)
            data = bytearray(chosen[victim])
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(7)
            chosen[victim] = bytes(data)
        request: dict[str, object] = {"roots": []} | {
            name: data.decode(errors="replace")
            for name, data in zip(("timestamp", "snapshot", "targets"), chosen, strict=True)
        }
        try:
            reply = handle.offer(request)
            if reply["missing"]:
                store.take("keys.json", content["keys.json"])
        except ValueError:
            pass
        assert store.versions.timestamp >= latest
        latest = store.versions.timestamp
    assert latest == len(states)
    assert time.monotonic() - began < 60
