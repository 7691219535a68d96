"""A log after a damaged one is taken for the device's own by its signed first entry; nothing else is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.state import HubState
from hub.successions import EPOCH
from kiosk.journal.epoch_statement import EPOCH_BEGAN, check_statement
from kiosk.journal.epochs import open_journal
from kiosk.journal.store import Journal
from kiosk.journal.tree_head import sign
from kiosk.terms import Instant
from tests.hub.asgi import Answer, Caller
from tests.hub.conftest import NOON, ON_BOTH
from tests.hub.devices import FakeDevice

NOW = Instant(1.0, NOON, True)
LOG = "gate-1.epoch-2"


@pytest.fixture
def device(admin: Caller) -> FakeDevice:
    device = FakeDevice()
    admin.post("/v1/devices", device.registration)
    return device


@pytest.fixture
def damaged(admin: Caller, device: FakeDevice, tmp_path: Path) -> Path:
    """A journal of five entries that the hub has, and that can't be read any more."""
    path = tmp_path / "journal.db"
    with Journal(path, "gate-1", device_key=device.key) as journal:
        journal.append_many([("checkpoint.decision", {"n": n}, NOON, True) for n in range(5)])
        assert upload(admin, journal, device.key).status == 200
    path.write_bytes(b"\xff" * 8192)
    return path


@pytest.fixture
def journal(damaged: Path, device: FakeDevice) -> Iterator[Journal]:
    """The one that was begun then."""
    journal = Journal(damaged, "gate-1", device_key=device.key)
    open_journal(journal, "gate-1", NOW, device.key)
    yield journal
    journal.close()


def body(journal: Journal, key: Ed25519PrivateKey, start: int = 0) -> dict[str, Any]:
    head = sign(journal.tree_head(), key)
    return {"start": start, "entries": journal.wire_entries(start, 256), "tree_head": head}


def upload(admin: Caller, journal: Journal, key: Ed25519PrivateKey, start: int = 0) -> Answer:
    return admin.post(f"/v1/logs/{journal.device_id}/entries", body(journal, key, start))


@ON_BOTH
def test_a_new_log_is_taken_by_its_signed_first_entry_beside_the_old_one(
    admin: Caller, journal: Journal, device: FakeDevice
) -> None:
    assert upload(admin, journal, device.key).status == 200
    assert admin.get(f"/v1/logs/{LOG}/entries").json()["entries"][0]["data"]["follows"] == "gate-1"
    assert len(admin.get("/v1/logs/gate-1/entries").json()["entries"]) == 5
    journal.append_many([("checkpoint.decision", {}, NOON, True)])
    assert upload(admin, journal, device.key, 1).status == 200


@ON_BOTH
def test_people_are_told_what_may_be_lost_with_the_devices_own_statement_of_it(
    hub: HubState, admin: Caller, journal: Journal, device: FakeDevice
) -> None:
    upload(admin, journal, device.key)
    upload(admin, journal, device.key)
    (alarm,) = hub.store.alarms()
    assert (alarm.device_id, alarm.kind, alarm.times, alarm.is_open) == (LOG, EPOCH, 1, True)
    assert "of gate-1 entries from 0 on may be lost (there were 5 or more)" in alarm.sentence
    assert alarm.note == check_statement(journal.entries(0, 1)[0].data, LOG, device.key.public_key())


def test_a_third_log_follows_and_the_second_is_not_begun_again(
    admin: Caller, journal: Journal, damaged: Path, device: FakeDevice
) -> None:
    second = body(journal, device.key)
    journal.close()
    damaged.write_bytes(b"\xff" * 8192)
    third = Journal(damaged, "gate-1", device_key=device.key)
    open_journal(third, "gate-1", NOW, device.key)
    assert upload(admin, third, device.key).status == 200
    third.close()
    refused = admin.post(f"/v1/logs/{LOG}/entries", second)
    assert (refused.status, refused.json()["error"]) == (
        409,
        "'gate-1.epoch-2' is not the device's next log: number 3 is known already",
    )


def test_a_log_that_another_key_has_begun_is_refused(
    hub: HubState, admin: Caller, damaged: Path, tmp_path: Path
) -> None:
    other = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
    journal = Journal(damaged, "gate-1", device_key=other)
    open_journal(journal, "gate-1", NOW, other)
    answer = upload(admin, journal, other)
    journal.close()
    assert answer.status == 403
    assert "not taken for the device's own" in answer.json()["error"]
    assert hub.store.alarms() == []


@pytest.mark.parametrize("change", ["type", "start", "follows", "log", "unsigned", "nothing"])
def test_a_first_entry_that_is_not_what_the_device_has_signed_begins_no_log(
    hub: HubState, admin: Caller, journal: Journal, device: FakeDevice, change: str
) -> None:
    data = journal.entries(0, 1)[0].data
    name, entry_type = LOG, EPOCH_BEGAN
    if change == "type":
        entry_type = "kiosk.started"
    elif change == "start":
        data["may_be_lost"]["start"] = 5
    elif change == "follows":
        data["follows"] = "gate-2"
    elif change == "log":
        name = "gate-1.epoch-3"
    elif change == "unsigned":
        data["statement"] = None
    else:
        data = {}
    forged = Journal(journal.path.with_name("forged.db"), name, device_key=device.key).open()
    forged.append_many([(entry_type, data, NOON, True)])
    assert upload(admin, forged, device.key).status == 403
    forged.close()
    assert [each.device_id for each in hub.store.devices()] == ["gate-1"]


def test_the_log_of_an_unknown_device_and_a_batch_from_its_middle_are_refused(
    anyone: Caller, admin: Caller, journal: Journal, device: FakeDevice
) -> None:
    assert anyone.post("/v1/logs/gate-9.epoch-2/entries", body(journal, device.key)).status == 403
    journal.append_many([("checkpoint.decision", {}, NOON, True)])
    answer = upload(admin, journal, device.key, 1)
    assert (answer.status, answer.json()["resume_at"]) == (409, 0)


def test_a_batch_that_is_refused_registers_nothing(
    hub: HubState, admin: Caller, journal: Journal, device: FakeDevice
) -> None:
    unfit = body(journal, device.key) | {"tree_head": sign(journal.tree_head(), Ed25519PrivateKey.generate())}
    assert admin.post(f"/v1/logs/{LOG}/entries", unfit).status == 422
    assert [each.device_id for each in hub.store.devices()] == ["gate-1"]
    assert hub.store.alarms() == []
