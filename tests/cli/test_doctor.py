from __future__ import annotations

import io
import json
import shutil
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Thread

import cv2
import numpy as np
import pytest
from gpiozero.pins.mock import MockFactory
from rich.console import Console

from calibration.record import CalibrationRecord, SetPoint
from drivers.camera import open_camera
from drivers.errors import DeviceUnavailable
from drivers.pins import open_pin_factory
from kiosk import wire
from kiosk.__main__ import main
from kiosk.cli import doctor
from kiosk.cli.checks import clocks, running, software, storage, window
from kiosk.cli.checks.hub import check_hub
from kiosk.config import ReaderConfig, ReaderKind, Site, ThermalConfig, load
from kiosk.core.view import Page, ViewState
from kiosk.credentials.bundle import IssuerKey
from kiosk.gatekeeper.backends import Backends
from kiosk.gatekeeper.checkup import check_calibration, check_pins, check_reader, check_thermal
from kiosk.gatekeeper.finding import Finding, State, fail, ok, warn
from kiosk.gatekeeper.unix_server import UnixServer, json_requests
from kiosk.journal.device_key import load_or_create
from kiosk.journal.store import Journal
from kiosk.trust.document import make_document
from sim.clock import SimClock
from sim.i2c import SimI2C
from sim.mlx90640_chip import Fault, Mlx90640Chip
from sim.radiation import Unit
from tests.cli.sites import HUB_KEY, write_site
from tests.drivers.thermal_rig import StillScene, plain
from tests.journal.conftest import draft

NOW = datetime(2026, 12, 1, tzinfo=UTC)
ISSUER_KEY = IssuerKey(b"kid1", HUB_KEY.public_key())
KEYS = json.dumps(make_document(3, NOW - timedelta(days=2), [ISSUER_KEY], HUB_KEY)).encode()


class Bench:
    """A sensor on a bus, a clock, and the pins of gpiozero's own mock."""

    def __init__(self) -> None:
        self.clock = SimClock(NOW)
        self.chip = Mlx90640Chip(Unit.random(1), StillScene(plain(30.0)), self.clock.mono, seed=1)
        self.pins = MockFactory()
        self.backends = Backends(
            lambda _: SimI2C({0x33: self.chip}, self.clock.sleep), open_camera, lambda _: self.pins
        )

    def serial_number(self) -> str:
        return check_thermal(ThermalConfig(), self.backends, self.clock).serial_number


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return load(write_site(tmp_path))


@pytest.fixture
def state_dir(site: Site) -> Path:
    site.site.state_dir.mkdir()
    return site.site.state_dir


def failed(finding: Finding, *words: str) -> None:
    """It is a failure, names `words`, and says what to do."""
    assert finding.state is State.FAIL
    assert finding.remedy
    assert [word for word in words if word not in f"{finding.text} {finding.remedy}"] == []


def record(serial_number: str, made_at: str = "2026-11-20T08:00:00+00:00") -> CalibrationRecord:
    points = (SetPoint(32.0, 31.9, 0.01, 32), SetPoint(38.0, 37.8, 0.01, 32))
    return CalibrationRecord(made_at, serial_number, 0.1, 1.0, points, 0.05, 0.98, 0.15)


# -- software


def test_an_old_python_fails() -> None:
    failed(software.check_python((3, 10, 2)), "3.10.2", "install Python 3.11")
    assert software.check_python().state is State.OK


def test_a_missing_package_is_named() -> None:
    def version_of(name: str) -> str:
        if name == "apsw":
            raise PackageNotFoundError(name)
        return version(name)

    failed(software.check_packages(version_of), "apsw")
    assert software.check_packages().state is State.OK


@pytest.mark.parametrize("qt", ["6.7.3", "6.12.0", "7.0"])
def test_a_qt_that_is_not_in_range_fails(qt: str) -> None:
    failed(
        software.check_packages(lambda name: qt if name.startswith("PySide6") else "1.0"), qt, ">=6.8,<6.12"
    )


