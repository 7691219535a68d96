"""pyzbar behind its fence. The library is looked for at first use, not at import.

zbar guesses an encoding and rewrites bytes above 0x7F, so its answer counts only where every byte is ASCII.
It raises on symbols of a kind that it half knows (structured append).
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any, Final

import cv2

from drivers.qr.code import DECODER_FAILURES, Decoded, Grey, quad_of

NAME: Final = "pyzbar"


class Zbar:
    """`decode` reads at a scale; QR only."""

    def __init__(self) -> None:
        self._module: ModuleType | None = None
        self._missing: str | None = None
        self._own_error: type[Exception] = ValueError

    @property
    def missing(self) -> str | None:
        """One sentence if the library is not installed (reading goes on without it), else None."""
        self._load()
        return self._missing

    def decode(self, grey: Grey, scale: float = 0.5) -> list[Decoded]:
        """What zbar reads at `scale` times the size; nothing if it is missing or fails."""
        module = self._load()
        if module is None or min(grey.shape) < 2:
            return []
        try:
            sized = _resized(grey, scale)
            symbols = module.decode(sized, symbols=[module.ZBarSymbol.QRCODE])
            found = [_decoded(symbol, scale) for symbol in symbols]
        except (self._own_error, *DECODER_FAILURES):
            return []
        return [code for code in found if code.payload.isascii()]

    def _load(self) -> ModuleType | None:
        if self._module is None and self._missing is None:
            try:
                self._module = importlib.import_module("pyzbar.pyzbar")
                self._own_error = self._module.PyZbarError
            except (ImportError, *DECODER_FAILURES) as error:
                self._missing = (
                    f"The second QR decoder does not load ({error}); reading goes on with zxing-cpp alone: "
                    "install the Debian package libzbar0."
                )
        return self._module


def _resized(grey: Grey, scale: float) -> cv2.typing.MatLike:
    if scale == 1.0:
        return grey
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(grey, None, fx=scale, fy=scale, interpolation=how)


def _decoded(symbol: Any, scale: float) -> Decoded:
    payload = bytes(symbol.data)
    corners = [(float(point.x), float(point.y)) for point in symbol.polygon]
    return Decoded(payload, NAME, quad_of(corners, scale), payload.decode("ascii", "replace"))
