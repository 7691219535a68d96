from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.core.events import DeviceFaulted, DeviceRecovered, Event, LinkChanged, TrustChanged
from kiosk.gatekeeper.trust_desk import TrustDesk
from kiosk.gatekeeper.uplink_desk import UplinkDesk
from kiosk.journal.store import Journal
from kiosk.journal.tree_head import open_note
from kiosk.terms import Instant
from kiosk.trust.store import TrustStore
from tests.trust.repositories import CITY, STAFF, HubTrust

DEVICE_KEY = Ed25519PrivateKey.from_private_bytes(b"d" * 32)
HUB_KEY = Ed25519PrivateKey.from_private_bytes(b"h" * 32)
START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


class World:
    """A desk over a real journal and a real trust store, and what it posts."""

    def __init__(self, folder: Path) -> None:
        self.journal = Journal(folder / "journal.db", "kiosk-7", random=random.Random(7).randbytes).open()
        self.posted: list[Event] = []
        self.seconds = 0.0
        self.floors: list[datetime] = []
        self.dates: list[datetime] = []
        self.hub = HubTrust(folder / "hub", START)
        store = TrustStore(folder / "trust", self.hub.pinned_root)
        store.load()
        self.desk = UplinkDesk(
            self.journal,
            TrustDesk(store, self.posted.append, self.now, self.dates.append),
            DEVICE_KEY,
            HUB_KEY.public_key(),
            self.posted.append,
            self.now,
            told=self.floors.append,
        )

    def now(self) -> Instant:
        return Instant(self.seconds, START + timedelta(seconds=self.seconds), True)

    def write(self, count: int) -> None:
        self.journal.append_many([("kiosk.door.opened", {"n": n}, START, True) for n in range(count)])

    def ask(self, op: object, **fields: object) -> dict[str, Any]:
        return self.desk.handle({"op": op, **fields})

    def offer(self, **changes: object) -> dict[str, Any]:
        """Hand in the metadata that the hub serves now."""
        files = self.hub.metadata()
        fields: dict[str, object] = {
            "roots": [root.decode() for root in files.roots],
            "timestamp": files.timestamp.decode(),
            "snapshot": files.snapshot.decode(),
            "targets": files.targets.decode(),
        }
        return self.ask("trust", **(fields | changes))

    def hand_in(self, path: str) -> dict[str, Any]:
        return self.ask("target", path=path, data=base64.b64encode(self.hub.target(path)).decode())

    def receipt(self, size: int, **changes: object) -> dict[str, object]:
        fields = {
            "device": "kiosk-7",
            "size": size,
            "root": base64.b64encode(self.journal.root_at(min(size, self.journal.size))).decode(),
            "time": "2026-11-22T09:00:00Z",
        } | changes
        signature = HUB_KEY.sign(rfc8785.dumps(fields))  # type: ignore[arg-type]
        return fields | {"signature": base64.b64encode(signature).decode()}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.journal.close()


def test_status_says_who_it_is_and_how_far_the_journal_and_the_hub_are(world: World) -> None:
    world.write(3)
    assert world.ask("status") == {
        "device": "kiosk-7",
        "owner": "kiosk-7",
        "size": 3,
        "acknowledged": 0,
        "trust": {"root": 0, "timestamp": 0, "snapshot": 0, "targets": 0},
        "public_key": base64.b64encode(DEVICE_KEY.public_key().public_bytes_raw()).decode(),
    }


def test_a_batch_comes_with_a_signed_head_over_its_end(world: World) -> None:
    world.write(5)
    batch = world.ask("batch", start=1, limit=3)
    assert [entry["envelope"]["id"] for entry in batch["entries"]] == ["1", "2", "3"]
    head = open_note(batch["tree_head"], DEVICE_KEY.public_key())
    assert (head.device_id, head.size, head.root) == ("kiosk-7", 4, world.journal.root_at(4))


def test_a_batch_is_never_longer_than_256_and_may_be_empty_at_the_end(world: World) -> None:
    world.write(300)
    assert len(world.ask("batch", start=0, limit=10**9)["entries"]) == 256
    assert world.ask("batch", start=300, limit=256)["entries"] == []
    assert "300 entries" in world.ask("batch", start=301, limit=1)["error"]


def test_a_receipt_of_the_hub_counts_and_raises_the_floor_of_time(world: World) -> None:
    world.write(5)
    assert world.ask("receipt", receipt=world.receipt(4)) == {"acknowledged": 4}
    assert world.ask("receipt", receipt=world.receipt(2)) == {"acknowledged": 4}
    assert world.ask("status")["acknowledged"] == 4
    assert world.floors == [datetime(2026, 11, 22, 9, 0, tzinfo=UTC)]  # the older one says nothing


