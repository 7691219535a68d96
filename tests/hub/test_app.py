from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from hub.issuing import Pass
from hub.state import HubState
from hub.store import Store
from kiosk.credentials.credential import Colour, Credential
from kiosk.credentials.verifier import verify
from kiosk.terms import Instant
from tests.hub.asgi import Caller
from tests.hub.conftest import NOON
from tests.hub.devices import FakeDevice
from tests.hub.hubs import published

GREEN = {
    "colour": 1,
    "roles": [2],
    "area": "330100",
    "masked_name": "张*",
    "valid_from": "2026-11-22T12:00:00Z",
    "lifetime_s": 86_400,
    "rotating": True,
}


def basic(user: bytes, password: bytes) -> str:
    """RFC 7617."""
    return "Basic " + base64.b64encode(user + b":" + password).decode()


def test_a_pass_issued_here_verifies_with_the_keys_published_here(
    admin: Caller, anyone: Caller, hub: HubState
) -> None:
    wallet = Pass.from_wallet(admin.post("/v1/passes", GREEN).json())
    bundle = published(hub)
    moment = NOON + timedelta(hours=5)
    result = verify(wallet.code_at(moment).encode(), bundle, Instant(0, moment, True))
    assert isinstance(result, Credential)
    assert (result.colour, result.area, result.masked_name, result.roles) == (
        Colour.GREEN,
        "330100",
        "张*",
        frozenset({2}),
    )


def test_a_pass_without_a_start_starts_now_and_rotates(admin: Caller) -> None:
    wallet = Pass.from_wallet(
        admin.post("/v1/passes", {"colour": 2, "area": "330100", "lifetime_s": 60}).json()
    )
    assert (wallet.valid_from, wallet.rotation is not None) == (NOON, True)


@pytest.mark.parametrize(
    "change",
    [
        {"colour": 4},
        {"colour": True},
        {"area": "x"},
        {"lifetime_s": 0},
        {"lifetime_s": 86_401},
        {"roles": [256]},
        {"roles": "2"},
        {"masked_name": "x" * 25},
        {"valid_from": "yesterday"},
        {"valid_from": "2026-11-22T12:00:00"},
        {"valid_from": "0001-01-01T00:00:00+23:00"},
        {"valid_from": "9999-12-31T23:59:59Z"},
        {"more": 1},
    ],
    ids=str,
)
def test_a_pass_that_no_kiosk_would_read_is_not_issued(admin: Caller, change: dict[str, object]) -> None:
    answer = admin.post("/v1/passes", GREEN | change)
    assert answer.status == 422
    assert answer.json()["error"]


@pytest.mark.parametrize("path", ["/v1/passes", "/v1/devices"])
@pytest.mark.parametrize("token", ["", "Bearer ", "Bearer wrong", "Basic x", "Bearer \u00e9"])
def test_only_the_administrator_issues_and_registers(anyone: Caller, path: str, token: str) -> None:
    answer = anyone.send("POST", path, b"{}", {"authorization": token})
    assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")


READ = ("/", "/v1/logs/gate-1", "/v1/logs/gate-1/entries", "/v1/logs/nobody")


@pytest.mark.parametrize("path", READ)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "given", ["", "Bearer wrong", "Basic", "Basic ?", "Basic 5", "Basic \u00e9", basic(b"admin", b"wrong")]
)
def test_what_kiosks_have_recorded_is_shown_to_nobody_without_the_token(
    anyone: Caller, device: FakeDevice, path: str, method: str, given: str
) -> None:
    answer = anyone.send(method, path, headers={"authorization": given} if given else {})
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == 'Basic realm="checkpoint hub", charset="UTF-8", Bearer'
    assert "the admin's token" in answer.text
    assert device.device_id not in answer.text


@pytest.mark.parametrize("path", READ[:3])
def test_the_token_is_taken_as_any_users_password_or_as_a_bearer_token(
    anyone: Caller, device: FakeDevice, hub: HubState, path: str
) -> None:
    token = hub.admin_token.encode()
    for given in (basic(b"", token), basic(b"wang", token), f"bearer {hub.admin_token}"):
        answer = anyone.send("GET", path, headers={"authorization": given})
        assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")


def test_a_password_that_a_browser_adds_by_itself_changes_nothing(anyone: Caller, hub: HubState) -> None:
    given = {"authorization": basic(b"wang", hub.admin_token.encode())}
    for path in ("/v1/passes", "/v1/devices"):
        assert anyone.send("POST", path, b"{}", given).status == 401


def test_keys_and_the_page_of_a_pass_need_no_token(admin: Caller, anyone: Caller) -> None:
    pass_id = admin.post("/v1/passes", GREEN).json()["pass_id"]
    for path in ("/trust/metadata/timestamp.json", f"/p/{pass_id}", f"/p/{pass_id}/code"):
        assert anyone.get(path).status == 200


def test_a_device_is_registered_once_and_keeps_its_key(admin: Caller, device: FakeDevice) -> None:
    assert admin.post("/v1/devices", device.registration).status == 200
    assert admin.post("/v1/devices", FakeDevice(seed=2).registration).status == 409


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"device_id": "a b", "public_key": base64.b64encode(bytes(32)).decode()},
        {"device_id": "gate-1", "public_key": "AAAA"},
        {"device_id": "gate-1", "public_key": "?"},
        {"device_id": 7, "public_key": ""},
    ],
    ids=str,
)
def test_a_device_of_another_shape_is_refused(admin: Caller, body: object) -> None:
    assert admin.post("/v1/devices", body).status == 422


def test_an_unknown_page_and_an_unknown_pass_are_not_found(anyone: Caller) -> None:
    assert anyone.get("/nothing").status == 404
    assert anyone.get("/p/nothing").status == 404
    assert anyone.get("/v1/passes").status == 405


def test_a_full_disk_asks_the_kiosk_to_come_again(
    admin: Caller, device: FakeDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Store, device_id: str) -> None:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    monkeypatch.setattr(Store, "device", full)
    answer = admin.get("/v1/logs/gate-1")
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
