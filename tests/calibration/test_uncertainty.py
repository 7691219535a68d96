from __future__ import annotations

import math
from dataclasses import replace

import pytest

from calibration.record import CalibrationRecord
from calibration.reference import BlackbodyReference, ReferenceOffset
from calibration.uncertainty import Budget, Term, budget, rectangular, skin_to_oral, triangular
from tests.calibration.records import record

IN_PICTURE = ReferenceOffset(0.3, 0.02, 5.0, 100, 9, BlackbodyReference(1, 26, 3, 3, 36.0, 0.15))


def of_reading(
    found: CalibrationRecord | None,
    reference: ReferenceOffset | None = None,
    *,
    frames: int = 8,
    noise: float = 0.3,
    ambient: float = 22.0,
) -> Budget:
    return budget(
        found,
        reference,
        celsius=35.0,
        reflected_celsius=ambient,
        pixel_noise_celsius=noise,
        frames=frames,
        pixels=4,
    )


def names(found: Budget) -> set[str]:
    return {term.name for term in found.terms}


def test_terms_combine_as_the_root_of_the_sum_of_squares() -> None:
    terms = Budget((Term("a", 0.3, "x"), Term("b", 0.4, "y")))
    assert terms.u_celsius == pytest.approx(0.5)
    assert terms.expanded_u_celsius() == pytest.approx(1.0)


def test_a_bound_counts_as_rectangular_or_as_triangular() -> None:
    assert rectangular(0.6) == pytest.approx(0.6 / math.sqrt(3))
    assert triangular(0.6) == pytest.approx(0.6 / math.sqrt(6))


def test_with_a_blackbody_in_the_picture_u_is_about_nine_tenths_of_a_degree() -> None:
    assert of_reading(record(), IN_PICTURE).expanded_u_celsius() == pytest.approx(0.9, abs=0.05)


def test_with_a_record_alone_u_is_about_one_point_nine() -> None:
    assert of_reading(record()).expanded_u_celsius() == pytest.approx(1.9, abs=0.05)


def test_a_sensor_of_unknown_age_with_neither_is_worse_still() -> None:
    assert 2.5 < of_reading(None).expanded_u_celsius() < 3.5


def test_the_drift_since_calibration_counts_only_where_no_blackbody_sees_it() -> None:
    assert "drift since calibration" in names(of_reading(record()))
    assert "drift since calibration" not in names(of_reading(record(), IN_PICTURE))
    assert of_reading(None, IN_PICTURE).u_celsius < of_reading(record()).u_celsius


def test_every_term_names_its_source_and_what_is_assumed_says_so() -> None:
    for found in (of_reading(None), of_reading(record()), of_reading(record(), IN_PICTURE)):
        assert all(term.source and term.u_celsius >= 0 for term in found.terms)
        assert len(names(found)) == len(found.terms)
        optics = next(term for term in found.terms if term.name == "distance and optics")
        assert "assumed" in optics.source


def test_a_sensitivity_that_is_not_one_is_stated() -> None:
    terms = {term.name: term for term in of_reading(record()).terms}
    for name in ("emissivity of skin", "reflected temperature"):
        assert "sensitivity" in terms[name].source
    assert terms["emissivity of skin"].u_celsius == pytest.approx(13.0 * 0.01 / math.sqrt(3), rel=0.1)


def test_a_worse_blackbody_or_fit_and_fewer_or_noisier_frames_all_raise_u() -> None:
    base = of_reading(record()).u_celsius
    assert of_reading(replace(record(), blackbody_u_celsius=0.3)).u_celsius > base
    assert of_reading(replace(record(), u_fit_celsius=0.3)).u_celsius > base
    assert of_reading(record(), frames=2).u_celsius > base
    assert of_reading(record(), noise=0.7).u_celsius > base
    worse = replace(IN_PICTURE, u_celsius=0.2)
    assert of_reading(record(), worse).u_celsius > of_reading(record(), IN_PICTURE).u_celsius


def test_cold_surroundings_make_emissivity_matter_more() -> None:
    assert of_reading(record(), ambient=8.0).u_celsius > of_reading(record(), ambient=32.0).u_celsius


def test_the_models_error_is_the_last_term_and_states_its_slope() -> None:
    term = skin_to_oral(0.8, 0.35, "fitted on the table")
    assert (term.name, term.u_celsius) == ("skin to oral", 0.35)
    assert "0.8" in term.source
