"""`kiosk-calibrate oral`: the site's own model from face skin to mouth, from pairs that staff have taken."""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections.abc import Callable
from pathlib import Path

from calibration.commands.output import check_place, keep
from calibration.errors import CalibrationError
from calibration.oral import OralModel, fit

NAME = "oral"
HELP = "fit the site's own model from face skin to oral temperature"
COLUMNS = ("face_skin_celsius", "oral_celsius")
MAX_FILE_BYTES = 4 * 1024 * 1024


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "pairs", type=Path, help=f"CSV with the columns {' and '.join(COLUMNS)}, a line a person"
    )
    parser.add_argument("--out", type=Path, default=Path("oral.json"), help="the model to write")


def run(options: argparse.Namespace, _now: Callable[[], float], _sleep: Callable[[float], None]) -> int:
    check_place(options.out)
    skin, oral = _read(options.pairs)
    model = fit(skin, oral, f"the site's own pairs, {options.pairs.name}, {options.made_at:%Y-%m-%d}")
    keep(model, options.out)
    _report(model, options.out)
    return 0


def _read(path: Path) -> tuple[list[float], list[float]]:
    """Both columns. Raises CalibrationError with the line that is wrong."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
        if len(raw) > MAX_FILE_BYTES:
            raise CalibrationError(f"{path} is too long for pairs of people; name another file.")
        reader = csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise CalibrationError(f"{path} has no column {missing[0]}; its first line must name it.")
        pairs = [[_number(path, reader.line_num, row[name]) for name in COLUMNS] for row in reader]
    except OSError as error:
        raise CalibrationError(f"{path} cannot be read ({error.strerror}); name a CSV file.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise CalibrationError(f"{path} is no CSV text; save the pairs as CSV in UTF-8.") from error
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def _number(path: Path, line: int, text: str | None) -> float:
    try:
        return float(text or "")
    except ValueError as error:
        shown = "".join(c if c.isprintable() else "?" for c in (text or "")[:40])
        raise CalibrationError(f"{path}, line {line}: {shown!r} is not a temperature; correct it.") from error


def _report(model: OralModel, path: Path) -> None:
    sys.stdout.write(
        f"oral = {model.intercept_celsius:.3f} + {model.slope:.4f} * skin, u {model.u_celsius:.3f} °C, "
        f"{model.people} people\nwritten to {path}\nmodel_id {model.model_id}\n"
    )
