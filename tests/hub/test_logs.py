from __future__ import annotations

import base64
import copy
from datetime import timedelta
from typing import Any

import pytest

from hub import logs
from hub.state import HubState
from hub.store import DeviceLog
from kiosk.trust import signed
from tests.hub.asgi import Answer, Caller
from tests.hub.conftest import NOON, ON_BOTH, SetClock
from tests.hub.devices import FakeDevice

LOG = "/v1/logs/gate-1"


def upload(caller: Caller, batch: object) -> Answer:
    return caller.post(f"{LOG}/entries", batch)


def size(caller: Caller) -> int:
    stored: int = caller.get(LOG).json()["size"]
    return stored


@ON_BOTH
def test_a_batch_is_answered_with_a_receipt_that_the_hub_has_signed(
    anyone: Caller, device: FakeDevice, hub: HubState
) -> None:
    device.record(3)
    answer = upload(anyone, device.batch())
    assert answer.status == 200
    assert signed.check(answer.json(), hub.hub_key.public_key()) == {
        "device": "gate-1",
        "size": 3,
        "root": base64.b64encode(device.root()).decode(),
        "time": NOON.isoformat(),
    }


@ON_BOTH
def test_entries_come_back_as_they_went_in(anyone: Caller, admin: Caller, device: FakeDevice) -> None:
    device.record(10, text="张 <b>&\u2028")
    upload(anyone, device.batch(0, 4))
    upload(anyone, device.batch(4))
    assert admin.get(f"{LOG}/entries?start=2&limit=5").json() == {
        "device": "gate-1",
        "size": 10,
        "start": 2,
        "entries": device.entries[2:7],
    }
    assert admin.get(LOG).json()["root"] == base64.b64encode(device.root()).decode()


@ON_BOTH
def test_a_batch_that_comes_again_is_stored_once_and_answered_again(
    anyone: Caller, admin: Caller, device: FakeDevice, clock: SetClock
) -> None:
    device.record(5)
    first = upload(anyone, device.batch()).json()
    assert upload(anyone, device.batch()).json() == first
    assert upload(anyone, device.batch(1, 3)).json()["size"] == 5
    assert size(admin) == 5


@ON_BOTH
def test_a_batch_that_overlaps_adds_only_what_is_new(
    anyone: Caller, admin: Caller, device: FakeDevice
) -> None:
    device.record(5)
    upload(anyone, device.batch(0, 3))
    assert upload(anyone, device.batch(1, 5)).json()["size"] == 5
    assert admin.get(f"{LOG}/entries").json()["entries"] == device.entries


@ON_BOTH
def test_a_gap_is_answered_with_where_to_resume(anyone: Caller, admin: Caller, device: FakeDevice) -> None:
    device.record(5)
    upload(anyone, device.batch(0, 2))
    answer = upload(anyone, device.batch(3))
    assert (answer.status, answer.json()["resume_at"]) == (409, 2)
    assert size(admin) == 2


@ON_BOTH
def test_other_content_for_a_stored_number_is_refused(
    anyone: Caller, admin: Caller, device: FakeDevice
) -> None:
    device.record(3)
    upload(anyone, device.batch())
    other = FakeDevice()
    other.record(4, reason="denied")
    answer = upload(anyone, other.batch())
    assert answer.status == 409
    assert "resume_at" not in answer.json()
    assert answer.json()["error"] == "entry 0 is stored with other content"
    assert size(admin) == 3


@ON_BOTH
def test_a_second_root_for_a_size_that_was_signed_is_refused(anyone: Caller, device: FakeDevice) -> None:
    device.record(3)
    upload(anyone, device.batch())
    fork = device.batch() | {"tree_head": device.tree_head(root=bytes(32))}
    assert upload(anyone, fork).status == 409


@ON_BOTH
def test_a_rewritten_history_is_an_alarm_that_the_administrator_sees(
    anyone: Caller, admin: Caller, device: FakeDevice, clock: SetClock
) -> None:
    assert admin.get("/v1/alarms").json() == {"alarms": []}
    device.record(3)
    upload(anyone, device.batch())
    other = FakeDevice()
    other.record(4, reason="denied")
    for _ in range(2):
        upload(anyone, other.batch())
        clock.now += timedelta(minutes=5)
    (alarm,) = admin.get("/v1/alarms").json()["alarms"]
    assert (alarm["device_id"], alarm["kind"], alarm["times"]) == ("gate-1", logs.REWRITTEN, 2)
    assert (alarm["first_at"], alarm["last_at"]) == (
        NOON.isoformat(),
        (NOON + timedelta(minutes=5)).isoformat(),
    )
    assert alarm["note"] == other.tree_head()
    assert "entry 0 is stored with other content" in admin.get("/").text
    assert anyone.get("/v1/alarms").status == 401


def test_a_history_that_changed_before_the_batch_is_an_alarm(
    anyone: Caller, admin: Caller, device: FakeDevice
) -> None:
    device.record(3)
    upload(anyone, device.batch())
    other = FakeDevice()
    other.record(3, reason="denied")
    other.record(2)
    assert upload(anyone, other.batch(3)).status == 422
    assert [each["kind"] for each in admin.get("/v1/alarms").json()["alarms"]] == [logs.UNPROVEN]


def test_two_roots_for_one_size_are_an_alarm(anyone: Caller, admin: Caller, device: FakeDevice) -> None:
    device.record(3)
    upload(anyone, device.batch())
    upload(anyone, device.batch() | {"tree_head": device.tree_head(root=bytes(32))})
    assert [each["kind"] for each in admin.get("/v1/alarms").json()["alarms"]] == [logs.FORKED]


