"""A whole gatekeeper at a counter: people before the camera, an order's scanner, slips on the screen."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.core.passage import DECIDED, SLIP_WRITTEN
from kiosk.core.view import Page, Result
from kiosk.credentials.slip import Role, Slip, open_slip
from kiosk.journal.device_key import load_existing
from kiosk.terms import Outcome, Reason
from sim.people import BY_ID, Kind
from sim.scanner import PtyScanner
from tests.gatekeeper.rig import Rig

ORDER = "MT-20261128-0042"
WELL = BY_ID["green_well"]
COOK, PACKER, COURIER = (dataclasses.replace(WELL, id=f"role-{role}", role=role) for role in (3, 4, 2))
POINTS = [
    {
        "id": "counter",
        "purpose": "handover",
        "reader": "gate-camera",
        "order_reader": "order-scanner",
        "output": "lamp",
        "roles": [2],
    },
    {
        "id": "kitchen",
        "purpose": "checkin",
        "duty": "cook",
        "reader": "gate-camera",
        "output": "lamp",
        "roles": [3],
    },
    {
        "id": "bench",
        "purpose": "checkin",
        "duty": "packer",
        "reader": "gate-camera",
        "output": "lamp",
        "roles": [4],
    },
]


@pytest.fixture
def scanner() -> Iterator[PtyScanner]:
    scanner = PtyScanner()
    scanner.replug()
    yield scanner
    scanner.unplug()


@pytest.fixture
def rig(tmp_path: Path, scanner: PtyScanner) -> Iterator[Rig]:
    readers = [
        {"id": "gate-camera", "kind": "camera", "device": "world:here"},
        {"id": "order-scanner", "kind": "serial", "device": scanner.path},
    ]
    rules = {"access_points": POINTS, "door": {"contact": False}}
    rig = Rig(tmp_path, readers=readers, rules=rules, site={"name": "Noodles, West Lake Road"})
    rig.start()
    yield rig
    rig.stop()


def come(rig: Rig, kind: Kind) -> Result:
    """Somebody comes, is answered and goes; the answer."""
    rig.send(kind)
    while not rig.world.is_quiet:
        rig.run(0.25)
    result = rig.experiences[-1].result
    assert result is not None
    return result


def slip_of(rig: Rig, result: Result) -> Slip:
    assert result.slip is not None
    key = load_existing(rig.state / "device.key").public_key()
    slip = open_slip(result.slip.encode(), {"kiosk-7": key}.get, rig.clock.utc())
    assert isinstance(slip, Slip)
    return slip


def test_staff_check_in_and_a_courier_gets_a_slip_for_the_order(rig: Rig, scanner: PtyScanner) -> None:
    for kind in (COOK, PACKER):
        assert come(rig, kind).reason is Reason.CHECKED_IN
    scanner.scan(ORDER.encode())
    rig.run(0.1)
    slip = slip_of(rig, come(rig, COURIER))
    assert slip.is_of(ORDER)
    assert slip.place == "Noodles, West Lake Road"
    assert [(crew.role, crew.count) for crew in slip.people] == [
        (Role.COOK, 1),
        (Role.PACKER, 1),
        (Role.COURIER, 1),
    ]
    (entry,) = rig.entries(SLIP_WRITTEN)
    assert isinstance(entry.data, dict)
    assert entry.data["slip"] == slip.slip_id.hex()
    decided = next(e for e in rig.entries(DECIDED) if e.data and e.data["passage"] == slip.passage)
    assert entry.seq < decided.seq
    assert ORDER not in json.dumps([each.data for each in rig.entries()])


def test_an_order_may_be_scanned_after_the_courier_was_measured(rig: Rig, scanner: PtyScanner) -> None:
    come(rig, COOK)
    come(rig, PACKER)
    rig.send(COURIER)
    while rig.views[-1].page is not Page.SHOW_ORDER:
        rig.run(0.25)
    scanner.scan(ORDER.encode())
    while not rig.world.is_quiet:
        rig.run(0.25)
    result = rig.experiences[-1].result
    assert result is not None
    assert slip_of(rig, result).is_of(ORDER)
    assert rig.experiences[-1].released == {"lamp"}


def test_who_has_checked_in_is_there_after_a_restart(rig: Rig, scanner: PtyScanner) -> None:
    come(rig, COOK)
    come(rig, PACKER)
    scanner.scan(ORDER.encode())
    rig.run(0.1)
    before = slip_of(rig, come(rig, COURIER))
    rig.run(5.0)
    rig.stop()
    rig.start()
    scanner.scan(b"MT-20261128-0043")
    rig.run(0.1)
    after = slip_of(rig, come(rig, COURIER))
    assert after.people[:2] == before.people[:2]


def test_with_nobody_checked_in_a_courier_is_referred(rig: Rig) -> None:
    result = come(rig, COURIER)
    assert (result.outcome, result.reason, result.slip) == (Outcome.REFER, Reason.NO_CHECKIN, None)
