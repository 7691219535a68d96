from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.cli.checks import clocks
from kiosk.config import Site
from kiosk.gatekeeper.finding import State
from kiosk.gatekeeper.time_sources import TIME_ERROR, kernel_clock_state
from kiosk.journal.store import Journal
from kiosk.trust.signed import sign
from kiosk.trust.store import TrustStore
from tests.cli.bench import NOW, failed
from tests.cli.sites import HUB_KEY
from tests.trust.repositories import HubTrust, at


def yes() -> bool:
    return True


def no() -> bool:
    return False


def test_a_clock_far_ahead_of_all_that_is_known_needs_something_that_bears_it_out(
    site: Site, state_dir: Path
) -> None:
    with Journal(site.journal_path, "kiosk-7") as journal:
        journal.append_many([("kiosk.note", {}, NOW, True)])
    near, far = NOW + timedelta(minutes=5), NOW + timedelta(days=30)
    assert clocks.check_clock(site, near, no).state is State.OK
    assert clocks.check_clock(site, far, yes).state is State.OK
    failed(clocks.check_clock(site, far, no), "nothing bears it out", "time server")


def test_a_clock_behind_the_floor_fails(site: Site, state_dir: Path) -> None:
    assert clocks.check_clock(site, NOW, yes).state is State.OK
    failed(clocks.check_clock(site, datetime(1970, 1, 1, tzinfo=UTC), yes), "behind", "timedatectl")


def test_the_journal_raises_the_floor(site: Site, state_dir: Path) -> None:
    with Journal(site.journal_path, "kiosk-7") as journal:
        journal.append_many(
            [("kiosk.note", {}, NOW, True), ("kiosk.note", {}, NOW + timedelta(days=900), False)]
        )
    failed(clocks.check_clock(site, NOW - timedelta(days=1), yes), "floor 2026-12-01")
    assert clocks.check_clock(site, NOW, yes).state is State.OK


def test_the_hubs_timestamp_and_receipt_raise_the_floor_and_are_named(
    site: Site, state_dir: Path, tmp_path: Path
) -> None:
    hub = HubTrust(tmp_path / "hub", NOW)
    shutil.copy(hub.pinned_root, site.uplink.trusted_root)
    hub.publish(now=NOW)
    hub.give_to(TrustStore(site.trust_path, site.uplink.trusted_root), at(NOW))
    early = NOW - timedelta(hours=1)
    failed(clocks.check_clock(site, early, yes), "floor 2026-11-30 23:59 UTC (timestamp)", "the hub's clock")
    with Journal(site.journal_path, "kiosk-7") as journal:
        journal.append_many([("kiosk.note", {}, NOW, False)])
        receipt = {
            "device": "kiosk-7",
            "size": 1,
            "root": "A" * 43 + "=",
            "time": "2026-12-02T00:00:00+00:00",
        }
        journal.acknowledge(1, json.dumps(sign(receipt, HUB_KEY)).encode())
    failed(clocks.check_clock(site, NOW, yes), "floor 2026-12-01 23:59 UTC (receipt)", "the hub's clock")
    assert clocks.check_clock(site, NOW + timedelta(days=1), yes).state is State.OK


@pytest.mark.parametrize(("kernel", "state"), [(0, State.OK), (TIME_ERROR, State.WARN), (-1, State.WARN)])
def test_the_kernel_says_whether_the_clock_is_synchronised(kernel: int, state: State) -> None:
    assert clocks.check_synchronised(lambda: kernel).state is state


def test_the_kernel_is_asked_without_a_privilege() -> None:
    assert kernel_clock_state() in range(-1, 6)


def test_a_kiosk_without_a_clock_chip_is_told(tmp_path: Path) -> None:
    assert clocks.check_rtc(tmp_path / "rtc0").state is State.WARN
    assert clocks.check_rtc(tmp_path).state is State.OK