def test_a_missing_zbar_is_named_with_its_package() -> None:
    def load_module(name: str) -> object:
        if name.startswith("pyzbar"):
            raise ImportError("Unable to find zbar shared library")
        return object()

    failed(software.check_libraries(load_module), "zbar", "apt-get install libzbar0")
    assert software.check_libraries().state is State.OK


def test_lgpio_is_asked_for_where_the_site_or_the_machine_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(software, "find_spec", lambda _: None)
    model = tmp_path / "model"
    failed(software.check_lgpio("lgpio", model), "[pi]")
    assert software.check_lgpio("world", model).state is State.OK
    model.write_bytes(b"Raspberry Pi 5 Model B Rev 1.0\0")
    assert software.check_lgpio("world", model).state is State.WARN


# -- what the kiosk keeps


def test_a_state_folder_that_is_not_there_yet_is_no_failure_and_is_not_made(site: Site) -> None:
    assert storage.check_state_dir(site.site.state_dir).state is State.WARN
    assert storage.check_device_key(site.site.state_dir).state is State.WARN
    assert storage.check_journal(site.journal_path).state is State.WARN
    assert not site.site.state_dir.exists()


def test_a_state_folder_that_is_a_file_fails(site: Site) -> None:
    site.site.state_dir.touch()
    failed(storage.check_state_dir(site.site.state_dir), "state", "is a file")


@pytest.mark.parametrize(("free", "state"), [(10_000_000, State.FAIL), (200_000_000, State.WARN)])
def test_a_full_disk_is_said_before_it_is_full(
    free: int, state: State, state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert storage.check_state_dir(state_dir).state is State.OK
    usage = type("Usage", (), {"free": free})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert storage.check_state_dir(state_dir).state is state


def test_a_device_key_that_others_may_read_fails(state_dir: Path) -> None:
    path = state_dir / "device.key"
    load_or_create(path)
    assert storage.check_device_key(state_dir).state is State.OK
    path.chmod(0o644)
    failed(storage.check_device_key(state_dir), f"chmod 600 {path}")


def test_a_journal_is_verified_and_what_waits_is_counted(site: Site, state_dir: Path) -> None:
    with Journal(site.journal_path, "kiosk-7") as journal:
        journal.append_many([draft(n) for n in range(5)])
        journal.acknowledge(2)
        finding = storage.check_journal(site.journal_path)
    assert (finding.state, finding.text) == (State.OK, "whole: 5 entries, 3 waiting for the hub")


def test_a_damaged_journal_fails(site: Site, state_dir: Path) -> None:
    site.journal_path.write_bytes(b"garbage" * 1000)
    failed(storage.check_journal(site.journal_path), str(site.journal_path), "keep the file")


def test_keys_are_counted_and_dated(site: Site, state_dir: Path) -> None:
    failed(storage.check_keys(site, NOW), "none are cached", "connect")
    site.keys_path.write_bytes(KEYS)
    finding = storage.check_keys(site, NOW)
    assert finding.state is State.OK
    assert finding.text.startswith(
        "version 3, 1 keys, issued 2026-11-29, 2 days ago; age alone makes none stale"
    )
    assert storage.check_keys(site, NOW - timedelta(days=9)).state is State.WARN


def test_keys_of_another_hub_fail(site: Site, state_dir: Path) -> None:
    site.keys_path.write_bytes(KEYS.replace(b'"version": 3', b'"version": 4'))
    failed(storage.check_keys(site, NOW), str(site.keys_path), "hub_public_key")


# -- the clock


def test_a_clock_behind_the_floor_fails(site: Site, state_dir: Path) -> None:
    assert clocks.check_clock(site.journal_path, NOW).state is State.OK
    failed(clocks.check_clock(site.journal_path, datetime(1970, 1, 1, tzinfo=UTC)), "behind", "timedatectl")


def test_the_journal_raises_the_floor(site: Site, state_dir: Path) -> None:
    with Journal(site.journal_path, "kiosk-7") as journal:
        journal.append_many(
            [("kiosk.note", {}, NOW, True), ("kiosk.note", {}, NOW + timedelta(days=900), False)]
        )
    failed(clocks.check_clock(site.journal_path, NOW - timedelta(days=1)), "floor 2026-12-01")
    assert clocks.check_clock(site.journal_path, NOW).state is State.OK


@pytest.mark.parametrize(
    ("kernel", "state"), [(0, State.OK), (clocks.TIME_ERROR, State.WARN), (-1, State.WARN)]
)
def test_the_kernel_says_whether_the_clock_is_synchronised(kernel: int, state: State) -> None:
    assert clocks.check_synchronised(lambda: kernel).state is state


def test_the_kernel_is_asked_without_a_privilege() -> None:
    assert clocks.kernel_clock_state() in range(-1, 6)


def test_a_kiosk_without_a_clock_chip_is_told(tmp_path: Path) -> None:
    assert clocks.check_rtc(tmp_path / "rtc0").state is State.WARN
    assert clocks.check_rtc(tmp_path).state is State.OK


# -- devices


def test_a_camera_is_tried_for_a_picture(bench: Bench, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "1.png"), np.zeros((48, 64), np.uint8))
    good = ReaderConfig("entrance", ReaderKind.CAMERA, f"folder:{tmp_path}")
    finding = check_reader(good, bench.backends, bench.clock)
    assert (finding.part, finding.state) == ("reader entrance", State.OK)
    assert "64x48" in finding.text
    absent = ReaderConfig("entrance", ReaderKind.CAMERA, "/dev/video99")
    failed(check_reader(absent, bench.backends, bench.clock), "/dev/video99")


