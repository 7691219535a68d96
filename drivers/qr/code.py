"""What a decoder hands over, and the rules that hold for every decoder.

- The payload is the bytes of the symbol (ISO/IEC 18004, 7.4), never re-encoded text.
- A payload of more than `MAX_PAYLOAD_BYTES` is refused here, before anyone parses it.
- No decoder's failure gets past its fence: pictures are hostile. A failed decoder has read nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

Grey: TypeAlias = npt.NDArray[np.uint8]
Corner: TypeAlias = tuple[int, int]
Quad: TypeAlias = tuple[Corner, Corner, Corner, Corner]

MAX_PAYLOAD_BYTES: Final = 4296
"""The most characters that a QR symbol holds in alphanumeric mode (ISO/IEC 18004, table 7: 40-L)."""

DECODER_FAILURES: Final = (
    OSError,
    ValueError,
    TypeError,
    ArithmeticError,
    LookupError,
    AttributeError,
    RuntimeError,
    AssertionError,
    MemoryError,
    Warning,
    cv2.error,
)
"""What a ctypes wrapper and a native decoder have been seen to raise, or may by their construction."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """One symbol.

    `quad`: its corners in pixels of the picture (x right, y down), in order around it; `text`: the decoder's
    best guess at the text, for people and tools to look at, never to be verified.
    """

    payload: bytes
    decoder: str
    quad: Quad | None
    text: str = field(default="", compare=False)


def acceptable(codes: Iterable[Decoded]) -> list[Decoded]:
    """Those that are neither empty nor too long."""
    return [code for code in codes if 0 < len(code.payload) <= MAX_PAYLOAD_BYTES]


def quad_of(corners: Sequence[tuple[float, float]], scale: float = 1.0) -> Quad | None:
    """Four corners, found in a picture `scale` times as large; None where there are not four."""
    if len(corners) != 4:
        return None
    a, b, c, d = ((round(x / scale), round(y / scale)) for x, y in corners)
    return a, b, c, d


def new_among(found: Iterable[Decoded], known: Sequence[Decoded]) -> list[Decoded]:
    """Those of `found` that are not one of `known` seen once more: same bytes, and the same place."""
    fresh: list[Decoded] = []
    for code in found:
        if not any(_same(code, other) for other in (*known, *fresh)):
            fresh.append(code)
    return fresh


def _same(one: Decoded, other: Decoded) -> bool:
    if one.payload != other.payload:
        return False
    if one.quad is None or other.quad is None:
        return True
    quads = np.array((one.quad, other.quad), np.float64)
    centres = quads.mean(axis=1)
    reach = float(np.ptp(quads, axis=1).max())
    return float(np.hypot(*(centres[0] - centres[1]))) < 0.5 * reach