def test_what_the_device_has_not_signed_raises_no_alarm(
    anyone: Caller, admin: Caller, device: FakeDevice
) -> None:
    device.record(3)
    upload(anyone, device.batch())
    thief = FakeDevice(seed=2)
    thief.record(4)
    assert upload(anyone, thief.batch()).status == 422
    assert admin.get("/v1/alarms").json() == {"alarms": []}


@ON_BOTH
def test_an_unknown_device_is_forbidden(anyone: Caller) -> None:
    stranger = FakeDevice()
    stranger.record()
    assert upload(anyone, stranger.batch()).status == 403


@ON_BOTH
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"root": bytes(32)}, "the signed root is not that"),
        ({"size": 4}, "is for 4 entries and the batch ends at 3"),
        ({"device_id": "gate-2"}, "is that of 'gate-2'"),
    ],
    ids=["root", "size", "device"],
)
def test_a_tree_head_that_does_not_fit_is_refused(
    anyone: Caller, admin: Caller, device: FakeDevice, change: dict[str, Any], sentence: str
) -> None:
    device.record(3)
    answer = upload(anyone, device.batch() | {"tree_head": device.tree_head(**change)})
    assert answer.status == 422
    assert sentence in answer.json()["error"]
    assert size(admin) == 0


def test_a_tree_head_by_another_key_is_refused(anyone: Caller, device: FakeDevice) -> None:
    device.record(3)
    thief = FakeDevice(seed=2)
    thief.entries, thief.leaves = device.entries, device.leaves
    assert upload(anyone, thief.batch()).status == 422


@pytest.mark.parametrize("member", ["data", "salt", "datahash", "type"])
def test_a_changed_entry_is_refused(anyone: Caller, admin: Caller, device: FakeDevice, member: str) -> None:
    device.record(3)
    batch = copy.deepcopy(device.batch())
    if member in ("data", "salt"):
        batch["entries"][1][member] = base64.b64encode(b"other").decode()
    else:
        batch["entries"][1]["envelope"][member] = "other"
    assert upload(anyone, batch).status == 422
    assert size(admin) == 0


@pytest.mark.parametrize(
    "batch",
    [
        [],
        {},
        {"start": 0, "entries": [], "tree_head": ""},
        {"start": -1, "entries": [1], "tree_head": ""},
        {"start": True, "entries": [1], "tree_head": ""},
        {"start": 0, "entries": [1], "tree_head": ""},
        {"start": 0, "entries": [1], "tree_head": None},
        {"start": 0, "entries": [{"envelope": {}, "data": 1, "salt": ""}], "tree_head": ""},
        {"start": 0, "entries": [1], "tree_head": "", "more": 1},
    ],
    ids=str,
)
def test_a_body_of_another_shape_is_refused(anyone: Caller, device: FakeDevice, batch: object) -> None:
    assert upload(anyone, batch).status == 400


def test_more_than_256_entries_are_too_many(anyone: Caller, device: FakeDevice) -> None:
    device.record(257)
    assert upload(anyone, device.batch()).status == 413
    assert upload(anyone, device.batch(0, 256)).status == 200


def test_a_body_that_is_too_large_is_refused(anyone: Caller, device: FakeDevice) -> None:
    assert anyone.send("POST", f"{LOG}/entries", b" " * 4_200_000).status == 413
    claimed = {"content-length": "99999999999999999999999"}
    assert anyone.send("POST", f"{LOG}/entries", b"{}", claimed).status == 413


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"a":1,"a":2}', b"[" * 100_000, b"NaN", b'"\\ud800"'])
def test_what_is_not_json_is_refused(anyone: Caller, device: FakeDevice, body: bytes) -> None:
    assert anyone.send("POST", f"{LOG}/entries", body).status == 400


@pytest.mark.parametrize("query", ["start=-1", "limit=1001", "limit=x", "start=1e3", "start=²"])
def test_a_wrong_query_is_refused(admin: Caller, device: FakeDevice, query: str) -> None:
    assert admin.get(f"{LOG}/entries?{query}").status == 400


@ON_BOTH
def test_a_log_that_nobody_registered_is_not_found(admin: Caller) -> None:
    assert admin.get(LOG).status == 404
    assert admin.get(f"{LOG}/entries").status == 404


@ON_BOTH
def test_an_append_reads_none_of_the_entries_before(
    anyone: Caller, device: FakeDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The frontier of the log is all that a new batch needs."""
    read: list[bytes] = []

    def watched(log: DeviceLog, start: int, end: int) -> list[bytes]:
        found = plain(log, start, end)
        read.extend(found)
        return found

    plain = DeviceLog.leaf_hashes
    monkeypatch.setattr(DeviceLog, "leaf_hashes", watched)
    device.record(600)
    for start in (0, 200, 400):
        assert upload(anyone, device.batch(start, start + 200)).status == 200
    assert read == []


@ON_BOTH
def test_two_devices_keep_their_own_logs(admin: Caller, device: FakeDevice) -> None:
    second = FakeDevice("gate-2", seed=2)
    admin.post("/v1/devices", second.registration)
    device.record(3)
    second.record(2)
    upload(admin, device.batch())
    admin.post("/v1/logs/gate-2/entries", second.batch())
    assert [admin.get(f"/v1/logs/{name}").json()["size"] for name in ("gate-1", "gate-2")] == [3, 2]
