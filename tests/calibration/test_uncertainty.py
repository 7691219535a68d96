from __future__ import annotations

import math
from dataclasses import replace

import pytest

from calibration.record import CalibrationRecord
from calibration.uncertainty import Budget, Term, budget, rectangular
from tests.calibration.records import record


def of_reading(found: CalibrationRecord | None, *, frames: int = 4, refresh_hz: float = 8.0) -> Budget:
    return budget(found, celsius=35.0, reflected_celsius=22.0, frames=frames, pixels=4, refresh_hz=refresh_hz)


def test_terms_combine_as_the_root_of_the_sum_of_squares() -> None:
    terms = Budget((Term("a", 0.3, "x"), Term("b", 0.4, "y")))
    assert terms.u_celsius == pytest.approx(0.5)
    assert terms.expanded_u_celsius() == pytest.approx(1.0)


def test_a_bound_counts_as_rectangular() -> None:
    assert rectangular(0.6) == pytest.approx(0.6 / math.sqrt(3))


def test_with_a_blackbody_record_u_is_about_nine_tenths_of_a_degree() -> None:
    assert of_reading(record()).expanded_u_celsius() == pytest.approx(0.9, abs=0.05)


def test_without_a_record_u_is_about_one_point_nine() -> None:
    assert of_reading(None).expanded_u_celsius() == pytest.approx(1.9, abs=0.05)


def test_every_term_names_its_source() -> None:
    for found in (None, record()):
        terms = of_reading(found).terms
        assert all(term.source and term.u_celsius >= 0 for term in terms)
        assert len({term.name for term in terms}) == len(terms)


def test_a_worse_blackbody_or_fit_and_fewer_or_noisier_frames_all_raise_u() -> None:
    base = of_reading(record()).u_celsius
    assert of_reading(replace(record(), blackbody_u_celsius=0.3)).u_celsius > base
    assert of_reading(replace(record(), u_fit_celsius=0.3)).u_celsius > base
    assert of_reading(record(), frames=2).u_celsius > base
    assert of_reading(record(), refresh_hz=16.0).u_celsius > base
