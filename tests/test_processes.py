"""The processes of `kiosk run` and `kiosk sim` on a real machine: none outlives its parent."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk.__main__ import main
from kiosk.core.view import Page, ViewState
from kiosk.wire import ViewMessage, decode
from tests.processes import Tree, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.alone]

HUB_KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
DEVICES_ABSENT = """
[site]
device_id = "kiosk-1"
state_dir = "."
runtime_dir = "run"

[[readers]]
id = "gate-camera"
kind = "camera"
device = "/dev/video97"

[thermal]
bus = "/dev/i2c-97"

[gate]
pin_factory = "absent"
outputs = [{ id = "gate", pin = 17 }]

[rules.credential]
area = "330100/plant-7"

[rules.door]
contact = false

[[rules.access_points]]
id = "gate-in"
purpose = "entry"
reader = "gate-camera"
output = "gate"

[uplink]
hub_url = "http://127.0.0.1:9"
hub_public_key = "HUB_KEY"
""".replace("HUB_KEY", HUB_KEY)

RUN_CHILDREN = ("gatekeeper", "screen", "uplink")
SIM_CHILDREN = ("hub", *RUN_CHILDREN)
READY_WITHIN_S = 20.0

Start = Callable[[], Tree]


@pytest.fixture
def trees() -> Iterator[list[Tree]]:
    trees: list[Tree] = []
    yield trees
    for tree in trees:
        tree.end()


@pytest.fixture
def run(tmp_path: Path, trees: list[Tree]) -> Start:
    """`kiosk run` at a site that has none of its devices."""
    site = tmp_path / "site.toml"
    site.write_text(DEVICES_ABSENT, encoding="utf-8")

    def start() -> Tree:
        trees.append(Tree(["-m", "kiosk", "run", "--headless", "--site", str(site)], tmp_path / "said"))
        return trees[-1]

    return start


@pytest.fixture
def sim(tmp_path: Path, trees: list[Tree]) -> Start:
    """`kiosk sim` with more people than the test waits for."""

    def start() -> Tree:
        arguments = ["-m", "kiosk", "sim", "--headless", "--people", "99", "--state", str(tmp_path)]
        trees.append(Tree(arguments, tmp_path / "said"))
        return trees[-1]

    return start


def until_children(tree: Tree, *words: str) -> None:
    wait_until(lambda: tree.has(*words), READY_WITHIN_S, f"{', '.join(words)} run")


def until_in_use(tree: Tree, folder: Path) -> None:
    """Every process has gone through its start: sockets served, the window painted."""
    until_children(tree, *RUN_CHILDREN)
    sockets = [folder / "run" / name for name in ("screen.sock", "uplink.sock")]
    wait_until(lambda: all(path.exists() for path in sockets), READY_WITHIN_S, "gatekeeper serves")


def views(path: Path) -> Iterator[ViewState]:
    """What gatekeeper shows, as the screen hears it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(READY_WITHIN_S)
        line.connect(str(path))
        for text in line.makefile("rb"):
            message = decode(text.rstrip(b"\n"))
            if isinstance(message, ViewMessage):
                yield message.view


def test_a_kiosk_without_its_devices_starts_and_says_on_the_screen_what_is_missing(
    run: Start, tmp_path: Path
) -> None:
    tree = run()
    until_in_use(tree, tmp_path)
    wanted = {"gate", "gate-camera", "thermal", "calibration", "keys"}
    view = next(view for view in views(tmp_path / "run" / "screen.sock") if wanted <= set(view.faults))
    assert view.page is not Page.RESULT
    assert tree.has(*RUN_CHILDREN)
    assert "Traceback" not in tree.said()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_running_kiosk_within_a_second(
    run: Start, tmp_path: Path, number: signal.Signals
) -> None:
    tree = run()
    until_in_use(tree, tmp_path)
    assert tree.signal(number) < 1.0
    assert (tree.process.returncode, "Traceback" in tree.said()) == (0, False), tree.said()


def test_a_new_site_file_starts_all_three_anew_and_a_wrong_one_none(run: Start, tmp_path: Path) -> None:
    tree = run()
    until_in_use(tree, tmp_path)
    site, before = tmp_path / "site.toml", tree.children()
    site.write_text(DEVICES_ABSENT + "knock = 3\n", encoding="utf-8")
    assert reload(site, tree.process.pid) == 1
    faulted = (view for view in views(tmp_path / "run" / "screen.sock") if "configuration" in view.faults)
    assert next(faulted, None) is not None, tree.said()
    assert tree.children() == before
    site.write_text(DEVICES_ABSENT.replace("kiosk-1", "kiosk-2"), encoding="utf-8")
    assert reload(site, tree.process.pid) == 0
    wait_until(lambda: not before.keys() & tree.children().keys(), READY_WITHIN_S, "all three have ended")
    until_in_use(tree, tmp_path)
    assert "Traceback" not in tree.said()


def reload(site: Path, pid: int) -> int:
    """As a technician does it."""
    return main(["reload", "--site", str(site), "--pid", str(pid)])


def test_no_process_outlives_a_killed_kiosk_run(run: Start, tmp_path: Path) -> None:
    tree = run()
    until_in_use(tree, tmp_path)
    assert tree.signal(signal.SIGKILL) < 1.0


@pytest.mark.parametrize("child", RUN_CHILDREN)
def test_no_process_outlives_a_kiosk_run_killed_as_soon_as_a_child_begins(run: Start, child: str) -> None:
    tree = run()
    until_children(tree, child)
    assert tree.signal(signal.SIGKILL) < 1.0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_simulated_day_within_a_second(
    sim: Start, tmp_path: Path, number: signal.Signals
) -> None:
    tree = sim()
    until_in_use(tree, tmp_path)
    assert tree.signal(number) < 1.0
    assert (tree.process.returncode, "Traceback" in tree.said()) == (130, False), tree.said()


@pytest.mark.parametrize("child", ["hub", "gatekeeper"])
def test_ctrl_c_ends_a_simulated_day_within_a_second_while_it_starts(sim: Start, child: str) -> None:
    tree = sim()
    until_children(tree, child)
    assert tree.signal(signal.SIGINT) < 1.0
    assert (tree.process.returncode, "Traceback" in tree.said()) == (130, False), tree.said()


@pytest.mark.parametrize("child", SIM_CHILDREN)
def test_no_process_outlives_a_simulated_day_killed_as_soon_as_a_child_begins(sim: Start, child: str) -> None:
    tree = sim()
    until_children(tree, child)
    assert tree.signal(signal.SIGKILL) < 1.0


def test_no_process_outlives_a_killed_simulated_day(sim: Start, tmp_path: Path) -> None:
    tree = sim()
    until_in_use(tree, tmp_path)
    assert tree.signal(signal.SIGKILL) < 1.0
