"""A day in real time: three processes, a hub behind a faulty network, and the world that they live in."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from tests.processes import Tree, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.alone]

DAY_WITHIN_S = 90.0
PEOPLE = 4
LINE = re.compile(r"^ +\d+  \d\d:\d\d:\d\d  ", re.MULTILINE)


def test_a_live_day_is_told_line_by_line_and_right_in_the_end(tmp_path: Path) -> None:
    state, document = tmp_path / "state", tmp_path / "report.json"
    arguments = ["-m", "kiosk", "sim", "--headless", "--people", str(PEOPLE), "--state", str(state)]
    tree = Tree([*arguments, "--json", str(document)], tmp_path / "said")
    try:
        wait_until(lambda: bool(LINE.search(tree.printed())), DAY_WITHIN_S, "the first line")
        assert tree.process.poll() is None  # a line comes as the visit ends, and not with the tables
        wait_until(lambda: tree.process.poll() is not None, DAY_WITHIN_S, "the day is over")
    finally:
        tree.end()
    assert (tree.process.returncode, tree.children()) == (0, {})
    assert len(LINE.findall(tree.printed())) == PEOPLE
    assert "ground truth against decision" in tree.printed()
    assert "all right" in tree.printed()
    assert "Traceback" not in tree.said()
    told = json.loads(document.read_text(encoding="utf-8"))
    assert (told["ok"], told["wrong"], len(told["passages"])) == (True, [], PEOPLE)
    assert (told["hub"]["entries"], told["hub"]["root"]) == (
        told["journal"]["entries"], told["journal"]["root"],
    )  # fmt: skip
    granted = [passage for passage in told["passages"] if passage["outcome"] == "grant"]
    assert granted
    assert all(0 < passage["code_to_relay_ms"] < 10_000 for passage in granted)
    pictures = {path.name for path in (state / "screenshots").iterdir() if path.stat().st_size > 1000}
    assert {f"result-{one['outcome']}-{one['reason']}.png" for one in told["passages"]} <= pictures
    assert os.listdir(state / "run") == ["thermal-power.json"]


def test_a_hub_that_cannot_be_set_up_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (state / "hub").write_text("in the way", encoding="ascii")
    tree = Tree(
        ["-m", "kiosk", "sim", "--headless", "--people", "1", "--state", str(state)], tmp_path / "said"
    )
    try:
        wait_until(lambda: tree.process.poll() is not None, DAY_WITHIN_S, "it gives up")
    finally:
        tree.end()
    assert (tree.process.returncode, tree.children()) == (2, {})
    assert "/hub: can't be made a folder" in tree.said()
    assert "Traceback" not in tree.said()
