from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from calibration.__main__ import main
from calibration.errors import CalibrationError
from calibration.oral import PUBLISHED, OralModel, fit
from tests import clinical_table


def people(count: int = 60, *, slope: float = 0.6, scatter: float = 0.3) -> tuple[list[float], list[float]]:
    rng = np.random.default_rng(7)
    skin = rng.normal(34.5, 0.6, count)
    oral = 16.1 + slope * skin + rng.normal(0, scatter, count)
    return skin.tolist(), oral.tolist()


def write_pairs(path: Path, skin: list[float], oral: list[float]) -> Path:
    lines = [f"{s:.2f},{o:.2f}" for s, o in zip(skin, oral, strict=True)]
    path.write_text("face_skin_celsius,oral_celsius\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.skipif(not clinical_table.is_there(), reason=clinical_table.ABSENT)
def test_the_published_model_is_the_fit_of_the_public_table() -> None:
    skin, oral = clinical_table.pooled_pairs()
    refitted = fit(skin.tolist(), oral.tolist(), PUBLISHED.source)
    assert refitted.people == PUBLISHED.people
    assert refitted.slope == pytest.approx(PUBLISHED.slope, abs=5e-4)
    assert refitted.intercept_celsius == pytest.approx(PUBLISHED.intercept_celsius, abs=5e-3)
    assert refitted.u_celsius == pytest.approx(PUBLISHED.u_celsius, abs=1e-3)


@pytest.mark.skipif(not clinical_table.is_there(), reason=clinical_table.ABSENT)
@pytest.mark.parametrize(("fitted_on", "tried_on"), [("FLIR", "ICI"), ("ICI", "FLIR")])
def test_a_model_of_one_camera_errs_by_what_it_says_with_the_other(fitted_on: str, tried_on: str) -> None:
    here, there = clinical_table.table(fitted_on), clinical_table.table(tried_on)
    model = fit(np.nanmean(here.skin_celsius, axis=1).tolist(), here.oral_celsius.tolist(), "")
    errors = there.oral_celsius - model.estimate(np.nanmean(there.skin_celsius, axis=1))
    assert abs(errors.mean()) < 0.2
    assert float(errors.std()) == pytest.approx(model.u_celsius, rel=0.15)


def test_the_line_and_its_error_are_found_again() -> None:
    model = fit(*people(2000), "pairs")
    assert model.slope == pytest.approx(0.6, abs=0.03)
    assert model.estimate(34.5) == pytest.approx(16.1 + 0.6 * 34.5, abs=0.03)
    assert model.u_celsius == pytest.approx(0.3, abs=0.02)


def test_the_model_s_error_is_part_of_the_estimate_s_uncertainty() -> None:
    assert PUBLISHED.u_of(0.0) == PUBLISHED.u_celsius
    assert PUBLISHED.u_of(0.45) == pytest.approx(math.hypot(PUBLISHED.slope * 0.45, PUBLISHED.u_celsius))


def test_a_model_is_kept_whole_and_a_changed_byte_is_found(tmp_path: Path) -> None:
    path, model = tmp_path / "oral.json", fit(*people(), "pairs")
    model.save(path)
    assert OralModel.load(path) == model
    assert OralModel.load(path).model_id == model.model_id
    whole = path.read_bytes()
    for changed in (
        whole.replace(b"0.", b"1.", 1),
        whole[:-2],
        whole + b" ",
        b"[]",
        b"{",
        b"\xff",
        b"[" * 9999,
    ):
        path.write_bytes(changed)
        with pytest.raises(CalibrationError, match="damaged or was changed"):
            OralModel.load(path)
    path.unlink()
    with pytest.raises(CalibrationError, match="run kiosk-calibrate oral"):
        OralModel.load(path)


@pytest.mark.parametrize(
    ("skin", "oral", "clue"),
    [
        (*people(29), "30 people or more, not of 29"),
        ([34.5] * 40, people(40)[1], "nearly the same face_skin_celsius"),
        (people(40)[0], [36.6] * 40, "nearly the same oral_celsius"),
        ([*people(39)[0], 77.0], people(40)[1], "Pair 40: face_skin_celsius is 77"),
        ([*people(39)[0], math.nan], people(40)[1], "Pair 40"),
        (people(40)[1], people(40)[0], "oral_celsius"),
        (people(60)[0], [float(o) for o in sorted(people(60)[1], reverse=True)], "of skin"),
    ],
)
def test_pairs_that_can_carry_no_model_are_refused_with_the_reason(
    skin: list[float], oral: list[float], clue: str
) -> None:
    order = np.argsort(skin) if clue == "of skin" else np.arange(len(skin))
    with pytest.raises(CalibrationError, match=clue):
        fit([skin[i] for i in order], oral, "pairs")


def test_the_command_fits_and_says_what_it_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pairs, out = write_pairs(tmp_path / "pairs.csv", *people()), tmp_path / "oral.json"
    assert main(["oral", str(pairs), "--out", str(out)]) == 0
    model = OralModel.load(out)
    assert model.people == 60
    assert "pairs.csv" in model.source
    assert model.model_id in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "clue"),
    [
        ("a,b\n1,2\n", "no column face_skin_celsius"),
        ("", "no column face_skin_celsius"),
        ("face_skin_celsius,oral_celsius\n34.1,warm\n", "line 2: 'warm' is not a temperature"),
        ("face_skin_celsius,oral_celsius\n34.1\n", "line 2"),
        ("face_skin_celsius,oral_celsius\n34.1,36.6\n", "30 people or more"),
    ],
)
def test_a_file_of_anything_else_is_refused_in_a_sentence(
    text: str, clue: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = tmp_path / "pairs.csv"
    pairs.write_text(text, encoding="utf-8")
    assert main(["oral", str(pairs), "--out", str(tmp_path / "oral.json")]) == 2
    said = capsys.readouterr().err
    assert clue in said
    assert said.count("\n") == 1
    assert not (tmp_path / "oral.json").exists()


def test_a_file_that_is_not_there_or_no_text_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["oral", str(tmp_path / "none.csv")]) == 2
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)))
    assert main(["oral", str(tmp_path / "binary.csv"), "--out", str(tmp_path / "o.json")]) == 2
    assert capsys.readouterr().err.count("\n") == 2
