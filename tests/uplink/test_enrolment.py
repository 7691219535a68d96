"""From an invitation to a renewed certificate: `kiosk-hub`, `kiosk enrol` and the uplink, over real TLS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from cryptography import x509

from hub.__main__ import main as hub_main
from hub.device_ca import DeviceCa
from kiosk.__main__ import main as kiosk_main
from kiosk.clock import SystemClock
from kiosk.gatekeeper.unix_server import UnixServer, json_requests
from kiosk.uplink.desk import UnixDesk
from kiosk.uplink.enrolment import Renewal
from kiosk.uplink.errors import HubUnreachable
from kiosk.uplink.hub_client import HubClient, new_session
from kiosk.uplink.tls import Tls
from tests.cli.sites import write_site
from tests.hub.devices import FakeDevice
from tests.hub.hubs import hub_process, new_hub
from tests.processes import wait_until
from tests.uplink.certificates import Authority

pytestmark = pytest.mark.slow

DEVICE = FakeDevice("kiosk-7")
DEVICE.record()


class Shifted(SystemClock):
    """The system's clock, so many days ahead."""

    def __init__(self, days: float = 0.0) -> None:
        self.days = days

    def utc(self) -> datetime:
        return super().utc() + timedelta(days=self.days)

    def mono(self) -> float:
        return super().mono() + 86_400 * self.days


