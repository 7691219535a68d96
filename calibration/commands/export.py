"""A file of a sensor's words, to be decoded again: read as something hostile.

    {"eeprom": WORDS of 832, "frames": [WORDS of 834, …], "emissivity": E, "reflected_celsius": C}

`WORDS` is a list of numbers from 0 to 65535, or base64 of the words in
big-endian order. A frame is the RAM's 832 words, control register 1, and the
subpage's number. `reflected_celsius` may be absent or null: then it is
Ta - 8 °C. `eeprom_sha256` (hex, over the words in big-endian order) may say
which EEPROM it was. Other keys are left alone. How many words there are is not
judged here: too few of them are a corrupt memory, and no reason not to look.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calibration.errors import CalibrationError

MAX_BYTES = 8 * 1024 * 1024
MAX_FRAMES = 1000
MAX_WORDS = 4096
EMISSIVITY = (0.01, 1.0)
REFLECTED_CELSIUS = (-100.0, 300.0)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Export:
    """The words as they stand in the file, each from 0 to 65535."""

    eeprom: tuple[int, ...]
    frames: tuple[tuple[int, ...], ...]
    emissivity: float
    reflected_celsius: float | None
    eeprom_sha256: str | None = None


def load(name: str) -> Export:
    """From the file `name`, or from standard input for `-`. Raises CalibrationError."""
    where = "standard input" if name == "-" else name
    plain = _parse(_read(name), where)
    if not isinstance(plain, dict):
        raise _no_export(where, "it is no JSON object")
    try:
        return Export(
            eeprom=_words("eeprom", plain.get("eeprom")),
            frames=_frames(plain.get("frames")),
            emissivity=_number("emissivity", plain.get("emissivity"), EMISSIVITY),
            reflected_celsius=_reflected(plain.get("reflected_celsius")),
            eeprom_sha256=_hash(plain.get("eeprom_sha256")),
        )
    except ValueError as error:
        raise _no_export(where, str(error)) from error


def _read(name: str) -> bytes:
    try:
        if name == "-":
            raw = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CalibrationError(f"{name} cannot be read ({error.strerror}); name another file.") from error
    except ValueError as error:
        raise CalibrationError(f"{name!r} cannot be the name of a file; name another one.") from error
    if len(raw) > MAX_BYTES:
        raise CalibrationError(f"{name} has more than {MAX_BYTES // 2**20} MB; give fewer frames.")
    return raw


def _parse(raw: bytes, where: str) -> Any:
    try:
        return json.loads(raw, parse_constant=_refuse_constant, object_pairs_hook=_once)
    except RecursionError as error:
        raise _no_export(where, "it is nested too deeply") from error
    except ValueError as error:
        raise _no_export(where, f"it is no JSON ({str(error)[:80]})") from error


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) != len(pairs):
        raise ValueError("a key stands in it twice")
    return plain


def _frames(value: Any) -> tuple[tuple[int, ...], ...]:
    if not isinstance(value, list):
        raise ValueError("it has no list called frames")
    if len(value) > MAX_FRAMES:
        raise ValueError(f"it has {len(value)} frames; at most {MAX_FRAMES} are read")
    return tuple(_words(f"frame {number}", frame) for number, frame in enumerate(value))


def _words(name: str, value: Any) -> tuple[int, ...]:
    """Raises ValueError."""
    if isinstance(value, str):
        return _from_base64(name, value)
    if not isinstance(value, list):
        raise ValueError(f"its {name} is neither a list of words nor base64")
    if len(value) > MAX_WORDS:
        raise ValueError(f"its {name} has {len(value)} words")
    for place, word in enumerate(value):
        if type(word) is not int or not 0 <= word <= 0xFFFF:
            raise ValueError(f"word {place} of its {name} is no whole number from 0 to 65535")
    return tuple(value)


def _from_base64(name: str, text: str) -> tuple[int, ...]:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"its {name} is text and no base64") from error
    if len(raw) % 2 or len(raw) > 2 * MAX_WORDS:
        raise ValueError(f"its {name} has {len(raw)} bytes, which are no words")
    return tuple(int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2))


def _hash(value: Any) -> str | None:
    if value is not None and not (isinstance(value, str) and _SHA256.fullmatch(value)):
        raise ValueError("its eeprom_sha256 is no 64 hex digits")
    return value


def _number(name: str, value: Any, limits: tuple[float, float]) -> float:
    """Above the lower limit and up to the upper one."""
    low, high = limits
    if type(value) not in (int, float) or not low < value <= high:  # no NaN is, either
        raise ValueError(f"its {name} is no number above {low:g} and up to {high:g}")
    return float(value)


def _reflected(value: Any) -> float | None:
    return None if value is None else _number("reflected_celsius", value, REFLECTED_CELSIUS)


def _no_export(where: str, why: str) -> CalibrationError:
    return CalibrationError(
        f"{where} is no export of a sensor's words: {why}; it should be "
        '{"eeprom": [832 words], "frames": [[834 words], …], "emissivity": E}.'
    )
