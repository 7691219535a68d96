from __future__ import annotations

from dataclasses import replace

import pytest

from calibration.calibration_of_site import Calibration
from calibration.oral import PUBLISHED
from calibration.record import CalibrationRecord
from calibration.reference import BlackbodyReference, ReferenceOffset
from tests.calibration.records import record

BLACKBODY = BlackbodyReference(1, 26, 3, 3, 36.0, 0.15)
OFFSET = ReferenceOffset(0.3, 0.02, 5.0, 100, 9, BLACKBODY)


def of_site(
    found: CalibrationRecord | None, offset: ReferenceOffset | None, *, wants_reference: bool = False
) -> Calibration:
    return Calibration(found, offset, wants_reference, PUBLISHED)


def test_a_record_alone_is_named_by_its_own_id() -> None:
    assert of_site(record(), None).id == record().calibration_id


def test_nothing_at_all_is_not_calibrated() -> None:
    assert of_site(None, None).id is None


def test_a_blackbody_that_should_be_seen_and_is_not_means_not_calibrated() -> None:
    assert of_site(record(), None, wants_reference=True).id is None


def test_with_a_blackbody_the_id_follows_its_constants_and_the_record_but_not_the_moment() -> None:
    ids = {
        of_site(record(), OFFSET, wants_reference=True).id,
        of_site(replace(record(), gain=1.01), OFFSET, wants_reference=True).id,
        of_site(record(), replace(OFFSET, blackbody=replace(BLACKBODY, celsius=35.0))).id,
        of_site(None, OFFSET).id,
        record().calibration_id,
    }
    assert len(ids) == 5
    assert None not in ids
    later = replace(OFFSET, celsius=0.4, at_s=9.0)
    assert of_site(record(), later).id == of_site(record(), OFFSET).id


def test_a_temperature_is_put_right_by_the_record_and_then_by_the_blackbody() -> None:
    assert of_site(None, None).corrected(34.0) == 34.0
    assert of_site(record(), None).corrected(34.0) == pytest.approx(-0.31 + 1.001 * 34.0)
    assert of_site(record(), OFFSET).corrected(34.0) == pytest.approx(-0.31 + 1.001 * 34.0 + 0.3)
