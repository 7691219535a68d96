"""`kiosk-calibrate decode`: a sensor's words to temperatures again, and what is wrong with them.

Beside what one frame shows by itself, frames are held against each other: the
gain drifts slowly, and a frame that was read right after another one still
holds, in the half that it did not measure, the other one's words.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from calibration.commands.export import REFLECTED_CELSIUS, Export, load
from calibration.errors import CalibrationError
from drivers.mlx90640 import layout
from drivers.mlx90640.decoder import NativeDecoder, NotDecodable, ambient_of, tail_of
from drivers.mlx90640.eeprom import EepromError, EepromFault, Parameters
from drivers.mlx90640.eeprom_check import checked
from drivers.mlx90640.frame import fill_from_neighbours
from drivers.mlx90640.plausible import (
    GAIN_STEP,
    RamFault,
    changed_words,
    gain_ratio,
    is_chess,
    new_pixels,
    pixel_faults,
    step_faults,
    subpage_faults,
    subpage_of,
)

NAME = "decode"
HELP = "decode the words of a sensor's EEPROM and RAM again, and say which of them cannot be right"

CORRUPT = 1
ONE_AFTER_THE_OTHER = 0.9
"""Where this share of a half's words stands unchanged in the next frame, the rest was read wrong."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE.json", help="the words, or - for standard input")
    parser.add_argument(
        "--reflected",
        type=float,
        metavar="CELSIUS",
        help="reflected temperature; default: the file's, or Ta - 8",
    )


def run(options: argparse.Namespace, now: Callable[[], float], sleep: Callable[[float], None]) -> int:  # noqa: ARG001
    """JSON on standard output; status 1, and a sentence, where words are corrupt. Raises CalibrationError."""
    export = load(options.file)
    reflected = _chosen(options.reflected, export)
    try:
        _check_hash(export)
        unit = checked(export.eeprom)
    except EepromError as error:
        faults = [{"word": fault.word, "why": fault.why} for fault in error.faults]
        return _report({"frames": [], "eeprom_faults": faults}, f"The EEPROM is corrupt: {error}.")
    frames = _decode(unit, export, reflected)
    plain = {"frames": [_plain(frame) for frame in frames], "eeprom_faults": []}
    return _report(plain, _sentence(frames))


def _check_hash(export: Export) -> None:
    """Raises EepromError where the words are not those that the export was made with."""
    words = np.array(export.eeprom, dtype=">u2").tobytes()
    if export.eeprom_sha256 is not None and sha256(words).hexdigest() != export.eeprom_sha256:
        raise EepromError([EepromFault(0, "and all others are not those of eeprom_sha256")])


def _chosen(option: float | None, export: Export) -> float | None:
    if option is None:
        return export.reflected_celsius
    if not REFLECTED_CELSIUS[0] < option <= REFLECTED_CELSIUS[1]:  # a NaN is not, either
        raise CalibrationError(f"--reflected lies between -100 and 300 °C, not at {option:g}.")
    return option


@dataclass(slots=True, eq=False)
class _Frame:
    """One frame's share of the output. `raw` is None where it is no 834 words."""

    raw: bytes | None
    faults: list[RamFault] = field(default_factory=list)
    ta_celsius: float = math.nan
    vdd_v: float = math.nan
    to_celsius: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(layout.PIXELS))
    subpages: tuple[int, ...] = ()
    filled: tuple[int, ...] = ()


def _decode(unit: Parameters, export: Export, reflected_celsius: float | None) -> list[_Frame]:
    frames = [_of(words) for words in export.frames]
    decoder = NativeDecoder(unit, export.emissivity, reflected_celsius)
    picture, measured = np.zeros(layout.PIXELS), np.zeros(layout.PIXELS, dtype=bool)
    come: set[int] = set()
    for frame in frames:
        if frame.raw is not None:
            frame.faults += subpage_faults(frame.raw, unit)
            if subpage_of(frame.raw) in (0, 1):
                come.add(subpage_of(frame.raw))
                measured[new_pixels(frame.raw)] = True
                _take(decoder, unit, frame, frame.raw, picture)
        frame.to_celsius, frame.subpages = picture.copy(), tuple(sorted(come))
        frame.filled = tuple(pixel for pixel in unit.bad_pixels if measured[pixel])
        shape = (layout.ROWS, layout.COLUMNS)
        fill_from_neighbours(frame.to_celsius.reshape(shape), frame.filled, measured.reshape(shape))
    _compare(unit, frames)
    return frames


