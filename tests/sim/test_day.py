"""Whole days on the simulated clock. What is judged is the report, and what a user finds in the folder."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from drivers.camera import Frame
from kiosk.__main__ import main as kiosk
from kiosk.config import Site
from sim import cli, report
from sim.camera import DEFAULT_FPS, SimCamera
from sim.day import IDLE_HZ, Day
from sim.logbook import Page
from sim.mlx90640_chip import Fault as SensorFault
from sim.mlx90640_chip import Mlx90640Chip
from sim.network.faults import Fault
from sim.people import KINDS, plan
from sim.stage import Plan, Stage
from sim.thermal_scene import Room

RAM_BYTES = 2 * 832
SUBPAGES = 3
REFRESH_HZ = 8
CHANGE = "DROP TRIGGER IF EXISTS entry_is_final; UPDATE entry SET data = CAST('{}' AS BLOB) WHERE seq = 0;"
LONGEST_SHOWING_S = 14.5
"""A visitor's patience and his reaction (`sim.visitor`)."""


@pytest.fixture(autouse=True)
def _own_signals() -> Iterator[None]:
    """The command takes SIGINT and SIGTERM; the test runner has them back afterwards."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@dataclass
class Told:
    """The end of one call of `kiosk sim`."""

    status: int
    document: dict[str, Any]
    state: Path

    @property
    def passages(self) -> list[dict[str, Any]]:
        passages: list[dict[str, Any]] = self.document["passages"]
        return passages

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [passage for passage in self.passages if passage["kind"] == kind]


def hold(folder: Path, *arguments: str) -> Told:
    state, document = folder / "state", folder / "report.json"
    common = ["sim", "--headless", "--state", str(state), "--json", str(document)]
    status = kiosk([*common, "--speed", "max", *arguments])
    return Told(status, json.loads(document.read_text(encoding="utf-8")), state)


@pytest.mark.slow
def test_a_day_with_everybody_is_right_in_every_answer_every_relay_and_every_record(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = hold(tmp_path)
    assert (told.status, told.document["ok"], told.document["wrong"], told.document["in_doubt"]) == (
        0, True, [], [],
    )  # fmt: skip
    assert [passage["kind"] for passage in told.passages] == [kind.id for kind in KINDS]
    hub, journal = told.document["hub"], told.document["journal"]
    assert (hub["entries"], hub["root"]) == (journal["entries"], journal["root"])
    assert journal["entries"] > len(KINDS)
    results = {f"result-{passage['outcome']}-{passage['reason']}.png" for passage in told.passages}
    assert results <= {picture.name for picture in (told.state / "screenshots").iterdir()}
    capsys.readouterr()
    assert kiosk(["journal", "verify", "--state", str(told.state), "--json"]) == 0
    verified = json.loads(capsys.readouterr().out)
    assert (verified["ok"], verified["acknowledged"]) == (True, journal["entries"])
    assert kiosk(["journal", "replay", str(told.state), "--json"]) == 0
    replayed = json.loads(capsys.readouterr().out)
    assert (replayed["same"], replayed["statements"]) == (True, [])
    assert replayed["decisions"] >= len(told.passages) - 1, "all but who was there without a code"
    assert verified["entries"] == journal["entries"] + 1, "the end of the kiosk, which nobody sends any more"


@pytest.mark.slow
def test_two_days_of_one_seed_are_the_same_and_of_another_seed_not(tmp_path: Path) -> None:
    first, again, other = (
        hold(tmp_path / name, "--people", "8", "--seed", seed)
        for name, seed in (("first", "3"), ("again", "3"), ("other", "4"))
    )
    assert first.passages == again.passages
    assert first.document["journal"]["root"] != again.document["journal"]["root"]
    assert [passage["kind"] for passage in first.passages] == [passage["kind"] for passage in other.passages]
    assert first.passages != other.passages
    assert (first.status, again.status, other.status) == (0, 0, 0)


@pytest.mark.slow
def test_at_the_counter_couriers_get_their_lamp_and_nobody_else_does(tmp_path: Path) -> None:
    told = hold(tmp_path, "--scenario", "counter", "--people", "16")
    assert told.status == 0
    assert all(passage["released"] == ["lamp"] for passage in told.of("courier"))
    assert {tuple(p["released"]) for p in told.passages if p["outcome"] != "grant"} == {()}
    assert kiosk(["journal", "replay", str(told.state)]) == 0
    assert {(p["outcome"], p["reason"]) for p in told.of("counter_green_well")} == {
        ("deny", "role.not_permitted")
    }


@pytest.mark.slow
def test_forty_people_in_a_seeded_mixture_are_all_answered_rightly(tmp_path: Path) -> None:
    told = hold(tmp_path, "--people", "40", "--seed", "11")
    assert (told.status, len(told.passages)) == (0, 40)
    assert len(told.of("green_well")) > 3
    assert {passage["outcome"] for passage in told.of("exit")} == {"grant"}


@pytest.mark.slow
def test_people_pass_while_the_network_is_cut_and_the_hub_has_everything_afterwards(tmp_path: Path) -> None:
    visits = list(plan("gate", 14, 1))
    kinds = [visit.kind.id for visit in visits]
    day = Day(Plan("gate", len(visits), 1, tmp_path, headless=True), None)
    out: dict[str, bool] = {}

    def on_page(page: Page) -> None:
        out[page.experience.visit.kind.id] = day.faults.is_out

    books = day.run(threading.Event(), on_page)
    assert books is not None
    assert books.agree
    assert report.is_right(day.stage.logbook, books)
    assert out == {kind: kind in ("offline", "nobody") for kind in kinds}
    assert day.faults.counts[Fault.OUTAGE] > 0
    offline = next(page for page in day.stage.logbook.pages if page.experience.visit.kind.id == "offline")
    assert offline.experience.passed


@pytest.mark.slow
def test_nothing_is_rendered_or_measured_that_nobody_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames, subpages = 0, 0
    take, transfer = SimCamera.latest, Mlx90640Chip.transfer

    def counted_take(camera: SimCamera) -> Frame | None:
        nonlocal frames
        frame = take(camera)
        frames += frame is not None
        return frame

    def counted_transfer(chip: Mlx90640Chip, write: bytes, read_len: int) -> bytes:
        nonlocal subpages
        of_the_day = chip is getattr(day.stage, "chip", None)  # and not of the calibration before it
        subpages += of_the_day and read_len == RAM_BYTES and write[:1] == b"\x04"
        return transfer(chip, write, read_len)

    day = Day(Plan("gate", 6, 1, tmp_path, headless=True), None)
    monkeypatch.setattr(SimCamera, "latest", counted_take)
    monkeypatch.setattr(Mlx90640Chip, "transfer", counted_transfer)
    began_s = day.clock.mono()
    day.run(threading.Event(), lambda _page: None)
    lasted_s = day.clock.mono() - began_s
    experiences = [page.experience for page in day.stage.logbook.pages]
    shown_s = sum(
        (one.result_s or LONGEST_SHOWING_S) + 0.5 - one.code_in_view_s
        for one in experiences
        if one.code_in_view_s is not None
    )
    measured_s = sum(
        one.result_s - one.code_in_view_s
        for one in experiences
        if one.result_s is not None and one.code_in_view_s is not None
    )
    assert len(experiences) <= frames <= shown_s * DEFAULT_FPS + 3 * len(experiences)
    assert frames < lasted_s * DEFAULT_FPS / 2
    assert 0 < subpages <= SUBPAGES * (lasted_s * IDLE_HZ + 1) + (measured_s + len(experiences)) * REFRESH_HZ
    assert subpages < lasted_s * REFRESH_HZ / 2


@pytest.mark.slow
def test_a_speed_is_simulated_seconds_for_each_real_one(tmp_path: Path) -> None:
    began_s = time.monotonic()
    told = hold(tmp_path, "--people", "2", "--speed", "20")
    took_s = time.monotonic() - began_s
    first, second = (datetime.fromisoformat(passage["began"]) for passage in told.passages)
    assert told.status == 0
    assert took_s > (second - first).total_seconds() / 20
    assert told.document["speed"] == 20


@pytest.mark.slow
def test_a_journal_that_is_changed_afterwards_makes_the_day_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tell = report.line

    def change_an_entry(page: Page) -> str:
        with sqlite3.connect(tmp_path / "state" / "journal.db") as journal:
            journal.executescript(CHANGE)
        journal.close()
        return tell(page)

    monkeypatch.setattr(report, "line", change_an_entry)
    told = hold(tmp_path, "--people", "1")
    assert (told.status, told.document["ok"], told.document["journal"]["ok"]) == (1, False, False)
    assert "DAMAGED" in capsys.readouterr().out


def test_a_hub_that_has_lost_entries_makes_the_day_wrong() -> None:
    root = "AAAA"
    books = report.Books(True, 3, root, (), 3, root)
    assert books.agree
    assert not replace(books, hub_size=2).agree
    assert not replace(books, hub_root="BBBB").agree


@pytest.mark.slow
def test_a_blackbody_that_is_warmer_than_it_says_makes_the_day_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    honest = Stage._room

    def too_warm(stage: Stage, site: Site) -> Room:
        room = honest(stage, site)
        assert room.blackbody is not None
        return replace(room, blackbody=replace(room.blackbody, celsius=room.blackbody.celsius + 3.5))

    monkeypatch.setattr(Stage, "_room", too_warm)
    told = hold(tmp_path, "--people", "2")
    (fever,) = told.of("green_fever")
    assert (told.status, fever["is_right"]) == (1, False)
    assert fever["number"] in told.document["wrong"]
    assert fever["right"] == [["refer", "temperature.elevated"]]
    assert fever["reason"] != "temperature.elevated"
    assert "WRONG" in capsys.readouterr().out


def test_a_folder_that_holds_a_day_already_is_refused_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "journal.db").write_bytes(b"")
    assert cli.main(["--speed", "max", "--headless", "--state", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert f"{tmp_path} holds a day already" in said.err


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--people", "many"], "many"),
        (["--people", "-1"], "-1"),
        (["--speed", "fast"], "fast"),
        (["--speed", "0"], "0"),
        (["--scenario", "moon"], "moon"),
        (["--fault", "melted"], "melted"),
        (["--fault", "torn@nobody"], "nobody"),
    ],
)
def test_an_argument_that_cannot_be_is_named(
    arguments: list[str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert word in said
    assert "_count" not in said
    assert "_speed" not in said
    assert "_fault" not in said


@pytest.mark.slow
@pytest.mark.parametrize("fault", list(SensorFault))
def test_nobody_passes_a_faulty_sensor_and_the_kiosk_goes_on_afterwards(
    tmp_path: Path, fault: SensorFault
) -> None:
    told = hold(tmp_path, "--people", "3", "--fault", f"{fault.value}@1")
    (well,), (fever,) = told.of("green_well"), told.of("green_fever")
    assert told.status == 0
    assert (well["outcome"], well["released"]) == ("refer", [])
    assert (fever["outcome"], fever["released"]) == ("refer", [])
    assert told.of("yellow")[0]["reason"] == "colour.yellow"
    assert kiosk(["journal", "replay", str(told.state)]) == 0


@pytest.mark.slow
def test_a_cold_sensor_measures_nobody_until_it_is_warm(tmp_path: Path) -> None:
    told = hold(tmp_path, "--people", "14", "--cold")
    assert told.status == 0
    assert [told.of(kind)[0]["reason"] for kind in ("green_well", "green_fever")] == [
        "temperature.warming_up"
    ] * 2
    assert {told.of(kind)[0]["outcome"] for kind in ("offline", "courier")} == {"grant"}
    assert kiosk(["journal", "replay", str(told.state)]) == 0


@pytest.mark.slow
def test_a_phone_held_up_while_its_code_changes_is_judged_twice_and_both_count(tmp_path: Path) -> None:
    told = hold(tmp_path, "--people", "7", "--seed", "4")
    assert (told.status, told.document["decisions_as_shown"]) == (0, True)


@pytest.mark.slow
def test_in_a_rush_hour_the_next_one_steps_up_while_the_last_is_in_the_door_and_nobody_waits_for_the_kiosk(
    tmp_path: Path,
) -> None:
    told = hold(tmp_path, "--scenario", "rush-hour", "--people", "12", "--seed", "3")
    assert (told.status, told.document["wrong"], len(told.passages)) == (0, [], 12)
    assert told.document["people_per_minute"] >= 20.0
    assert told.document["own_share_s"]["p95"] <= 1.2
    assert told.document["temperature"]["normal"]["elevated"] == 0