def test_a_receipt_that_is_not_for_this_journal_does_not_count(world: World) -> None:
    world.write(5)
    other_root = base64.b64encode(b"x" * 32).decode()
    for receipt, said in (
        (world.receipt(4, device="kiosk-8"), "another device"),
        (world.receipt(6), "for 6 entries; there are 5"),
        (world.receipt(4, root=other_root), "another history"),
        (world.receipt(4) | {"size": 5}, "not signed"),
    ):
        assert said in world.ask("receipt", receipt=receipt)["error"]
    assert world.ask("status")["acknowledged"] == 0
    assert world.floors == []


def test_trust_that_the_hub_has_signed_comes_into_force_whole(world: World) -> None:
    world.hub.publish([CITY, STAFF], now=START)
    assert world.offer()["missing"] == ["keys.json"]
    assert (world.posted, world.ask("status")["trust"]["timestamp"]) == ([], 0)
    reply = world.hand_in("keys.json")
    assert reply == {"missing": [], "trust": {"root": 1, "timestamp": 1, "snapshot": 1, "targets": 1}}
    (changed,) = world.posted
    assert isinstance(changed, TrustChanged)
    assert (changed.bundle.version, set(changed.bundle.keys)) == (1, {b"city", b"stff"})
    assert changed.bundle.fresh_until == START + timedelta(hours=24)
    assert world.dates == [START]


def test_trust_that_is_forged_old_or_of_another_shape_changes_nothing(world: World) -> None:
    world.hub.publish([CITY, STAFF], now=START)
    old = world.hub.metadata()
    world.hub.publish([CITY], now=START)
    world.offer()
    world.hand_in("keys.json")
    for changes in (
        {"timestamp": old.timestamp.decode()},
        {
            "timestamp": old.timestamp.decode(),
            "snapshot": old.snapshot.decode(),
            "targets": old.targets.decode(),
        },
        {"targets": world.hub.metadata().targets.decode().replace("keys.json", "kevs.json")},
        {"roots": None},
        {"roots": [7]},
        {"timestamp": "{"},
        {"timestamp": "\ud800"},
        {"timestamp": "x" * 500_000},
        {"snapshot": None},
    ):
        assert str(world.offer(**changes)["error"])
    for fields in ({}, {"path": "keys.json"}, {"path": 7, "data": ""}, {"path": "keys.json", "data": "?"}):
        assert str(world.ask("target", **fields)["error"])
    assert world.ask("status")["trust"]["timestamp"] == 2
    assert len(world.posted) == 1


def test_a_hub_that_refuses_this_kiosk_is_a_fault_until_it_takes_it_again(world: World) -> None:
    for refused in (False, True, True, False):
        world.ask("link", connected=True, waiting=1, refused=refused)
    told = [event for event in world.posted if not isinstance(event, LinkChanged)]
    assert [type(event) for event in told] == [DeviceFaulted, DeviceRecovered]
    assert "does not take this kiosk's entries" in told[0].detail  # type: ignore[union-attr]


def test_the_link_is_offline_since_the_first_report_of_it(world: World) -> None:
    world.ask("link", connected=True, waiting=0)
    world.seconds = 10.0
    world.ask("link", connected=False, waiting=1)
    world.seconds = 20.0
    world.ask("link", connected=False, waiting=2)
    world.seconds = 30.0
    world.ask("link", connected=True, waiting=0)
    links = [event for event in world.posted if isinstance(event, LinkChanged)]
    since = [link.offline_since.mono if link.offline_since else None for link in links]
    assert since == [None, 10.0, 10.0, None]
    assert [link.waiting for link in links] == [0, 1, 2, 0]


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"op": None},
        {"op": "drop"},
        {"op": []},
        {"op": "batch"},
        {"op": "batch", "start": True, "limit": 1},
        {"op": "batch", "start": -1, "limit": 1},
        {"op": "batch", "start": 0, "limit": 2**70},
        {"op": "batch", "start": 0.0, "limit": 1},
        {"op": "receipt"},
        {"op": "receipt", "receipt": []},
        {"op": "link", "connected": 1, "waiting": 0},
        {"op": "link", "connected": True},
        {"op": "link", "connected": True, "waiting": 0, "refused": "yes"},
    ],
)
def test_a_request_of_another_shape_is_answered_with_one_sentence(
    world: World, request_: dict[str, object]
) -> None:
    (name,) = reply = world.desk.handle(request_)
    assert name == "error"
    assert str(reply["error"])
    assert world.posted == []


def test_a_journal_that_cannot_be_read_is_an_error_and_no_crash(world: World) -> None:
    world.journal.close()
    assert "not open" in str(world.ask("status")["error"])