def _of(words: Sequence[int]) -> _Frame:
    if len(words) == layout.RAW_WORDS:
        return _Frame(np.array(words, dtype=">u2").tobytes())
    why = f"is the end of the frame; there should be {layout.RAW_WORDS} words"
    return _Frame(None, [RamFault("length", len(words), why)])


def _take(
    decoder: NativeDecoder, unit: Parameters, frame: _Frame, raw: bytes, picture: npt.NDArray[np.float64]
) -> None:
    """Put the new half into `picture`; NaN where it has no temperature."""
    try:
        pixels, celsius, ambient = decoder.decode_half(raw)
    except NotDecodable:
        picture[new_pixels(raw)] = np.nan
        return
    picture[pixels] = celsius
    frame.ta_celsius, frame.vdd_v = ambient.ta_celsius, ambient.vdd_v
    frame.faults += pixel_faults(pixels, celsius, unit.bad_pixels)


def _compare(unit: Parameters, frames: Sequence[_Frame]) -> None:
    """Add what only shows between frames."""
    whole = [frame for frame in frames if frame.raw is not None]
    ratios = [gain_ratio(frame.raw, unit) for frame in whole if frame.raw is not None]
    for frame, ratio in zip(whole, ratios, strict=True):
        recent = statistics.median(ratios)
        if not abs(ratio - recent) <= GAIN_STEP * abs(recent) / (1 if len(ratios) > 2 else 2):
            why = f"gives a gain of {ratio:.4f} times the EEPROM's, where the frames' median is {recent:.4f}"
            frame.faults.append(RamFault("gain_jumped", layout.GAIN, why))
    for number, (before, after) in enumerate(pairwise(frames)):
        if before.raw is not None and after.raw is not None:
            after.faults += _against_the_one_before(unit, before.raw, after.raw, number)


def _against_the_one_before(unit: Parameters, before: bytes, after: bytes, number: int) -> list[RamFault]:
    """Nothing where `after` was not read right after `before`: then it may hold anything."""
    if is_chess(before) is not is_chess(after):
        why = f"says another pattern than frame {number} has"
        return [RamFault("control_changed", layout.RAW_CONTROL, why)]
    if subpage_of(before) == subpage_of(after):
        return _repeated(before, after, number)
    if {subpage_of(before), subpage_of(after)} != {0, 1}:
        return []
    pixels = new_pixels(before)
    changed = changed_words(before, after, pixels).tolist()
    if len(changed) > (1 - ONE_AFTER_THE_OTHER) * len(pixels):
        return []
    why = f"is not as in frame {number}, though it was not measured anew: one of the two is wrong"
    faults = [RamFault("words_disagree", pixel, why) for pixel in changed]
    try:
        return faults + step_faults(ambient_of(unit, tail_of(before)), ambient_of(unit, tail_of(after)))
    except NotDecodable:
        return faults


def _repeated(before: bytes, after: bytes, number: int) -> list[RamFault]:
    """Two measurements of the same half always differ, by noise alone."""
    pixels = new_pixels(after)
    if len(changed_words(before, after, pixels)) > (1 - ONE_AFTER_THE_OTHER) * len(pixels):
        return []
    why = f"says that it is the half of frame {number} again, whose words stand unchanged"
    return [RamFault("repeated_subpage", layout.RAW_SUBPAGE, why)]


def _plain(frame: _Frame) -> dict[str, Any]:
    return {
        "ta": _finite(frame.ta_celsius),
        "vdd": _finite(frame.vdd_v),
        "to": [_finite(value) for value in frame.to_celsius.tolist()],
        "subpages": list(frame.subpages),
        "filled_pixels": list(frame.filled),
        "faults": [{"word": fault.word, "name": fault.name, "why": fault.why} for fault in frame.faults],
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _sentence(frames: Sequence[_Frame]) -> str | None:
    """About the first fault, if there is one."""
    found = [(number, fault) for number, frame in enumerate(frames) for fault in frame.faults]
    if not found:
        return None
    number, fault = found[0]
    rest = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return f"The RAM is corrupt: word {fault.word} of frame {number} {fault.why}{rest}."


def _report(plain: dict[str, Any], sentence: str | None) -> int:
    sys.stdout.write(json.dumps(plain, allow_nan=False, ensure_ascii=False) + "\n")
    sys.stdout.flush()
    if sentence is None:
        return 0
    sys.stderr.write(f"kiosk-calibrate: {sentence}\n")
    return CORRUPT
