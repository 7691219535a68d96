from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk import wire
from kiosk.cli import doctor
from kiosk.cli.checks import running
from kiosk.config import Site, load
from kiosk.core.view import Page, ViewState
from kiosk.gatekeeper.backends import Backends
from kiosk.gatekeeper.finding import State
from kiosk.gatekeeper.unix_server import UnixServer, json_requests
from tests.cli.bench import Bench, failed
from tests.cli.sites import write_site


@pytest.fixture
def gatekeeper(site: Site) -> Iterator[None]:
    """Its two sockets, with a view in which the thermal sensor does not work."""
    site.site.runtime_dir.mkdir()
    view = wire.encode(wire.ViewMessage(ViewState(Page.WELCOME, faults=("thermal",))))
    answer = json_requests(lambda _: {"size": 0}, max_characters=1000)
    with (
        UnixServer(site.screen_socket, lambda _: None, greeting=lambda: view),
        UnixServer(site.uplink_socket, answer),
    ):
        yield


def test_no_gatekeeper_is_no_failure(site: Site) -> None:
    asked = running.ask_gatekeeper(site)
    assert not asked.is_running
    assert asked.finding.state is State.OK


def test_a_running_gatekeeper_keeps_its_devices(site: Site, gatekeeper: None, bench: Bench) -> None:
    def taken(*_: object) -> None:
        raise AssertionError("a device was taken from the running gatekeeper")

    backends = Backends(taken, taken, taken)  # type: ignore[arg-type]
    found = {finding.part: finding for finding in doctor._devices(site, bench.clock, backends)}
    assert found["reader entrance"].text == "in use by the running gatekeeper, which reports no fault"
    assert found["gatekeeper"].state is State.WARN
    failed(found["thermal sensor"], "in use by the running gatekeeper")


def test_a_gatekeeper_that_lets_nobody_in_still_keeps_its_devices(site: Site) -> None:
    site.site.runtime_dir.mkdir()
    with UnixServer(site.screen_socket, lambda _: None, max_clients=0):
        asked = running.ask_gatekeeper(site)
    assert asked.is_running
    assert asked.finding.state is State.WARN
    assert running.judge_in_use("pins", "gate", asked.views.get("")).state is State.OK


def test_a_gatekeeper_without_a_desk_fails(site: Site, gatekeeper: None) -> None:
    site.uplink_socket.unlink()
    failed(running.ask_gatekeeper(site).finding, str(site.uplink_socket), "restart")


def test_a_socket_with_too_long_a_name_fails(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    failed(running.ask_gatekeeper(load(write_site(folder))).finding, "site.runtime_dir")
