from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from kiosk.cli.checks.staff import check_staff
from kiosk.config import Site, load
from kiosk.gatekeeper.finding import State
from kiosk.gatekeeper.staff_register import StaffRegister
from tests.cli.bench import failed
from tests.cli.sites import write_site


def test_a_kiosk_without_staff_says_how_to_add_somebody(site: Site) -> None:
    finding = check_staff(site)
    assert finding.state is State.WARN
    assert "kiosk staff add" in finding.remedy


def test_who_may_sign_in_is_counted(site: Site, state_dir: Path) -> None:
    StaffRegister(state_dir, b"").add("07", "271828", datetime.now(UTC))
    assert check_staff(site).text == "1 may sign in by PIN"


def test_passes_alone_are_enough(tmp_path: Path) -> None:
    more = "\n[rules.staff]\npass_roles = [90]\n\n[uplink]"
    assert check_staff(load(write_site(tmp_path, ("\n[uplink]", more)))).state is State.OK


def test_a_register_that_is_damaged_fails(site: Site, state_dir: Path) -> None:
    (state_dir / "staff.json").write_text("[")
    failed(check_staff(site), "damaged", "gatekeeper")
