"""The uplink's client against a real hub over TLS, on loopback, with certificates made here."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from hub.__main__ import main
from kiosk.journal.envelope import seal, wire_entry
from kiosk.journal.merkle import root
from kiosk.journal.tree_head import TreeHead, sign
from kiosk.uplink.errors import HubUnreachable
from kiosk.uplink.hub_client import HubClient, Reply, new_session
from kiosk.uplink.tls import Tls
from tests.hub.hubs import hub_process, new_hub
from tests.uplink.certificates import Authority
from tests.uplink.world import DEVICE, DEVICE_KEY, WRITTEN_AT


class Site:
    """A hub that serves TLS at `url`, its authority and that of the devices."""

    def __init__(self, folder: Path) -> None:
        self.hub_ca = Authority(folder, "hub-ca")
        self.device_ca = Authority(folder, "device-ca")
        self.stranger = Authority(folder, "stranger")
        self.own = self.device_ca.vouch(DEVICE)
        certificate = str(self.hub_ca.vouch("hub"))
        self.arguments = ["--tls-cert", certificate, "--tls-key", certificate]
        self.arguments += ["--client-ca", str(self.device_ca.path)]
        self.url = ""

    def upload(self, ca: Authority, identity: Path | None) -> Reply:
        """One entry, to a hub whose certificate comes from `ca`."""
        entry = seal(DEVICE, 0, ("kiosk.door.opened", {}, WRITTEN_AT, True), lambda n: bytes(n))
        head = sign(TreeHead(DEVICE, 1, root([entry.leaf_hash])), DEVICE_KEY)
        listed = [wire_entry(entry.envelope, entry.data, entry.salt)]
        with new_session(Tls(ca.path, identity)) as session:
            return HubClient(self.url, session).upload(
                DEVICE, {"start": 0, "entries": listed, "tree_head": head}
            )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("tls")
    state = new_hub(folder / "hub", datetime.now(UTC))
    state.store.add_device(DEVICE, DEVICE_KEY.public_key().public_bytes_raw(), datetime.now(UTC))
    state.close()
    site = Site(folder)
    with hub_process(folder / "hub", *site.arguments) as site.url:
        yield site


pytestmark = pytest.mark.slow


def test_a_kiosk_with_its_certificate_uploads(site: Site) -> None:
    reply = site.upload(site.hub_ca, site.own)
    assert (reply.status, reply.document().get("size")) == (200, 1)


def test_the_certificate_of_another_device_and_none_at_all_are_forbidden(site: Site) -> None:
    other = site.upload(site.hub_ca, site.device_ca.vouch("gate-9"))
    assert (other.status, "that of 'gate-9'" in other.document()["error"]) == (403, True)
    assert site.upload(site.hub_ca, None).status == 403
    assert site.upload(site.hub_ca, site.own.with_name("not-yet.pem")).status == 403


def test_trust_is_there_for_everybody(site: Site) -> None:
    with new_session(Tls(site.hub_ca.path)) as session:
        assert HubClient(site.url, session).get("/trust/metadata/timestamp.json").status == 200


def test_a_certificate_that_another_authority_has_given_is_not_let_in(site: Site) -> None:
    with pytest.raises(HubUnreachable):
        site.upload(site.hub_ca, site.stranger.vouch(DEVICE))


def test_a_hub_of_another_authority_than_the_pinned_one_hears_nothing(site: Site) -> None:
    with pytest.raises(HubUnreachable):
        site.upload(site.stranger, site.own)


def test_without_a_pinned_authority_https_is_not_spoken(site: Site) -> None:
    with new_session() as session, pytest.raises(HubUnreachable):
        HubClient(site.url, session).get("/trust/metadata/timestamp.json")


def test_neither_side_speaks_an_older_tls(site: Site) -> None:
    old = ssl.create_default_context(cafile=str(site.hub_ca.path))
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    address = urlsplit(site.url)
    with (
        socket.create_connection((address.hostname, address.port)) as connection,
        pytest.raises(ssl.SSLError),
    ):
        old.wrap_socket(connection, server_hostname="127.0.0.1")
    with OldServer(site.hub_ca.vouch("old")) as url, new_session(Tls(site.hub_ca.path)) as session:
        with pytest.raises(HubUnreachable) as refused:
            HubClient(url, session).get("/")
        assert "PROTOCOL_VERSION" in str(refused.value.__cause__).upper()


def test_half_of_the_options_are_refused_with_a_sentence(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--state", str(tmp_path), "--tls-cert", str(site.own)]) == 2
    assert "--tls-cert and --tls-key go together" in capsys.readouterr().err
    new_hub(tmp_path / "hub", datetime.now(UTC)).close()
    broken = [*site.arguments[:-1], str(tmp_path / "none.pem")]
    assert main(["serve", "--state", str(tmp_path / "hub"), "--port", "0", *broken]) == 2
    assert "none.pem: there is no such file" in capsys.readouterr().err


class OldServer:
    """A server that speaks TLS 1.2 and nothing newer, for one connection."""

    def __init__(self, identity: Path) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.maximum_version = ssl.TLSVersion.TLSv1_2
        self._context.load_cert_chain(identity)
        self._listener = socket.create_server(("127.0.0.1", 0))

    def __enter__(self) -> str:
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return f"https://127.0.0.1:{self._listener.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            try:
                self._context.wrap_socket(connection, server_side=True).close()
            except OSError:
                return  # the client has gone, as it should
