"""A guard who is removed, or locked, while he is signed in at a running kiosk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk.core import passage as entries
from kiosk.core.events import StaffAction, StaffReason
from kiosk.core.view import Notice
from kiosk.gatekeeper import staff_register
from kiosk.gatekeeper.staff_register import MOST_FAILURES, StaffRegister, pepper_of
from kiosk.journal.device_key import load_or_create
from kiosk.wire import IntentMessage, SignInMessage
from tests.gatekeeper.rig import Rig

PIN = "271828"


class Site:
    """A kiosk where 07 is signed in, and the register as `kiosk staff` writes it from another process."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.register = StaffRegister(rig.state, pepper_of(load_or_create(rig.state / "device.key")))
        for number in ("07", "08"):
            self.register.add(number, PIN, datetime.now(UTC))
        rig.start()
        self.signs_in()

    def signs_in(self, pin: str = PIN) -> None:
        self.rig.kiosk.staff.take(SignInMessage("07", pin))
        self.rig.run(0.1)

    def signed_in(self) -> str | None:
        return self.rig.views[-1].staff.signed_in


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(staff_register, "SCRYPT_N", 2)
    rig = Rig(tmp_path)
    yield Site(rig)
    rig.stop()


def test_who_is_removed_is_signed_out_within_a_second_without_a_touch(site: Site) -> None:
    assert site.signed_in() == "07"
    site.register.remove("07")
    site.rig.run(1.0)
    assert site.signed_in() is None
    signed_out = site.rig.entries(entries.STAFF_SIGNED_OUT)
    assert [one.data for one in signed_out] == [{"staff": "07", "cause": "removed"}]


def test_a_touch_in_the_same_moment_does_nothing_any_more(site: Site) -> None:
    site.register.remove("07")
    site.rig.kiosk.staff.take(IntentMessage(StaffAction.OPEN_ONCE, StaffReason.GOODS))
    site.rig.run(0.1)
    assert site.signed_in() is None
    assert site.rig.views[-1].staff.notice is Notice.NOT_SIGNED_IN
    assert site.rig.entries(entries.STAFF_ACTED) == []
    assert not site.rig.gate_ever_moved()


def test_a_number_that_is_locked_is_signed_out_too(site: Site) -> None:
    for _ in range(MOST_FAILURES):
        site.signs_in("111222")
    site.rig.run(1.0)
    assert site.signed_in() is None


def test_somebody_else_who_is_removed_is_no_concern_of_whoever_is_signed_in(site: Site) -> None:
    site.register.remove("08")
    site.rig.run(1.0)
    assert site.signed_in() == "07"


def test_a_register_that_cannot_be_read_signs_nobody_in_and_keeps_nobody_signed_in(site: Site) -> None:
    (site.rig.state / "staff.json").write_text("{")
    site.rig.run(1.0)
    assert site.signed_in() is None


def test_a_register_that_is_gone_has_nobody_in_it(site: Site) -> None:
    (site.rig.state / "staff.json").unlink()
    site.rig.run(1.0)
    assert site.signed_in() is None


def test_a_wrong_pin_of_ones_own_number_ends_no_session_before_the_fifth(site: Site) -> None:
    site.signs_in("111222")
    site.rig.run(1.0)
    assert site.signed_in() == "07"