def test_a_scanner_that_is_not_there_is_named(bench: Bench) -> None:
    absent = ReaderConfig("exit", ReaderKind.SERIAL, "/dev/ttyACM99")
    failed(check_reader(absent, bench.backends, bench.clock), "/dev/ttyACM99", "/dev/serial/by-id")


def test_a_sensor_is_read_once(bench: Bench) -> None:
    result = check_thermal(ThermalConfig(), bench.backends, bench.clock)
    assert result.finding.state is State.OK
    assert "Ta 30" in result.finding.text
    assert result.serial_number in result.finding.text
    assert bench.clock.mono() < 3.5


@pytest.mark.parametrize("fault", Fault)
def test_a_sensor_at_fault_fails(fault: Fault, bench: Bench) -> None:
    bench.chip.fault = fault
    failed(check_thermal(ThermalConfig(), bench.backends, bench.clock).finding, "0x33", "thermal.bus")


def test_pins_are_opened_and_none_is_taken(bench: Bench, site: Site) -> None:
    finding = check_pins(site.gate, bench.backends)
    assert finding.state is State.OK
    assert "no relay was moved" in finding.text
    assert bench.pins.pins == {}


def test_a_pin_factory_that_is_not_there_is_named(bench: Bench, site: Site) -> None:
    absent = Backends(bench.backends.i2c, bench.backends.camera, open_pin_factory)
    failed(check_pins(site.gate, absent), "no-such-factory", "gate.pin_factory")


def test_a_calibration_must_be_there_be_whole_and_be_this_sensors(bench: Bench, tmp_path: Path) -> None:
    path, serial_number = tmp_path / "record.json", bench.serial_number()
    config = ThermalConfig(calibration=path)
    failed(check_calibration(ThermalConfig(), "", bench.clock), "none is named", "kiosk-calibrate")
    failed(check_calibration(config, "", bench.clock), str(path))
    record(serial_number).save(path)
    finding = check_calibration(config, serial_number, bench.clock)
    assert finding.state is State.OK
    assert "2026-11-20" in finding.text
    assert record(serial_number).calibration_id in finding.text
    failed(check_calibration(config, "ffff-0000-0000", bench.clock), "ffff-0000-0000", serial_number)
    record(serial_number, "2024-01-01T00:00:00").save(path)
    assert check_calibration(config, serial_number, bench.clock).state is State.WARN


