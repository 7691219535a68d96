"""A kiosk's real journal, taken by the hub."""

from __future__ import annotations

import random
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.state import HubState
from kiosk.journal.receipts import open_receipt
from kiosk.journal.store import Journal
from kiosk.journal.tree_head import TreeHead, sign
from tests.hub.asgi import Answer, Caller
from tests.hub.conftest import NOON
from tests.hub.devices import FakeDevice


def test_a_journal_reaches_the_hub_and_its_receipt_names_the_journals_root(
    admin: Caller, hub: HubState, tmp_path: Path
) -> None:
    device = FakeDevice()
    admin.post("/v1/devices", device.registration)
    with Journal(tmp_path / "journal.db", "gate-1", random=random.Random(1).randbytes) as journal:
        journal.append_many(
            [
                ("checkpoint.decision", {"reason": "granted", "celsius": 36.4, "n": n}, NOON, True)
                for n in range(20)
            ]
        )
        for start, size in ((0, 15), (15, 20)):
            receipt = open_receipt(upload(admin, journal, device.key, start).json(), hub.hub_key.public_key())
            assert (receipt.device_id, receipt.time) == ("gate-1", NOON)
            assert (receipt.size, receipt.root) == (size, journal.root_at(size))
        assert admin.get("/v1/logs/gate-1/entries").json()["entries"] == journal.wire_entries(0, 100)


def upload(admin: Caller, journal: Journal, key: Ed25519PrivateKey, start: int) -> Answer:
    entries = journal.wire_entries(start, 15)
    size = start + len(entries)
    head = sign(TreeHead(journal.device_id, size, journal.root_at(size)), key)
    return admin.post("/v1/logs/gate-1/entries", {"start": start, "entries": entries, "tree_head": head})
