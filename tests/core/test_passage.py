from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256

import pytest

from calibration.reading import Missing, NoReading, Reading
from calibration.uncertainty import Term
from kiosk.core.decision import GRANTED, Verdict
from kiosk.core.passage import Passage, decided_data, followed_data, result_of
from kiosk.credentials.credential import Credential, Refusal
from kiosk.terms import Instant, Outcome, Reason
from tests.core.playbook import GATE_IN, GATE_OUT, MORNING, reading
from tests.core.test_decision import GREEN, REFUSED

SCANNED = Instant(1000.0, MORNING, True)
DECIDED = Instant(1001.2344, MORNING, True)


def passage(
    credential: Credential | Refusal = GREEN,
    measured: Reading | NoReading | None = None,
    names: tuple[str, ...] = ("today", "yesterday"),
) -> Passage:
    return Passage(7, GATE_IN, SCANNED, "camera", "zxing", credential, names, measured)


def test_a_decision_names_the_subject_by_today_s_pseudonym_and_nothing_else_of_him() -> None:
    text = json.dumps(decided_data(passage(), GRANTED, DECIDED), ensure_ascii=False)
    assert '"subject": "today"' in text
    for secret in ("yesterday", "王", "somebody", b"somebody".hex()):
        assert secret not in text


def test_a_decision_says_how_long_it_took_since_the_scan() -> None:
    assert decided_data(passage(), GRANTED, DECIDED)["decision_ms"] == 1234


def test_a_temperature_is_kept_with_its_uncertainty_and_its_calibration() -> None:
    measured = replace(
        reading(36.56789, u_celsius=0.41),
        budget=(Term("noise after fusion", 0.07, "NETD"),),
        face_fill=0.8,
        faults=("torn_read",),
    )
    data = decided_data(passage(measured=measured), GRANTED, DECIDED)
    assert data["temperature"] == {
        "face_skin_celsius": 34.068,
        "expanded_u_celsius": 0.82,
        "oral_estimate_celsius": 36.568,
        "oral_expanded_u_celsius": 0.82,
        "u_celsius": {"noise after fusion": 0.07},
        "calibration_id": "0011223344556677",
        "frames": 4,
        "face_width_px": 9,
        "face_fill": 0.8,
        "faults": ["torn_read"],
        "filled_pixels": 0,
        "reference_offset_celsius": None,
        "oral_model_id": "",
    }


def test_an_elevated_temperature_keeps_the_words_of_the_sensor_and_a_normal_one_does_not() -> None:
    warm = replace(reading(38.6), raw=(b"\x00\x01", b"\x00\x02"), eeprom=b"\xbe\x33")
    elevated = Verdict(Outcome.REFER, Reason.TEMPERATURE_ELEVATED)
    kept = decided_data(passage(measured=warm), elevated, DECIDED)["temperature"]
    assert isinstance(kept, dict)
    assert kept["raw"] == {
        "eeprom": "vjM=",
        "eeprom_sha256": sha256(b"\xbe\x33").hexdigest(),
        "frames": ["AAE=", "AAI="],
        "emissivity": 0.98,
        "reflected_celsius": None,
    }
    let_through = decided_data(passage(measured=warm), GRANTED, DECIDED)["temperature"]
    assert isinstance(let_through, dict)
    assert "raw" not in let_through


def test_a_temperature_that_is_missing_says_why_and_one_not_asked_for_is_null() -> None:
    missing = decided_data(passage(measured=NoReading(Missing.NO_FACE)), GRANTED, DECIDED)
    assert missing["temperature"] == {"missing": "no_face"}
    assert decided_data(passage(), GRANTED, DECIDED)["temperature"] is None


def test_a_refused_code_leaves_no_subject_and_no_colour() -> None:
    verdict = Verdict(Outcome.DENY, Reason.EXPIRED)
    data = decided_data(passage(REFUSED, names=()), verdict, DECIDED)
    assert (data["outcome"], data["reason"], data["format"], data["kid"]) == (
        "deny",
        "credential.expired",
        "HP1",
        None,
    )
    assert not {"subject", "colour", "roles"} & data.keys()


@pytest.mark.parametrize("credential", [GREEN, REFUSED])
def test_what_followed_names_the_subject_as_he_is_known_inside(credential: Credential | Refusal) -> None:
    leaves = replace(passage(credential), access_point=GATE_OUT)
    assert followed_data(leaves)["subject"] == "today"
    assert followed_data(leaves, "yesterday")["subject"] == "yesterday"
    assert followed_data(passage(credential, names=()))["subject"] is None


def test_who_enters_once_more_is_inside_under_todays_name_and_no_more_under_yesterdays() -> None:
    assert "inside_as" not in followed_data(passage(GREEN))
    data = followed_data(passage(GREEN), "yesterday")
    assert (data["subject"], data["inside_as"]) == ("today", "yesterday")


def test_the_screen_is_told_the_number_that_was_measured() -> None:
    result = result_of(passage(measured=reading(36.94, u_celsius=0.4)), GRANTED)
    assert (result.oral_estimate_celsius, result.oral_expanded_u_celsius) == (36.94, 0.8)
    assert result.face_skin_celsius == pytest.approx(34.44)
    assert result.masked_name == "王*"


def test_the_screen_shows_no_number_where_none_was_measured() -> None:
    result = result_of(passage(REFUSED, NoReading(Missing.NO_FACE)), Verdict(Outcome.DENY, Reason.EXPIRED))
    assert (result.face_skin_celsius, result.expanded_u_celsius, result.masked_name) == (None, None, None)
