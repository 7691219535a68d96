from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256

import pytest

from calibration.reading import Missing, NoReading, Reading
from calibration.uncertainty import Term
from kiosk.core.course import Course
from kiosk.core.decision import GRANTED, Verdict
from kiosk.core.events import StaffReason
from kiosk.core.passage import Passage, StaffMark, decided_data, followed_data, result_of
from kiosk.core.rules import Duty, Purpose, Shown
from kiosk.core.view import Result
from kiosk.credentials.credential import Credential, Refusal
from kiosk.credentials.slip import Written
from kiosk.terms import Instant, Outcome, Reason
from tests.core.playbook import GATE_IN, GATE_OUT, MORNING, reading
from tests.core.test_decision import GREEN, REFUSED
from tests.credentials.slips import SLIP

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


def test_a_decision_is_kept_with_exactly_what_it_rests_on() -> None:
    rotating = replace(GREEN, slot=41)
    data = decided_data(replace(passage(rotating), sealed_subject="sealed"), GRANTED, DECIDED)
    assert data == {
        "passage": 7,
        "access_point": "gate-in",
        "purpose": "entry",
        "source": "camera",
        "decoder": "zxing",
        "outcome": "grant",
        "reason": "granted",
        "format": "HP1",
        "kid": "00000001",
        "decision_ms": 1234,
        "temperature": None,
        "subject": "today",
        "sealed_subject": "sealed",
        "colour": "green",
        "roles": [1],
        "slot": 41,
    }


def test_a_slot_is_kept_as_spent_by_a_grant_of_who_comes_in_alone() -> None:
    rotating = passage(replace(GREEN, slot=41))
    assert "slot" not in decided_data(rotating, Verdict(Outcome.REFER, Reason.COLOUR_YELLOW), DECIDED)
    assert "slot" not in decided_data(replace(rotating, access_point=GATE_OUT), GRANTED, DECIDED)
    assert "slot" not in decided_data(passage(REFUSED), GRANTED, DECIDED)
    assert "slot" not in decided_data(passage(replace(GREEN, slot=None)), GRANTED, DECIDED)


def test_what_staff_decided_is_kept_with_their_name_reason_case_and_measured_value() -> None:
    cook = replace(GATE_IN, purpose=Purpose.CHECKIN, duty=Duty.COOK)
    by_staff = replace(
        passage(),
        access_point=cook,
        case=5,
        staff=StaffMark("07", StaffReason.MEASURED_BY_HAND),
        clinical_celsius=36.6,
    )
    data = decided_data(by_staff, GRANTED, DECIDED)
    kept = {name: data[name] for name in ("duty", "case", "staff", "staff_reason", "clinical_celsius")}
    assert kept == {
        "duty": "cook",
        "case": 5,
        "staff": "07",
        "staff_reason": StaffReason.MEASURED_BY_HAND.value,
        "clinical_celsius": 36.6,
    }
    assert not kept.keys() & decided_data(passage(), GRANTED, DECIDED).keys()


def test_a_certificate_without_colour_and_a_code_that_names_its_key_are_kept_as_they_are() -> None:
    uncoloured = decided_data(passage(replace(GREEN, colour=None, roles=frozenset({9, 2}))), GRANTED, DECIDED)
    assert (uncoloured["colour"], uncoloured["roles"]) == (None, [2, 9])
    assert decided_data(passage(replace(GREEN, kid=b"\x0a\x0b")), GRANTED, DECIDED)["kid"] == "0a0b"
    nobody = replace(passage(), credential=None, names=())
    data = decided_data(nobody, GRANTED, DECIDED)
    assert (data["format"], data["kid"]) == (None, None)
    assert not {"subject", "colour", "roles"} & data.keys()


def test_whose_name_cannot_be_given_is_kept_as_nobody_and_who_is_known_by_staff_by_his_name() -> None:
    assert decided_data(passage(names=()), GRANTED, DECIDED)["subject"] is None
    known = replace(passage(), credential=None)
    assert decided_data(known, GRANTED, DECIDED)["subject"] == "today"


def test_a_temperature_of_before_the_break_is_kept_as_that_of_its_passage() -> None:
    reused = replace(passage(), reused_from=3)
    assert decided_data(reused, GRANTED, DECIDED)["temperature"] == {"reused_from_passage": 3}


def test_what_followed_is_kept_with_passage_place_purpose_and_subject() -> None:
    assert followed_data(passage(), "yesterday") == {
        "passage": 7,
        "access_point": "gate-in",
        "purpose": "entry",
        "subject": "today",
        "inside_as": "yesterday",
    }
    leaves = replace(passage(), access_point=GATE_OUT)
    assert followed_data(leaves, "yesterday") == {
        "passage": 7,
        "access_point": "gate-out",
        "purpose": "exit",
        "subject": "yesterday",
    }


def test_the_screen_is_told_everything_of_a_reading_and_which_value_to_show() -> None:
    measured = replace(reading(36.94, u_celsius=0.4), u_celsius=0.3)
    result = result_of(passage(measured=measured), GRANTED, Shown.ORAL_ESTIMATE)
    assert result == Result(
        Outcome.GRANT,
        Reason.GRANTED,
        "gate-in",
        "王*",
        measured.face_skin_celsius,
        measured.expanded_u_celsius,
        36.94,
        0.8,
        Shown.ORAL_ESTIMATE,
        purpose=Purpose.ENTRY,
    )
    assert result_of(passage(), GRANTED).shown is Shown.FACE_SKIN


def test_a_slip_is_shown_to_who_was_granted_and_to_nobody_else() -> None:
    written = Written(SLIP, "MS1:text", "https://hub.example/s")
    handed = replace(passage(), slip=written)
    assert result_of(handed, GRANTED).slip == written.shown
    assert result_of(handed, Verdict(Outcome.REFER, Reason.JOURNAL_UNAVAILABLE)).slip is None
    assert result_of(passage(), GRANTED).slip is None


def test_a_passage_takes_on_what_comes_and_keeps_the_course_of_it() -> None:
    begun = Passage(7, GATE_IN, SCANNED)
    coded = begun.with_code("camera", "zxing", GREEN, ("today",), "sealed", DECIDED)
    first, second = reading(37.9), reading(36.8)
    whole = coded.to_recheck(SCANNED, first).measured(DECIDED, second).decided_at(DECIDED, 5)
    assert whole == Passage(
        7,
        GATE_IN,
        SCANNED,
        source="camera",
        decoder="zxing",
        credential=GREEN,
        names=("today",),
        sealed_subject="sealed",
        reading=second,
        course=Course(
            taken_at=DECIDED,
            measured_at=DECIDED,
            first=(SCANNED, first),
            decided_s=DECIDED.mono,
            records_decided=5,
        ),
    )
