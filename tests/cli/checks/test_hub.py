from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest

from kiosk.cli.checks.hub import check_hub
from kiosk.config import Site, load
from kiosk.gatekeeper.finding import State
from tests.cli.bench import failed
from tests.cli.sites import write_site
from tests.trust.repositories import HubTrust
from tests.trust.served import TrustServer, serving


def with_hub(folder: Path, url: str) -> Site:
    return load(write_site(folder, ("http://127.0.0.1:1", url)))


@pytest.fixture
def trust(tmp_path: Path) -> Iterator[TrustServer]:
    """A hub of today: python-tuf asks the system what time it is."""
    published = HubTrust(tmp_path / "hub", datetime.now(UTC))
    published.publish(now=datetime.now(UTC))
    with serving(TrustServer(published.repository)) as server:
        yield server


def test_a_hub_whose_trust_is_signed_as_the_root_asks_is_well(tmp_path: Path, trust: TrustServer) -> None:
    site = with_hub(tmp_path, trust.url)
    shutil.copy(trust.repository.root_path, site.uplink.trusted_root)
    finding = check_hub(site)
    assert (finding.state, "timestamp 1" in finding.text) == (State.OK, True)


def test_a_hub_of_another_root_fails(tmp_path: Path, trust: TrustServer) -> None:
    site = with_hub(tmp_path, trust.url)
    failed(check_hub(site), "copy it from the hub", "uplink.trusted_root")
    other = HubTrust(tmp_path / "other", datetime.now(UTC))
    shutil.copy(other.pinned_root, site.uplink.trusted_root)
    failed(check_hub(site), "is refused", "uplink.trusted_root")


def test_what_is_no_hub_fails(tmp_path: Path, hub: Callable[[int, bytes], str]) -> None:
    site = with_hub(tmp_path, hub(404, b""))
    shutil.copy(HubTrust(tmp_path / "hub").pinned_root, site.uplink.trusted_root)
    failed(check_hub(site), "answers 404", "uplink.hub_url")


def test_a_hub_that_is_not_there_fails(site: Site, tmp_path: Path) -> None:
    failed(check_hub(site), "http://127.0.0.1:1 is not reached: Connection refused")
    failed(check_hub(with_hub(tmp_path, "http://hub.invalid:80")), "hub.invalid")


def test_a_hub_that_hangs_up_fails(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            for _ in range(2):
                listener.accept()[0].close()

        thread = Thread(target=hang_up)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        failed(check_hub(with_hub(tmp_path, url)), "does not answer")
        thread.join()
