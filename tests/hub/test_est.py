from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    SECP384R1,
    EllipticCurve,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import AttributeOID, NameOID

from hub import logs
from hub.__main__ import main
from hub.state import HubState
from tests.hub.asgi import Answer, Caller
from tests.hub.conftest import NOON, SetClock
from tests.hub.devices import FakeDevice

ENROLL, REENROLL = "/.well-known/est/simpleenroll", "/.well-known/est/simplereenroll"


def request_of(device: FakeDevice, *, name: str | None = None, curve: EllipticCurve | None = None) -> bytes:
    """A certificate request in DER."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name or device.device_id)])
    log_key = device.registration["public_key"].encode()
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    builder = builder.add_attribute(AttributeOID.UNSTRUCTURED_NAME, log_key)
    return builder.sign(generate_private_key(curve or SECP256R1()), SHA256()).public_bytes(Encoding.DER)


def enroll(anyone: Caller, der: bytes, token: str | None, *, path: str = ENROLL) -> Answer:
    body = base64.encodebytes(der)
    headers = {"content-length": str(len(body))}
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    return anyone.send("POST", path, body, headers)


@pytest.fixture
def kiosk() -> FakeDevice:
    return FakeDevice()


def test_an_invited_kiosk_gets_a_certificate_of_30_days_and_its_log_key_is_registered(
    hub: HubState, anyone: Caller, kiosk: FakeDevice
) -> None:
    answer = enroll(anyone, request_of(kiosk), hub.enrolment.invite("gate-1", NOON))
    assert (answer.status, answer.headers["content-type"]) == (
        200,
        "application/pkcs7-mime; smime-type=certs-only",
    )
    (certificate,) = pkcs7.load_der_pkcs7_certificates(base64.b64decode(answer.body))
    assert certificate.subject.rfc4514_string() == "CN=gate-1"
    assert certificate.not_valid_after_utc == NOON + timedelta(days=30)
    certificate.verify_directly_issued_by(hub.device_ca.certificate)
    kiosk.record()
    assert anyone.post("/v1/logs/gate-1/entries", kiosk.batch()).status == 200


def test_a_token_is_good_once(hub: HubState, anyone: Caller, kiosk: FakeDevice) -> None:
    token = hub.enrolment.invite("gate-1", NOON)
    assert [enroll(anyone, request_of(kiosk), token).status for _ in range(2)] == [200, 401]


@pytest.mark.parametrize(("minutes", "status"), [(14.9, 200), (15, 401)])
def test_a_token_is_good_for_15_minutes(
    hub: HubState, anyone: Caller, kiosk: FakeDevice, clock: SetClock, minutes: float, status: int
) -> None:
    token = hub.enrolment.invite("gate-1", NOON)
    clock.now += timedelta(minutes=minutes)
    assert enroll(anyone, request_of(kiosk), token).status == status


def test_a_token_invites_one_device_and_is_used_up_by_another(
    hub: HubState, anyone: Caller, kiosk: FakeDevice
) -> None:
    token = hub.enrolment.invite("gate-1", NOON)
    assert enroll(anyone, request_of(kiosk, name="gate-2"), token).status == 403
    assert enroll(anyone, request_of(kiosk), token).status == 401


def test_without_a_token_nobody_enrols(anyone: Caller, kiosk: FakeDevice) -> None:
    answer = enroll(anyone, request_of(kiosk), None)
    assert (answer.status, "Basic" in answer.headers["www-authenticate"]) == (401, True)
    assert enroll(anyone, request_of(kiosk), "guessed").status == 401


def test_the_token_may_be_the_password_of_http_basic(
    hub: HubState, anyone: Caller, kiosk: FakeDevice
) -> None:
    token = base64.b64encode(f"est:{hub.enrolment.invite('gate-1', NOON)}".encode()).decode()
    body = base64.encodebytes(request_of(kiosk))
    headers = {"authorization": f"Basic {token}", "content-length": str(len(body))}
    assert anyone.send("POST", ENROLL, body, headers).status == 200


def test_an_identity_with_two_log_keys_is_alarmed_as_a_clone(
    hub: HubState, anyone: Caller, admin: Caller, kiosk: FakeDevice, capfd: pytest.CaptureFixture[str]
) -> None:
    assert enroll(anyone, request_of(kiosk), hub.enrolment.invite("gate-1", NOON)).status == 200
    clone = FakeDevice(seed=2)
    assert enroll(anyone, request_of(clone), hub.enrolment.invite("gate-1", NOON)).status == 409
    (alarm,) = admin.get("/v1/alarms").json()["alarms"]
    assert (alarm["device_id"], alarm["kind"]) == ("gate-1", "device.clone")
    assert anyone.get("/v1/alarms").status == 401


def test_an_identity_that_shows_two_roots_is_alarmed_as_a_clone(
    anyone: Caller, admin: Caller, device: FakeDevice
) -> None:
    device.record(3)
    anyone.post("/v1/logs/gate-1/entries", device.batch())
    clone = FakeDevice()
    clone.record(3, reason="denied")
    unsigned = clone.batch() | {"tree_head": device.tree_head()[:-9] + "AAAAAAA=\n"}
    assert anyone.post("/v1/logs/gate-1/entries", unsigned).status == 422
    assert admin.get("/v1/alarms").json()["alarms"] == []
    for _ in range(2):
        assert anyone.post("/v1/logs/gate-1/entries", clone.batch()).status == 409
    (alarm,) = admin.get("/v1/alarms").json()["alarms"]
    assert (alarm["device_id"], alarm["kind"], alarm["times"]) == ("gate-1", logs.REWRITTEN, 2)
    assert "entry 0 is stored with other content" in alarm["sentence"]


def test_a_gap_is_no_alarm(anyone: Caller, admin: Caller, device: FakeDevice) -> None:
    device.record(3)
    assert anyone.post("/v1/logs/gate-1/entries", device.batch(1)).status == 409
    assert admin.get("/v1/alarms").json()["alarms"] == []


def test_what_is_no_request_is_refused_and_uses_no_token_up(
    hub: HubState, anyone: Caller, kiosk: FakeDevice
) -> None:
    token = hub.enrolment.invite("gate-1", NOON)
    der = request_of(kiosk)
    assert enroll(anyone, b"rubbish", token).status == 400
    assert enroll(anyone, der[:-1] + bytes([der[-1] ^ 1]), token).status == 422
    assert enroll(anyone, request_of(kiosk, curve=SECP384R1()), token).status == 422
    assert enroll(anyone, request_of(kiosk, name="no/name"), token).status == 422
    assert enroll(anyone, bytes(20_000), token).status == 413
    assert enroll(anyone, der, token).status == 200


def test_over_plain_http_nothing_is_renewed(hub: HubState, anyone: Caller, kiosk: FakeDevice) -> None:
    token = hub.enrolment.invite("gate-1", NOON)
    assert enroll(anyone, request_of(kiosk), token, path=REENROLL).status == 403


def test_the_authority_is_there_for_everybody(hub: HubState, anyone: Caller) -> None:
    body = anyone.get("/.well-known/est/cacerts").body
    assert pkcs7.load_der_pkcs7_certificates(base64.b64decode(body)) == [hub.device_ca.certificate]


def test_the_command_makes_a_token_for_a_hub_that_runs(
    hub: HubState, anyone: Caller, kiosk: FakeDevice, capsys: pytest.CaptureFixture[str]
) -> None:
    state = str(hub.publisher.repository.root_path.parents[2])
    assert main(["device", "invite", "--state", state, "gate-1"]) == 0
    token = capsys.readouterr().out.strip()
    assert hub.enrolment.redeem(token.encode(), datetime.now(UTC)) == "gate-1"
    assert main(["device", "invite", "--state", state, "no/name"]) == 2
    assert "DEVICE_ID is 1 to 64 letters" in capsys.readouterr().err
