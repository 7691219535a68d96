"""The thermal sensor's decoder: `python -m tests.bench.decoder`."""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from drivers.mlx90640.decoder import Decoder, NativeDecoder
from drivers.mlx90640.eeprom_check import checked
from drivers.mlx90640.library import AdafruitDecoder
from sim.radiation import Unit
from tests.bench.figures import Figure, show
from tests.drivers.thermal_rig import head, raw_of

LIMIT_MS, TIMES_FASTER = 0.1, 15.0
MAKER_CELSIUS, ADAFRUIT_CELSIUS = 0.001, 1e-6
UNITS, ROUNDS, NATIVE_BATCH = 200, 40, 25
EXAMPLE = "mlx90640/melexis_example.json"


def measure(units: int = UNITS) -> list[Figure]:
    """Speed of a picture of both subpages, taking turns with the library; differences in °C."""
    return [*_speed(), _to_the_maker(), _to_the_library(units)]


def _speed() -> list[Figure]:
    unit = Unit.random(1)
    raws = [raw_of(unit, head(), subpage, noise_seed=1) for subpage in (0, 1)]
    native, library = NativeDecoder(checked(unit.eeprom())), AdafruitDecoder(unit.eeprom())
    ours, theirs = list[float](), list[float]()
    for _ in range(ROUNDS):
        theirs.append(_ms(lambda: library.decode(*raws)))
        ours.extend(_ms(lambda: native.decode(*raws)) for _ in range(NATIVE_BATCH))
    ours_ms, theirs_ms = statistics.median(ours), statistics.median(theirs)
    return [
        Figure(f"decode a picture, median of {len(ours)}", ours_ms, "ms", LIMIT_MS),
        Figure(f"the Adafruit library, median of {len(theirs)}", theirs_ms, "ms"),
        Figure("times faster", theirs_ms / ours_ms, "x", at_least=TIMES_FASTER),
    ]


def _ms(work: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began_s)


def _to_the_maker() -> Figure:
    default = Path(__file__).resolve().parents[3] / "shared/vectors"
    path = Path(os.environ.get("CHECKPOINT_VECTORS", default)) / EXAMPLE
    if not path.exists():
        return Figure(f"from the maker's example: skipped, {path} is absent", float("nan"), "°C")
    example = json.loads(path.read_text())
    decoder = NativeDecoder(checked(example["eeprom"]), example["emissivity"])
    older, newer = (np.array(frame, ">u2").tobytes() for frame in example["frames"])
    stated = np.array(example["to_celsius_after_frame_1"])
    worst = float(abs(decoder.decode(older, newer).celsius - stated).max())
    return Figure("from the maker's example, worst pixel", worst, "°C", MAKER_CELSIUS)


def _to_the_library(units: int) -> Figure:
    worst = max(_difference(seed, chess) for seed in range(units) for chess in (True, False))
    return Figure(f"from the library, worst pixel of {units} units", worst, "°C", ADAFRUIT_CELSIUS)


def _difference(seed: int, chess: bool) -> float:
    unit = Unit.random(seed)
    raws = [raw_of(unit, head(), subpage, chess=chess, noise_seed=seed) for subpage in (0, 1)]
    decoders: tuple[Decoder, Decoder] = NativeDecoder(checked(unit.eeprom())), AdafruitDecoder(unit.eeprom())
    ours, theirs = (decoder.decode(*raws).celsius.ravel() for decoder in decoders)
    sound = np.delete(np.arange(768), checked(unit.eeprom()).bad_pixels)
    return float(abs(ours - theirs)[sound].max())


if __name__ == "__main__":
    sys.exit(not show("Thermal decoder", measure()))
