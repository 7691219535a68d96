from __future__ import annotations

from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from kiosk.terms import Outcome
from sim.conduct import picture_faults, process_faults, relay_faults
from sim.logbook import Logbook, Page
from sim.pins import Edge

OUTPUTS = {17: "gate", 27: "lamp"}


def pages(*released: set[str], outcome: Outcome = Outcome.GRANT) -> list[Page]:
    """A visitor for each, who was given one answer."""
    answers = (SimpleNamespace(outcome=outcome),)
    experiences = [SimpleNamespace(released=each, answers=answers) for each in released]
    return [cast(Any, SimpleNamespace(experience=each)) for each in experiences]


def faults(edges: list[Edge], *released: set[str]) -> list[str]:
    return list(relay_faults(edges, OUTPUTS, pages(*released), pulse_s=4.0))


def test_a_relay_that_moves_once_for_each_grant_is_right() -> None:
    edges = [Edge(10.0, 17, True), Edge(14.0, 17, False), Edge(20.0, 27, True), Edge(24.0, 27, False)]
    assert faults(edges, {"gate"}, set(), {"lamp"}) == []


def test_a_relay_that_moves_with_nobody_there_is_told() -> None:
    (said,) = faults([Edge(10.0, 17, True), Edge(12.0, 17, False)], set())
    assert "energised 1 times" in said


def test_a_relay_that_is_energised_for_too_long_is_told() -> None:
    (said,) = faults([Edge(10.0, 17, True), Edge(14.6, 17, False)], {"gate"})
    assert "'gate'" in said
    assert "4.6 s" in said


def test_a_relay_that_does_not_come_to_rest_is_told() -> None:
    assert faults([Edge(10.0, 27, True)], {"lamp"}) == ["output 'lamp' was still energised at the end"]


def test_every_kind_of_result_wants_its_picture(tmp_path: Path) -> None:
    shown = Counter(["grant granted", "deny colour.red"])
    logbook = cast(Logbook, SimpleNamespace(results=lambda: shown))
    (tmp_path / "result-grant-granted.png").write_bytes(b"\x89PNG" + bytes(5_000))
    (tmp_path / "result-deny-colour.red.png").write_bytes(b"")
    assert list(picture_faults(logbook, tmp_path)) == ["there is no screenshot result-deny-colour.red.png"]


def test_a_process_that_fell_is_told() -> None:
    assert list(process_faults(["uplink"])) == ["uplink fell during the day"]
