"""The log after a damaged one reaches the hub like that of another device with the same key."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.journal.epochs import open_journal
from kiosk.journal.store import Journal
from kiosk.journal.tree_head import sign
from kiosk.terms import Instant
from tests.hub.asgi import Answer, Caller
from tests.hub.conftest import NOON
from tests.hub.devices import FakeDevice


def test_a_new_log_waits_for_its_registration_and_is_taken_beside_the_old_one(
    admin: Caller, tmp_path: Path
) -> None:
    device, path = FakeDevice(), tmp_path / "journal.db"
    admin.post("/v1/devices", device.registration)
    with Journal(path, "gate-1", device_key=device.key) as journal:
        journal.append_many([("checkpoint.decision", {"n": n}, NOON, True) for n in range(5)])
        assert upload(admin, journal, device.key, 0).status == 200
    path.write_bytes(b"\xff" * 8192)
    journal = Journal(path, "gate-1", device_key=device.key)
    open_journal(journal, "gate-1", Instant(1.0, NOON, True), device.key)

    unregistered = upload(admin, journal, device.key, 0)
    admin.post("/v1/devices", {**device.registration, "device_id": "gate-1.epoch-2"})
    taken = upload(admin, journal, device.key, 0)
    journal.close()
    assert (unregistered.status, taken.status) == (403, 200)
    assert admin.get("/v1/logs/gate-1.epoch-2/entries").json()["entries"][0]["data"]["follows"] == "gate-1"
    assert len(admin.get("/v1/logs/gate-1/entries").json()["entries"]) == 5


def upload(admin: Caller, journal: Journal, key: Ed25519PrivateKey, start: int) -> Answer:
    entries = journal.wire_entries(start, 256)
    body = {"start": start, "entries": entries, "tree_head": sign(journal.tree_head(), key)}
    return admin.post(f"/v1/logs/{journal.device_id}/entries", body)
