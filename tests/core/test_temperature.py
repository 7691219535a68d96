"""What the journal keeps of a measurement: the numbers that were measured, to a thousandth or better."""

from __future__ import annotations

import base64
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from calibration.reading import Missing, NoReading, Reading
from calibration.uncertainty import Term
from kiosk.core.temperature import as_recorded, temperature_data
from tests.core.playbook import reading

MEASURED = replace(
    reading(36.81234),
    u_celsius=0.41236,
    oral_u_celsius=0.61236,
    face_fill=0.81236,
    budget=(Term("offset", 0.123456, "assumed"),),
    reference_offset_celsius=-0.123456,
    raw=(b"\xff\xfe", b"\x00"),
    eeprom=b"eeprom",
)

DECIDING = ("face_skin_celsius", "u_celsius", "oral_estimate_celsius", "oral_u_celsius")


def recorded(**changes: Any) -> dict[str, Any]:
    data = temperature_data(replace(MEASURED, **changes), with_raw=True)
    assert data is not None
    return data


def test_every_number_is_the_one_measured() -> None:
    data = recorded()
    for name, value in {
        "face_skin_celsius": 34.31234,
        "expanded_u_celsius": 0.82472,
        "oral_estimate_celsius": 36.81234,
        "oral_expanded_u_celsius": 1.22472,
        "face_fill": 0.81236,
    }.items():
        assert data[name] == pytest.approx(value, abs=0.0005), name
    assert data["u_celsius"]["offset"] == pytest.approx(0.123456, abs=0.00005)
    assert data["reference_offset_celsius"] == pytest.approx(-0.123456, abs=0.00005)


def test_no_number_pretends_to_more_than_a_ten_thousandth() -> None:
    numbers = [value for value in recorded().values() if isinstance(value, float)]
    assert all(round(number, 4) == number for number in numbers)


def test_without_a_blackbody_there_is_no_offset_of_it() -> None:
    assert recorded(reference_offset_celsius=None)["reference_offset_celsius"] is None


def test_the_sensors_own_words_are_kept_byte_for_byte() -> None:
    raw = recorded()["raw"]
    assert [base64.b64decode(words) for words in raw["frames"]] == [b"\xff\xfe", b"\x00"]
    assert base64.b64decode(raw["eeprom"]) == b"eeprom"
    assert raw["eeprom_sha256"] == sha256(b"eeprom").hexdigest()


def test_what_was_not_measured_says_why() -> None:
    assert temperature_data(None, with_raw=True) is None
    assert temperature_data(NoReading(Missing.NO_FACE), with_raw=True) == {"missing": "no_face"}


def test_what_decides_is_what_is_recorded_to_a_thousandth_and_nothing_finer() -> None:
    decides = as_recorded(MEASURED)
    assert isinstance(decides, Reading)
    assert (decides.face_skin_celsius, decides.oral_estimate_celsius) == (34.312, 36.812)
    assert (decides.expanded_u_celsius, decides.oral_expanded_u_celsius) == (0.825, 1.225)
    assert replace(decides, **{name: getattr(MEASURED, name) for name in DECIDING}) == MEASURED