# -- a gatekeeper that runs


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
    assert running.judge_in_use("pins", "gate", asked.view).state is State.OK


def test_a_gatekeeper_without_a_desk_fails(site: Site, gatekeeper: None) -> None:
    site.uplink_socket.unlink()
    failed(running.ask_gatekeeper(site).finding, str(site.uplink_socket), "restart")


def test_a_socket_with_too_long_a_name_fails(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    failed(running.ask_gatekeeper(load(write_site(folder))).finding, "site.runtime_dir")


# -- screen


def answers(*given: window.Answer) -> Callable[[object], window.Answer]:
    left = iter(given)
    return lambda _: next(left)


FOUND = {"platform": "xcb", "size": [1024, 600], "font": "Noto Sans SC", "display": True}
ABORTED = (-6, "", "qt.qpa.xcb: could not connect to display :7\n")


def test_a_display_and_a_font_are_named() -> None:
    findings = window.check_screen(answers((0, json.dumps(FOUND), "")))
    assert [finding.text for finding in findings] == [
        "Qt draws through xcb, 1024x600 pixels", "Noto Sans SC for Chinese",
    ]  # fmt: skip


def test_a_display_that_ends_qt_fails_and_the_font_is_still_looked_for() -> None:
    screen, font = window.check_screen(answers(ABORTED, (0, json.dumps(FOUND | {"font": None}), "")))
    failed(screen, "DISPLAY", "libxcb-cursor0")
    failed(font, "fonts-wqy-microhei")


def test_a_qt_that_does_not_start_at_all_fails() -> None:
    (screen,) = window.check_screen(answers(ABORTED, ABORTED))
    failed(screen, "not even offscreen")


@pytest.mark.parametrize(
    ("last_line", "word"),
    [
        ("ImportError: libEGL.so.1: cannot open shared object file: No such file or directory", "libegl1"),
        ("ModuleNotFoundError: No module named 'PySide6'", "PySide6"),
    ],
)
def test_a_qt_that_cannot_be_loaded_names_the_library(last_line: str, word: str) -> None:
    (screen,) = window.check_screen(answers((1, "", f"Traceback …\n{last_line}\n")))
    failed(screen, word)


def test_without_a_display_the_screen_is_tried_offscreen(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    screen, font = window.check_screen()
    assert screen.state is State.WARN
    assert font.part == "font"


# -- hub


@pytest.fixture
def hub() -> Iterator[Callable[[int, bytes], str]]:
    """Starts a hub that gives one answer to everything; gives its address."""
    servers = []

    def serve(status: int, body: bytes) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Tests are quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


def with_hub(folder: Path, url: str) -> Site:
    return load(write_site(folder, ("http://127.0.0.1:1", url)))


def test_a_hub_that_signs_its_keys_is_well(tmp_path: Path, hub: Callable[[int, bytes], str]) -> None:
    assert check_hub(with_hub(tmp_path, hub(200, KEYS))).state is State.OK


def test_a_hub_with_another_key_fails(tmp_path: Path, hub: Callable[[int, bytes], str]) -> None:
    other = KEYS.replace(b'"version": 3', b'"version": 4')
    failed(check_hub(with_hub(tmp_path, hub(200, other))), "uplink.hub_public_key")


def test_what_is_no_hub_fails(tmp_path: Path, hub: Callable[[int, bytes], str]) -> None:
    failed(check_hub(with_hub(tmp_path, hub(404, b""))), "answers 404", "uplink.hub_url")


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


# -- the command


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without Qt's process, and with no folder of lgpio's kept in the environment."""
    monkeypatch.setattr(doctor, "_screen", lambda: iter([ok("screen", "well")]))
    monkeypatch.setenv("LG_WD", str(tmp_path))


def test_a_healthy_kiosk_fails_in_nothing(
    quick: None,
    bench: Bench,
    tmp_path: Path,
    hub: Callable[[int, bytes], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(software, "check_lgpio", lambda _: ok("lgpio", "there"))
    cv2.imwrite(str(tmp_path / "1.png"), np.zeros((48, 64), np.uint8))
    record(bench.serial_number()).save(tmp_path / "calibration.json")
    path = write_site(
        tmp_path,
        ("/dev/video99", f"folder:{tmp_path}"),
        ("[thermal]", '[thermal]\ncalibration = "calibration.json"'),
        ("http://127.0.0.1:1", hub(200, KEYS)),
    )
    (tmp_path / "state").mkdir()
    (tmp_path / "state/keys.json").write_bytes(KEYS)
    findings = list(doctor.examine(path, bench.clock, bench.backends))
    assert [finding for finding in findings if finding.state is State.FAIL] == []
    parts = {finding.part for finding in findings}
    assert {"site file", "Python", "packages", "libraries", "state folder", "device key", "journal"} <= parts
    assert {"issuer keys", "clock", "time server", "clock chip", "gatekeeper", "reader entrance"} <= parts
    assert {"thermal sensor", "calibration", "pins", "screen", "hub"} <= parts


def test_every_line_that_is_not_well_says_what_to_do(
    quick: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_site(tmp_path)
    assert main(["doctor", "--site", str(path), "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["ok"] is False
    not_well = [finding for finding in document["findings"] if finding["state"] != "ok"]
    assert {"reader entrance", "thermal sensor", "pins", "hub"} <= {finding["part"] for finding in not_well}
    assert [finding for finding in not_well if not finding["remedy"]] == []
    assert list(tmp_path.iterdir()) == [path]


def test_a_wrong_site_file_is_status_2_and_the_software_is_judged_still(
    quick: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_site(tmp_path, ("pin = 17", "pin = 99"))
    assert main(["doctor", "--site", str(path)]) == 2
    said = capsys.readouterr().out
    assert "FAIL site file" in said
    assert "gate.outputs.0.pin" in said
    assert "Python" in said


def test_a_library_that_is_missing_below_one_part_ends_no_other(
    quick: None, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def devices(*_: object) -> Iterator[Finding]:
        raise ImportError("libGL.so.1: cannot open shared object file: No such file or directory")

    monkeypatch.setattr(doctor, "_devices", devices)
    findings = {one.part: one for one in doctor.examine(tmp_path / "site.toml", SimClock(NOW))}
    failed(findings["devices"], "libGL.so.1", "apt-get install libgl1")
    assert "hub" in findings


@pytest.mark.parametrize(
    ("finding", "line"),
    [
        (ok("hub", "answers"), "ok   hub             answers.\n"),
        (warn("clock", "is slow", "set it"), "warn clock           is slow. Set it\n"),
        (
            fail("pins", "are gone.", "look \x1b[2Jfor them"),
            "FAIL pins            are gone. Look �[2Jfor them\n",
        ),
    ],
)
def test_a_finding_is_one_plain_line(finding: Finding, line: str) -> None:
    out = io.StringIO()
    doctor.write_line(finding, Console(file=out, highlight=False, soft_wrap=True))
    assert out.getvalue() == line


def test_colours_are_for_a_terminal_only() -> None:
    out = io.StringIO()
    terminal = Console(file=out, force_terminal=True, color_system="standard", soft_wrap=True)
    doctor.write_line(fail("hub", "is gone", "look"), terminal)
    assert out.getvalue().startswith("\x1b[1;31mFAIL\x1b[0m")


def test_an_unavailable_bus_is_said_with_its_key(bench: Bench) -> None:
    def absent(name: str) -> SimI2C:
        raise DeviceUnavailable(f"The I2C bus {name} is not there.")

    backends = Backends(absent, bench.backends.camera, bench.backends.pin_factory)
    failed(check_thermal(ThermalConfig(), backends, bench.clock).finding, "/dev/i2c-1", "thermal.bus")