class Place:
    """A hub over TLS at `url`, and a kiosk whose gatekeeper runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        authority = Authority(folder, "hub-ca")
        certificate = str(authority.vouch("hub"))
        self.arguments = ["--tls-cert", certificate, "--tls-key", certificate]
        self.url = ""
        self.hub_ca = authority.path
        new_hub(folder / "hub", datetime.now(UTC)).close()

    def write_site(self) -> None:
        lines = f'hub_url = "{self.url}"\nhub_ca = "hub-ca.pem"'
        self.site = write_site(self.folder, ('hub_url = "http://127.0.0.1:1"', lines))
        self.identity = self.folder / "uplink" / "device.pem"
        self.socket = self.folder / "run" / "uplink.sock"
        self.socket.parent.mkdir()

    def gatekeeper(self) -> UnixServer:
        key = DEVICE.registration["public_key"]
        status: dict[str, object] = {"device": "kiosk-7.epoch-2", "owner": "kiosk-7", "public_key": key}
        return UnixServer(self.socket, json_requests(lambda _: status, max_characters=1000))

    def token(self, capsys: pytest.CaptureFixture[str]) -> str:
        assert hub_main(["device", "invite", "--state", str(self.folder / "hub"), "kiosk-7"]) == 0
        return capsys.readouterr().out.strip()

    def enrol(self, token: str) -> int:
        return kiosk_main(["enrol", "--hub", self.url, "--token", token, "--site", str(self.site)])


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    with hub_process(tmp_path / "hub", *place.arguments) as place.url:
        place.write_site()
        with place.gatekeeper():
            yield place


def test_a_kiosk_enrols_itself_and_uploads_with_what_it_got(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    token = place.token(capsys)
    assert place.enrol(token) == 0
    assert f"kiosk-7 is enrolled at {place.url}, until" in capsys.readouterr().out
    assert place.identity.stat().st_mode & 0o777 == 0o600
    with new_session(Tls(place.hub_ca, place.identity)) as session:
        assert HubClient(place.url, session).upload("kiosk-7", DEVICE.batch()).status == 200
    assert place.enrol(token) == 1
    assert "the hub answers 401" in capsys.readouterr().err


def test_a_certificate_is_renewed_by_itself_when_less_than_a_third_is_left(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert place.enrol(place.token(capsys)) == 0
    first = place.identity.read_bytes()
    clock = Shifted()
    desk = UnixDesk(place.socket)
    with new_session(Tls(place.hub_ca, place.identity)) as session:
        hub = HubClient(place.url, session)
        renewal = Renewal(desk, hub, session, place.identity, clock, Random(1))
        for clock.days in (0, 10, 19.9):
            renewal.run_once()
        assert place.identity.read_bytes() == first
        clock.days = 20.1
        renewal.run_once()
        assert place.identity.read_bytes() != first
        assert hub.upload("kiosk-7", DEVICE.batch()).status == 200
    desk.close()
    old, new = map(x509.load_pem_x509_certificate, (first, place.identity.read_bytes()))
    assert (old.subject, old.public_key() == new.public_key()) == (new.subject, False)


def test_the_hubs_authority_is_exchanged_while_it_runs_and_both_are_accepted_until_the_old_one_is_dropped(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    state = place.folder / "hub"
    assert place.enrol(place.token(capsys)) == 0
    old = place.folder / "old.pem"
    old.write_bytes(place.identity.read_bytes())

    def upload(identity: Path) -> int:
        with new_session(Tls(place.hub_ca, identity)) as session:
            return HubClient(place.url, session).upload("kiosk-7", DEVICE.batch()).status

    assert hub_main(["ca", "exchange", "--state", str(state)]) == 0
    desk = UnixDesk(place.socket)
    with new_session(Tls(place.hub_ca, place.identity)) as session:
        Renewal(
            desk, HubClient(place.url, session), session, place.identity, Shifted(21), Random(1)
        ).run_once()
    desk.close()
    first, second = map(x509.load_pem_x509_certificate, (old.read_bytes(), place.identity.read_bytes()))
    authority = DeviceCa(state)
    second.verify_directly_issued_by(authority.certificate)
    first.verify_directly_issued_by(authority.certificates[1])
    assert upload(old) == 200
    wait_until(lambda: reaches(lambda: upload(place.identity)) == 200, 10, "the new authority is taken up")
    assert upload(old) == 200, "both"

    assert hub_main(["ca", "drop-old", "--state", str(state)]) == 0
    assert capsys.readouterr().out.endswith("restart the hub\n")
    with hub_process(state, *place.arguments) as place.url:
        assert upload(place.identity) == 200
        assert reaches(lambda: upload(old)) is None


def reaches(send: Callable[[], int]) -> int | None:
    try:
        return send()
    except HubUnreachable:
        return None


def test_a_revoked_kiosk_gets_neither_receipts_nor_certificates(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert place.enrol(place.token(capsys)) == 0
    first = place.identity.read_bytes()
    why = ["--state", str(place.folder / "hub"), "--by", "Li Na", "--note", "stolen"]
    desk = UnixDesk(place.socket)
    with new_session(Tls(place.hub_ca, place.identity)) as session:
        hub = HubClient(place.url, session)
        assert hub.upload("kiosk-7", DEVICE.batch()).status == 200
        assert hub_main(["device", "revoke", "kiosk-7", *why]) == 0
        assert hub.upload("kiosk-7", DEVICE.batch()).status == 403
        Renewal(desk, hub, session, place.identity, Shifted(21), Random(1)).run_once()
    desk.close()
    assert place.identity.read_bytes() == first
    capsys.readouterr()
    assert place.enrol(place.token(capsys)) == 1, "an invitation does not take it back in"
    assert "has been revoked" in capsys.readouterr().err


def test_a_running_uplink_shows_a_certificate_from_the_moment_that_there_is_one(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = UnixDesk(place.socket)
    with new_session(Tls(place.hub_ca, place.identity)) as session:
        hub = HubClient(place.url, session)
        renewal = Renewal(desk, hub, session, place.identity, Shifted(), Random(1))
        renewal.run_once()
        assert hub.upload("kiosk-7", DEVICE.batch()).status == 403
        assert place.enrol(place.token(capsys)) == 0
        renewal.run_once()
        assert hub.upload("kiosk-7", DEVICE.batch()).status == 200
    desk.close()


def test_a_renewal_that_fails_is_tried_again_later_and_the_old_certificate_stays(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert place.enrol(place.token(capsys)) == 0
    first = place.identity.read_bytes()
    clock = Shifted(21)
    desk = UnixDesk(place.socket)
    with new_session(Tls(place.hub_ca, place.identity)) as session:
        nowhere = HubClient("https://127.0.0.1:1", session)
        Renewal(desk, nowhere, session, place.identity, clock, Random(1)).run_once()
        assert place.identity.read_bytes() == first
        place.identity.write_bytes(b"damaged")
        Renewal(desk, nowhere, session, place.identity, clock, Random(1)).run_once()
    desk.close()


def test_who_is_not_there_is_said_in_one_sentence(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    token = place.token(capsys)
    dead = ["enrol", "--hub", "https://127.0.0.1:1", "--token", token, "--site", str(place.site)]
    assert kiosk_main(dead) == 1
    assert "https://127.0.0.1:1 does not answer" in capsys.readouterr().err
    place.socket.unlink()
    assert place.enrol(token) == 1
    assert "start gatekeeper" in capsys.readouterr().err
