"""A whole gatekeeper, nothing of it replaced, over the simulated world."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import apsw
import pytest

from kiosk.core import passage as entries
from kiosk.core.events import StaffAction, StaffIntent
from kiosk.core.view import Page
from kiosk.credentials.bundle import IssuerKey
from kiosk.journal.errors import JournalError
from kiosk.terms import Outcome, Reason
from sim.mlx90640_chip import Fault
from tests.gatekeeper.rig import GATE_PIN, ISSUER, UNLISTED, Rig, record_of


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def test_a_well_person_passes_and_the_record_is_on_disk_before_the_relay_moves(rig: Rig) -> None:
    rig.start()
    on_disk: list[list[str]] = []
    rig.pins.listeners.append(lambda edge: on_disk.append([entry.type for entry in rig.entries()]))
    experience = rig.visit("green_well")
    rig.stop()
    assert rig.result.outcome is Outcome.GRANT
    assert experience.passed
    assert on_disk[0] == [entries.STARTED, entries.CALIBRATION_CHANGED, entries.DECIDED]
    assert [edge.level for edge in rig.pins.edges if edge.pin == GATE_PIN] == [True, False]
    assert [entry.type for entry in rig.entries()][2:] == [entries.DECIDED, entries.PASSED, entries.STOPPED]


def test_the_number_shown_and_recorded_is_within_its_uncertainty_of_the_truth(rig: Rig) -> None:
    rig.start()
    experience = rig.visit("green_well")
    rig.stop()
    result = rig.result
    assert result.face_skin_celsius is not None
    assert result.expanded_u_celsius is not None
    assert abs(result.face_skin_celsius - experience.visit.skin_celsius) < result.expanded_u_celsius
    (decided,) = rig.entries(entries.DECIDED)
    assert decided.data["temperature"]["face_skin_celsius"] == pytest.approx(
        result.face_skin_celsius, abs=1e-3
    )


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("green_fever", Reason.TEMPERATURE_ELEVATED),
        ("red", Reason.COLOUR_RED),
        ("tampered", Reason.BAD_SIGNATURE),
        ("screenshot", Reason.ROTATION_STALE),
        ("web_address", Reason.NOT_A_PASS),
        ("nobody", Reason.TEMPERATURE_NO_READING),
    ],
)
def test_who_is_not_granted_moves_no_relay(rig: Rig, kind: str, reason: Reason) -> None:
    rig.start()
    rig.visit(kind)
    rig.stop()
    assert rig.result.reason is reason
    assert not rig.gate_ever_moved()


def test_a_second_entry_is_referred_also_after_a_restart_and_after_midnight(rig: Rig) -> None:
    rig.clock.sleep(16.9 * 3600)  # 23:54 in Shanghai
    rig.start().run(12.0)
    assert rig.visit("green_well", person=5).passed
    rig.stop()
    rig.clock.sleep(600.0)
    rig.start().run(12.0)
    assert rig.kiosk.clock.instant().utc.astimezone(rig.site.zone).hour == 0
    rig.visit("green_well", person=5)
    rig.stop()
    assert rig.result.reason is Reason.ALREADY_INSIDE
    first, second = (entry.data["subject"] for entry in rig.entries(entries.DECIDED))
    assert first != second, "another day, another pseudonym"


def test_passages_are_counted_on_after_a_restart(rig: Rig) -> None:
    for _ in range(2):
        rig.start()
        rig.visit("red")
        rig.stop()
    assert [entry.data["passage"] for entry in rig.entries(entries.DECIDED)] == [1, 2]


def test_a_journal_that_cannot_be_opened_is_said_and_everybody_is_referred(rig: Rig) -> None:
    rig.site.journal_path.mkdir()
    rig.start()
    assert rig.faults() == ["journal"]
    experience = rig.visit("green_well")
    rig.stop()
    assert rig.result.reason is Reason.JOURNAL_UNAVAILABLE
    assert not experience.passed
    assert not rig.gate_ever_moved()


def test_a_journal_that_another_process_holds_locked_refers_and_recovers_when_it_is_free(rig: Rig) -> None:
    rig.start()
    other = apsw.Connection(str(rig.site.journal_path))
    other.execute("BEGIN IMMEDIATE")
    rig.visit("green_well")
    assert rig.result.reason is Reason.JOURNAL_UNAVAILABLE
    assert rig.faults() == ["journal"]
    assert not rig.gate_ever_moved()
    other.execute("ROLLBACK")
    other.close()
    assert rig.visit("green_well").passed
    assert rig.faults() == []
    rig.stop()


def test_a_full_journal_refers_and_moves_nothing(rig: Rig) -> None:
    rig.start()
    writer = rig.kiosk.journal._writer
    assert writer is not None
    pages = writer.execute("PRAGMA page_count").get
    writer.execute(f"PRAGMA max_page_count = {pages}").fetchall()
    reasons = []
    for _ in range(12):
        rig.visit("green_well")
        reasons.append(rig.result.reason)
        if reasons[-1] is Reason.JOURNAL_UNAVAILABLE:
            break
    rig.stop()
    assert reasons[-1] is Reason.JOURNAL_UNAVAILABLE
    granted = sum(entry.data["outcome"] == "grant" for entry in rig.entries(entries.DECIDED))
    assert sum(edge.level for edge in rig.pins.edges) == granted


def test_without_a_calibration_it_starts_says_so_and_admits_nobody(rig: Rig) -> None:
    (rig.state / "calibration.json").unlink()
    rig.start()
    assert rig.faults() == ["calibration"]
    rig.visit("green_well")
    rig.stop()
    assert rig.result.reason is Reason.TEMPERATURE_NOT_CALIBRATED
    assert not rig.gate_ever_moved()
    (fault,) = rig.entries(entries.DEVICE_FAULTED)
    assert "kiosk-calibrate blackbody" in fault.data["detail"]


def test_a_site_that_names_no_calibration_is_told_how_to_make_one(
    tmp_path: Path,
) -> None:
    rig = Rig(tmp_path, thermal={"calibration": None})
    rig.start()
    rig.stop()
    (fault,) = rig.entries(entries.DEVICE_FAULTED)
    assert "site.toml names none" in fault.data["detail"]


def test_the_calibration_of_another_sensor_admits_nobody(rig: Rig) -> None:
    record_of("0000-0000-0000").save(rig.state / "calibration.json")
    rig.start().run(1.0)
    assert rig.faults() == ["calibration"]
    rig.visit("green_well")
    rig.stop()
    assert rig.result.reason is Reason.TEMPERATURE_NOT_CALIBRATED
    assert not rig.gate_ever_moved()


def test_damaged_trust_is_said_and_everybody_is_referred(rig: Rig) -> None:
    (rig.site.trust_path / "generations" / "1-1-1-1.json").write_text("{}", encoding="utf-8")
    rig.start()
    assert rig.faults() == ["keys"]
    rig.visit("green_well")
    rig.stop()
    assert rig.result.reason is Reason.TRUST_MISSING
    (fault,) = rig.entries(entries.DEVICE_FAULTED)
    assert "1-1-1-1.json" in fault.data["detail"]


def test_without_keys_it_waits_for_the_first_connection_and_says_so(rig: Rig) -> None:
    shutil.rmtree(rig.site.trust_path)
    rig.start()
    rig.stop()
    assert rig.faults() == ["keys"]
    assert "first connection" in rig.entries(entries.DEVICE_FAULTED)[0].data["detail"]


def test_keys_that_came_once_serve_offline_also_after_a_restart(rig: Rig) -> None:
    shutil.rmtree(rig.site.trust_path)
    rig.start()
    rig.hand_in_trust()
    rig.stop()
    rig.start()
    rig.visit("green_well")
    rig.stop()
    assert rig.result.outcome is Outcome.GRANT


def test_a_grant_that_a_gatekeeper_left_open_is_annulled_at_the_next_start(rig: Rig) -> None:
    rig.start()
    rig.send("green_well")
    while not rig.pins.level(GATE_PIN):
        rig.run(0.02)
    rig.stop()
    rig.start()
    rig.stop()
    (annulled,) = rig.entries(entries.ANNULLED)
    decided, *tried_again = rig.entries(entries.DECIDED)
    assert annulled.data["cause"] == "restart"
    assert {entry.data["reason"] for entry in tried_again} <= {"credential.already_shown"}
    assert annulled.data["passage"] == decided.data["passage"]


def test_damaged_pseudonym_keys_are_said_on_the_screen_and_in_the_journal(rig: Rig) -> None:
    (rig.state / "pseudonyms.json").write_text("[1]", encoding="ascii")
    rig.start()
    rig.stop()
    assert rig.faults() == ["pseudonyms"]
    assert "pseudonyms.json" in rig.entries(entries.DEVICE_FAULTED)[0].data["detail"]


def test_without_a_pseudonym_that_can_be_kept_everybody_is_referred(rig: Rig) -> None:
    (rig.state / "pseudonyms.json").mkdir()
    rig.start()
    rig.visit("green_well")
    rig.stop()
    assert rig.result.outcome is Outcome.REFER
    assert rig.faults() == ["pseudonyms"]
    assert not rig.gate_ever_moved()


def test_a_sensor_that_is_lost_refers_and_comes_back_by_itself(rig: Rig) -> None:
    rig.start()
    rig.chip.fault = Fault.STALLED
    rig.visit("green_well")
    assert rig.result.reason is Reason.SENSOR_UNAVAILABLE
    assert rig.faults() == ["thermal"]
    rig.chip.fault = None
    rig.run(3.0)
    assert rig.faults() == []
    assert rig.visit("green_well").passed
    rig.stop()


@pytest.mark.slow
def test_a_sensor_that_was_unplugged_warms_up_again_before_anybody_is_measured(rig: Rig) -> None:
    rig.start()
    rig.chip.fault = Fault.UNPLUGGED
    rig.run(3.0)
    rig.chip.fault = None
    rig.run(3.0)
    assert rig.faults() == []
    remaining_s = rig.views[-1].warm_up_s
    assert remaining_s is not None
    assert 235 <= remaining_s <= 240
    rig.visit("green_well")
    assert rig.result.reason is Reason.TEMPERATURE_WARMING_UP
    rig.run(260.0)
    assert rig.views[-1].warm_up_s is None
    assert rig.visit("green_well").passed
    rig.stop()


def test_hours_without_a_sensor_leave_one_bus_open_and_one_line_in_the_journal(rig: Rig) -> None:
    rig.chip.fault = Fault.UNPLUGGED
    rig.start().run(30.0)
    assert len(rig.buses) > 20
    assert sum(not bus.closed for bus in rig.buses) == 1
    rig.stop()
    assert all(bus.closed for bus in rig.buses)
    assert len(rig.entries(entries.DEVICE_FAULTED)) == 1


def test_relays_and_contact_share_one_way_to_the_pins(rig: Rig) -> None:
    rig.start().run(3.0)
    rig.stop()
    assert len(rig.factories) == 1


def test_a_lost_camera_is_said_once_and_once_when_it_is_back(rig: Rig) -> None:
    rig.start()
    rig.camera.unplugged = True
    rig.run(5.0)
    assert rig.faults() == ["gate-camera"]
    rig.camera.unplugged = False
    rig.run(2.0)
    rig.stop()
    assert rig.faults() == []
    told = [entry.type for entry in rig.entries() if entry.type.startswith("kiosk.device.")]
    assert told == [entries.DEVICE_FAULTED, entries.DEVICE_RECOVERED]


def test_stopping_in_the_middle_of_a_release_brings_the_relay_to_rest_and_keeps_the_record(rig: Rig) -> None:
    rig.start()
    rig.send("green_well")
    while not rig.pins.level(GATE_PIN):
        rig.run(0.02)
    rig.stop()
    assert not rig.pins.level(GATE_PIN)
    assert len(rig.entries(entries.DECIDED)) == 1


def test_what_staff_ask_for_reaches_the_core(rig: Rig) -> None:
    rig.start()
    rig.send("red")
    while rig.views[-1].page is not Page.RESULT:
        rig.run(0.02)
    rig.kiosk.post(StaffIntent(rig.kiosk.clock.instant(), StaffAction.DISMISS))
    rig.run(0.04)
    assert rig.views[-1].result is None
    rig.stop()


def test_a_wall_clock_behind_the_last_trusted_record_refers_everybody(rig: Rig) -> None:
    rig.start()
    rig.visit("red")
    rig.stop()
    rig.set_back_wall_clock(3600.0)
    rig.start()
    rig.visit("green_well")
    rig.stop()
    assert rig.result.reason is Reason.TIME_UNTRUSTED
    assert not rig.gate_ever_moved()


def test_a_device_key_that_others_may_read_is_refused_with_what_to_do(rig: Rig) -> None:
    rig.start()
    rig.stop()
    (rig.state / "device.key").chmod(0o644)
    with pytest.raises(JournalError, match="chmod 600"):
        rig.start()


def test_the_policy_s_hours_are_those_on_the_site_s_own_wall(rig: Rig) -> None:
    rig.start()
    morning = {"from": "06:00", "until": "08:00", "then": "hard"}  # the day begins at 07:00 in Shanghai
    for window, reason in ((morning, Reason.OUTSIDE_HOURS), ({**morning, "until": "07:00"}, Reason.GRANTED)):
        keys = [IssuerKey(ISSUER.kid, ISSUER.private_key.public_key())]
        rig.hub.publish(keys, UNLISTED, rig.clock.utc(), policy=json.dumps({"windows": [window]}).encode())
        rig.hand_in_trust()
        rig.visit("green_well")
        assert rig.result.reason is reason
    rig.stop()
