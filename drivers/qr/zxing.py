"""zxing-cpp behind its fence.

Asked for QR codes it would read Micro QR and the obsolete model 1 too. A Micro QR's error detection is a few
bits, and in a blurred picture of many codes one is seen that is none; nobody shows any, so model 2 alone is
read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import zxingcpp

from drivers.qr.code import DECODER_FAILURES, Decoded, Grey, Quad, quad_of

NAME: Final = "zxing-cpp"
LOCAL, GLOBAL = zxingcpp.Binarizer.LocalAverage, zxingcpp.Binarizer.GlobalHistogram
FIXED = zxingcpp.Binarizer.FixedThreshold

_QR: Final = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)
_WITH_LINEAR: Final = zxingcpp.BarcodeFormats(
    [
        zxingcpp.BarcodeFormat.QRCodeModel2,
        zxingcpp.BarcodeFormat.Code128,
        zxingcpp.BarcodeFormat.EAN13,
        zxingcpp.BarcodeFormat.EAN8,
    ]
)


@dataclass(frozen=True, slots=True)
class How:
    """One way to look: `linear`: Code 128 and EAN too; `wide`: light on dark and smaller sizes too."""

    linear: bool = False
    wide: bool = True
    binarizer: zxingcpp.Binarizer = LOCAL
    pure: bool = False


def read(grey: Grey, how: How, scale: float = 1.0) -> list[Decoded]:
    """What zxing-cpp reads in `grey`, a picture `scale` times as large as the one that quads refer to."""
    try:
        barcodes = zxingcpp.read_barcodes(
            np.ascontiguousarray(grey),
            formats=_WITH_LINEAR if how.linear else _QR,
            try_downscale=how.wide,
            try_invert=how.wide,
            text_mode=zxingcpp.TextMode.Plain,
            binarizer=how.binarizer,
            is_pure=how.pure,
        )
        return [_decoded(code, scale) for code in barcodes]
    except DECODER_FAILURES:
        return []


def failed(grey: Grey) -> list[Quad]:
    """Where QR symbols are that were found and could not be decoded."""
    try:
        barcodes = zxingcpp.read_barcodes(np.ascontiguousarray(grey), formats=_QR, return_errors=True)
        quads = [quad_of(_corners(code)) for code in barcodes if code.error is not None]
    except DECODER_FAILURES:
        return []
    return [quad for quad in quads if quad is not None]


def _corners(code: zxingcpp.Barcode) -> list[tuple[float, float]]:
    at = code.position
    return [(p.x, p.y) for p in (at.top_left, at.top_right, at.bottom_right, at.bottom_left)]


def _decoded(code: zxingcpp.Barcode, scale: float) -> Decoded:
    return Decoded(code.bytes, NAME, quad_of(_corners(code), scale), _as_text(code))


def _as_text(code: zxingcpp.Barcode) -> str:
    """UTF-8 where the bytes are that, whatever the symbol claims; else zxing-cpp's guess."""
    try:
        return code.bytes.decode("utf-8")
    except UnicodeDecodeError:
        return code.text
