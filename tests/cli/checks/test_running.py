from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.i2c import I2CBus
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


def test_a_changed_site_file_that_is_not_in_force_fails() -> None:
    (found,) = running.judge_configuration(ViewState(Page.WELCOME, faults=("configuration",)))
    failed(found, "has not taken up the changed site file", "systemctl reload checkpoint-gatekeeper")
    assert running.judge_configuration(ViewState(Page.WELCOME, faults=("gate",))) == []
    assert running.judge_configuration(None) == []


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


LANE = (
    "[uplink]",
    """[[readers]]
id = "way-out"
kind = "serial"
device = "/dev/ttyNOWHERE"

[[gate.outputs]]
id = "out-gate"
pin = 27

[[lanes]]
id = "out"
door_contact_pin = 24
[lanes.thermal]
bus = "/dev/i2c-98"

[[rules.access_points]]
id = "leave"
purpose = "exit"
reader = "way-out"
output = "out-gate"
lane = "out"

[uplink]""",
)


def test_a_running_gatekeeper_is_asked_for_each_lane(tmp_path: Path, bench: Bench) -> None:
    site = load(write_site(tmp_path, LANE))
    site.site.runtime_dir.mkdir()
    views = [
        ViewState(Page.WELCOME, faults=("keys",)),
        ViewState(Page.WELCOME, lane="out", faults=("keys", "thermal", "way-out")),
    ]
    lines = b"".join(wire.encode(wire.ViewMessage(view)) for view in views)
    answer = json_requests(lambda _: {"size": 0}, max_characters=1000)
    with (
        UnixServer(site.screen_socket, lambda _: None, greeting=lambda: lines),
        UnixServer(site.uplink_socket, answer),
    ):
        found = {finding.part: finding for finding in doctor._devices(site, bench.clock, None)}
    assert found["thermal sensor"].state is found["reader entrance"].state is State.OK
    failed(found["thermal sensor@out"], "in use by the running gatekeeper")
    failed(found["reader way-out"], "in use by the running gatekeeper")
    assert "do not work: keys, thermal@out, way-out" in found["gatekeeper"].text
    assert {"calibration", "calibration@out"} <= found.keys()


@pytest.mark.slow
def test_a_gatekeeper_that_has_not_said_anything_of_a_lane_yet_is_judged_by_the_others(
    tmp_path: Path,
) -> None:
    site = load(write_site(tmp_path, LANE))
    site.site.runtime_dir.mkdir()
    line = wire.encode(wire.ViewMessage(ViewState(Page.WELCOME, faults=("thermal",))))
    with UnixServer(site.screen_socket, lambda _: None, greeting=lambda: line):
        asked = running.ask_gatekeeper(site)
    assert asked.views.keys() == {""}
    assert running.judge_in_use("thermal sensor@out", "thermal", asked.views.get("out")).state is State.OK


def test_without_a_gatekeeper_the_sensor_of_each_lane_is_tried(tmp_path: Path, bench: Bench) -> None:
    site = load(write_site(tmp_path, LANE))
    tried: list[str] = []

    def i2c(name: str) -> I2CBus:
        tried.append(name)
        return bench.backends.i2c(name)

    backends = Backends(i2c, bench.backends.camera, bench.backends.pin_factory)
    found = {finding.part: finding for finding in doctor._devices(site, bench.clock, backends)}
    assert tried == ["/dev/i2c-99", "/dev/i2c-98"]
    assert found["thermal sensor"].state is found["thermal sensor@out"].state is State.OK
    failed(found["calibration@out"], "none is named", "--bus /dev/i2c-98")


def test_the_boards_watchdog_has_a_line_where_the_site_has_one(
    tmp_path: Path, gatekeeper: None, site: Site, bench: Bench
) -> None:
    assert "watchdog" not in {finding.part for finding in doctor._devices(site, bench.clock, None)}
    watched = load(write_site(tmp_path, ("[gate]", '[gate]\nhardware_watchdog = "world:here"')))
    found = {finding.part: finding for finding in doctor._devices(watched, bench.clock, None)}
    assert found["watchdog"].text == "world:here, 30 s, armed, and fed by the running gatekeeper"
