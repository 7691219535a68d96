"""The public table of facial and oral temperatures, as this kiosk's sensor would have seen the faces.

Source: Wang et al., "Facial and oral temperature data from a large set of
human subject volunteers", PhysioNet 1.0.0, doi 10.13026/3bhc-9065; methods in
Sensors 22 (2022) 215. Two cameras (FLIR, ICI), four rounds each, corrected by
a blackbody in the picture. Read from the outside test data, never copied.

The kiosk's pixel is some 1.6 cm wide on a face at half a metre (55 degrees on
32 pixels), and its reading the mean of the four hottest. So the stand-in is
made of means over areas, not of single pixels of a fine camera: the two
circles at the inner corners of the eyes and the five squares of the forehead;
the mean of the four hottest of these seven. It errs on the cool side: the
kiosk chooses among some ninety pixels, the table knows seven places.

The other stand-in errs on the warm side: the warmest pixel of the fine
camera, which is what a budget means by "the warmest part of the face".
"""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

VECTORS = Path(os.environ.get("CHECKPOINT_VECTORS", Path(__file__).parents[2] / "shared" / "vectors"))
FOLDER = VECTORS / "clinical"
CAMERAS = ("FLIR", "ICI")
ROUNDS = (1, 2, 3, 4)
AREAS = ("aveAllR13_{}", "aveAllL13_{}", "T_FHCC{}", "T_FHRC{}", "T_FHLC{}", "T_FHBC{}", "T_FHTC{}")
HOTTEST = 4


class StandIn(StrEnum):
    """What of the table stands for the kiosk's reading."""

    AREAS = "areas"
    WARMEST = "warmest"


Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """`skin_celsius` has shape (people, 4 rounds), NaN where a round is missing; `oral_celsius` (people,)."""

    camera: str
    skin_celsius: Values
    oral_celsius: Values


def is_there() -> bool:
    return all(_path(camera).is_file() for camera in CAMERAS)


ABSENT = f"the clinical table is not at {FOLDER}; set CHECKPOINT_VECTORS"


@lru_cache
def table(camera: str, stand_in: StandIn = StandIn.AREAS) -> Table:
    """Those people of one camera who have an oral temperature and at least one round."""
    with _path(camera).open(encoding="utf-8-sig", newline="") as file:
        _, _, head, *rows = csv.reader(file)
    columns = {name: index for index, name in enumerate(head)}

    def column(name: str) -> Values:
        return np.array([float(row[columns[name]].strip() or "nan") for row in rows])

    def reading(number: int) -> Values:
        if stand_in is StandIn.WARMEST:
            return column(f"T_Max{number}")
        return _hottest([column(area.format(number)) for area in AREAS])

    skin = np.stack([reading(number) for number in ROUNDS], axis=1)
    oral = column("aveOralM")
    usable = np.isfinite(oral) & np.isfinite(skin).any(axis=1)
    return Table(camera, skin[usable], oral[usable])


def pooled_pairs(stand_in: StandIn = StandIn.AREAS) -> tuple[Values, Values]:
    """Skin (mean of a person's rounds) and oral temperature of everybody, both cameras."""
    tables = [table(camera, stand_in) for camera in CAMERAS]
    skin = np.concatenate([np.nanmean(each.skin_celsius, axis=1) for each in tables])
    return skin, np.concatenate([each.oral_celsius for each in tables])


def _hottest(areas: list[Values]) -> Values:
    """NaN where an area is missing: the other six would make another measurand."""
    return np.asarray(np.sort(np.stack(areas), axis=0)[-HOTTEST:].mean(axis=0))


def _path(camera: str) -> Path:
    return FOLDER / f"{camera}_group1.csv"
