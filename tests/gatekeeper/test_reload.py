"""Another site file while the gatekeeper runs: taken up when nobody is in a passage, or refused by name."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.core import passage as entries
from kiosk.core.busy import Busy
from kiosk.core.events import DeviceFaulted, Event
from kiosk.gatekeeper.reload import CONFIGURATION, GIVES_UP_S, PATIENCE_S, Reload
from kiosk.terms import Instant, Outcome
from sim.clock import DAY_BEGINS
from tests.cli.sites import write_site
from tests.gatekeeper.real_gate import RealGate
from tests.gatekeeper.reloads import (
    faults_told,
    goes_on_with_a_wrong_file,
    many_reloads,
    takes_up,
    until_it_serves,
)
from tests.gatekeeper.rig import GATE_PIN, Rig

STEP_S = 0.5


class Site:
    """A site file, a kiosk that is as busy as it is set to, and what is posted of it."""

    def __init__(self, folder: Path) -> None:
        self.path = write_site(folder)
        self.busy = Busy.FREE
        self.posted: list[Event] = []
        self.now_s = 100.0
        self.reload = Reload(self.path, lambda: self.busy, self.posted.append, self._now)

    def _now(self) -> Instant:
        return Instant(self.now_s, DAY_BEGINS, True)

    def spoil(self) -> None:
        """Three things are wrong."""
        text = self.path.read_text(encoding="utf-8").replace("device_id =", "device_name =")
        self.path.write_text(text + "\n[weather]\nrain = 3\n", encoding="utf-8")

    def ends_after(self, at_most_s: float = 60.0) -> float | None:
        """Seconds until it is to end; None where it goes on."""
        begun_s = self.now_s
        while self.now_s <= begun_s + at_most_s:
            if self.reload.poll_once():
                return self.now_s - begun_s
            self.now_s += STEP_S
        return None

    @property
    def said(self) -> str:
        (fault,) = self.posted
        assert isinstance(fault, DeviceFaulted)
        assert fault.device == CONFIGURATION
        return fault.detail


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_nothing_happens_as_long_as_nobody_asks(site: Site) -> None:
    assert site.ends_after() is None
    assert site.posted == []


def test_a_right_file_is_taken_up_at_once_where_nobody_is_there(site: Site) -> None:
    site.reload.ask()
    assert site.ends_after() == 0.0


def test_a_wrong_file_is_refused_with_everything_that_is_wrong_and_the_kiosk_goes_on(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.spoil()
    site.reload.ask()
    assert site.ends_after() is None
    wrong = ("site.device_id: is missing", "site.device_name: is not a key", "weather: is not a key")
    assert all(each in site.said for each in wrong)
    log = capsys.readouterr().err
    assert all(each in log for each in wrong)
    assert "the old one stays" in log


def test_a_file_that_is_gone_is_refused_too(site: Site) -> None:
    site.path.unlink()
    site.reload.ask()
    assert site.ends_after() is None
    assert "cannot be read" in site.said


def test_who_is_being_measured_is_waited_for_a_while_and_then_shows_the_code_once_more(site: Site) -> None:
    site.busy = Busy.BEGUN
    site.reload.ask()
    assert site.ends_after() == PATIENCE_S


@pytest.mark.parametrize(
    ("busy", "reason"), [(Busy.OPEN, "somebody was in a passage"), (Busy.HELD, "a door is held open")]
)
def test_nobodys_grant_and_no_door_is_cut_off_and_the_log_says_why_it_was_not_taken_up(
    site: Site, busy: Busy, reason: str
) -> None:
    site.busy = busy
    site.reload.ask()
    assert site.ends_after() is None
    assert site.now_s > 100.0 + GIVES_UP_S
    assert reason in site.said
    site.busy = Busy.FREE
    assert site.ends_after() is None, "what was refused is asked for anew"


def test_a_moment_between_two_people_is_taken(site: Site) -> None:
    site.busy = Busy.OPEN
    site.reload.ask()
    assert site.ends_after(3.0) is None
    site.busy = Busy.FREE
    assert site.ends_after() == 0.0


def test_a_file_that_is_spoilt_while_it_waits_is_not_taken_up(site: Site) -> None:
    site.busy = Busy.OPEN
    site.reload.ask()
    site.ends_after(1.0)
    site.spoil()
    site.busy = Busy.FREE
    assert site.ends_after() is None
    assert "weather" in site.said


# -- over the real parts and simulated pins


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path / "kiosk").start()
    yield rig
    rig.stop()


def reload_of(rig: Rig) -> Reload:
    kiosk = rig.kiosk
    path = write_site(rig.state)
    return Reload(path, lambda: kiosk.loop.busy, kiosk.post, kiosk.clock.instant)


def test_somebody_granted_still_gets_through_before_the_new_start(rig: Rig) -> None:
    reload = reload_of(rig)
    rig.send("green_well")
    while not rig.pins.level(GATE_PIN):
        rig.run(0.02)
    reload.ask()
    while not reload.poll_once():
        rig.run(0.02)
    assert not rig.pins.level(GATE_PIN)
    (passed,) = rig.entries(entries.PASSED)
    (granted,) = rig.entries(entries.DECIDED)
    assert passed.data["passage"] == granted.data["passage"]
    rises = len([edge for edge in rig.pins.edges if edge.level])
    rig.stop()
    rig.start().run(3.0)
    assert len([edge for edge in rig.pins.edges if edge.level]) == rises
    assert not rig.entries(entries.ANNULLED)


def test_a_code_that_has_just_come_is_somebody_who_has_begun(rig: Rig) -> None:
    def busy() -> Busy:
        return rig.kiosk.loop.busy

    assert busy() is Busy.FREE
    rig.kiosk.inbox.wake()
    assert busy() is Busy.BEGUN


def test_what_is_wrong_with_the_file_stands_on_the_screen_and_in_the_journal(rig: Rig) -> None:
    reload = reload_of(rig)
    (rig.state / "site.toml").write_text("[site]\n", encoding="utf-8")
    reload.ask()
    assert not reload.poll_once()
    rig.run(0.2)
    assert CONFIGURATION in rig.faults()
    (fault,) = rig.entries(entries.DEVICE_FAULTED)
    assert "site.device_id: is missing" in fault.data["detail"]
    rig.visit("green_well")
    assert rig.result.outcome is Outcome.GRANT


# -- over processes


@pytest.mark.slow
def test_a_gatekeeper_takes_up_right_files_and_goes_on_with_wrong_ones_and_no_relay_moves(
    tmp_path: Path,
) -> None:
    with RealGate(tmp_path / "kiosk") as gate:
        gate.start()
        until_it_serves(gate)
        first = gate.pid
        assert goes_on_with_a_wrong_file(gate)
        assert gate.pid == first
        gate.configure(pulse_s=2.0)
        assert takes_up(gate)
        until_it_serves(gate)
        assert gate.pid != first
        assert faults_told(gate) == 1
        assert gate.view is not None
        assert CONFIGURATION not in gate.view.faults
        assert gate.rises == []


@pytest.mark.slow
def test_a_reload_that_is_asked_for_while_it_starts_is_not_lost_and_ends_nothing(tmp_path: Path) -> None:
    with RealGate(tmp_path / "kiosk") as gate:
        gate.start()

        def is_masked() -> bool:
            return gate.pid is not None and holds_sighup(gate.pid)

        assert gate.run_until(is_masked, 10.0)
        first = gate.pid
        assert first is not None
        gate.kill(signal.SIGHUP)
        assert gate.run_until(lambda: gate.pid != first, 20.0)
        assert gate.child is not None
        assert gate.child.exit_status == 0
        assert gate.rises == []


def holds_sighup(pid: int) -> bool:
    """Whether the process has SIGHUP blocked (proc(5))."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return False
    (mask,) = (line.split()[1] for line in status.splitlines() if line.startswith("SigBlk:"))
    return bool(int(mask, 16) & 1 << (signal.SIGHUP - 1))


@pytest.mark.slow
def test_no_relay_moves_without_a_grant_over_reloads_while_people_come(tmp_path: Path) -> None:
    toll = many_reloads(tmp_path / "kiosk", right=2, wrong=2, seed=2)
    assert toll.rises
    assert (toll.unrecorded, toll.too_long, toll.left_energised) == (0, 0, 0)
    assert (toll.not_taken_up, toll.fallen, toll.unfollowed, toll.cut_off) == (0, 0, 0, 0)
