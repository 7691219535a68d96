"""QR symbols in a grey picture: zxing-cpp first, zbar now and then on a miss.

zxing-cpp reads more and is some ten times faster, so it sees every picture whole. zbar sometimes reads
what zxing-cpp cannot; it gets every n-th missed picture at half size, which keeps it within a frame's time.

Three rules:

- The payload is the bytes of the symbol (ISO/IEC 18004, 7.4), never re-encoded text. zbar guesses an
  encoding and rewrites bytes above 0x7F, so its answer counts only where every byte is ASCII.
- A payload of more than `MAX_PAYLOAD_BYTES` is refused here, before anyone parses it.
- No decoder's failure leaves this file: pictures are hostile, and zbar raises on symbols of a kind that
  it half knows (structured append). A failed decoder has read nothing.

`python -m drivers.qr [--fast] IMAGE…` prints one JSON line per image: file, texts, decoder, ms.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Final, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
import zxingcpp

Grey: TypeAlias = npt.NDArray[np.uint8]
Quad: TypeAlias = tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]

MAX_PAYLOAD_BYTES: Final = 4296
"""The most characters that a QR symbol holds in alphanumeric mode (ISO/IEC 18004, table 7: 40-L)."""


# What a ctypes wrapper and a native decoder have been seen to raise, or may by their construction.
_DECODER_FAILURES: Final = (
    OSError,
    ValueError,
    TypeError,
    ArithmeticError,
    LookupError,
    AttributeError,
    RuntimeError,
    AssertionError,
    Warning,
)


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


class QrDecoder:
    """Reads QR symbols. Keeps no picture; counts its misses so that zbar gets every n-th.

    `zbar_every`: zbar tries each n-th picture in which zxing-cpp found nothing; 0 never asks it.
    """

    def __init__(self, *, zbar_every: int = 3) -> None:
        self._zbar_every = zbar_every
        self._misses = 0
        self._zbar = _Zbar()

    @property
    def missing(self) -> str | None:
        """One sentence if the second decoder is not installed (reading goes on without it), else None."""
        return self._zbar.missing if self._zbar_every else None

    def decode(self, grey: Grey) -> list[Decoded]:
        """All QR symbols in `grey`, shape (height, width), uint8; an empty list if there is none."""
        found = _with_zxing(grey)
        if found is None:
            self._misses += 1
            if self._zbar_every and self._misses % self._zbar_every == 0:
                found = self._zbar.decode(grey)
        return [code for code in found or [] if 0 < len(code.payload) <= MAX_PAYLOAD_BYTES]


def _with_zxing(grey: Grey) -> list[Decoded] | None:
    """What zxing-cpp reads, refused sizes included; None on a miss."""
    try:
        barcodes = zxingcpp.read_barcodes(
            np.ascontiguousarray(grey),
            formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode),
            text_mode=zxingcpp.TextMode.Plain,
        )
        found = [
            Decoded(code.bytes, "zxing-cpp", _corners(code.position), _as_text(code)) for code in barcodes
        ]
    except _DECODER_FAILURES:
        return None
    return found or None


def _as_text(code: zxingcpp.Barcode) -> str:
    """UTF-8 where the bytes are that, whatever the symbol claims; else zxing-cpp's guess."""
    try:
        return code.bytes.decode("utf-8")
    except UnicodeDecodeError:
        return code.text


def _corners(position: zxingcpp.Position) -> Quad:
    top_left, top_right = position.top_left, position.top_right
    bottom_right, bottom_left = position.bottom_right, position.bottom_left
    return (
        (top_left.x, top_left.y),
        (top_right.x, top_right.y),
        (bottom_right.x, bottom_right.y),
        (bottom_left.x, bottom_left.y),
    )


class _Zbar:
    """pyzbar behind a fence. The library is looked for at first use, not at import."""

    def __init__(self) -> None:
        self._module: ModuleType | None = None
        self._missing: str | None = None
        self._own_error: type[Exception] = ValueError

    @property
    def missing(self) -> str | None:
        self._load()
        return self._missing

    def _load(self) -> ModuleType | None:
        if self._module is None and self._missing is None:
            try:
                self._module = importlib.import_module("pyzbar.pyzbar")
                self._own_error = self._module.PyZbarError
            except (ImportError, *_DECODER_FAILURES) as error:
                self._missing = (
                    f"The second QR decoder does not load ({error}); reading goes on with zxing-cpp alone: "
                    "install the Debian package libzbar0."
                )
        return self._module

    def decode(self, grey: Grey) -> list[Decoded]:
        """What zbar reads at half size; nothing if it is missing or fails."""
        module = self._load()
        if module is None or min(grey.shape) < 2:
            return []
        try:
            half = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
            symbols = module.decode(half, symbols=[module.ZBarSymbol.QRCODE])
            found = [_from_zbar(symbol) for symbol in symbols]
        except (cv2.error, self._own_error, *_DECODER_FAILURES):
            return []
        return [code for code in found if code.payload.isascii()]


def _from_zbar(symbol: Any) -> Decoded:
    payload = bytes(symbol.data)
    return Decoded(payload, "pyzbar", _doubled(symbol.polygon), payload.decode("ascii", "replace"))


def _doubled(polygon: Sequence[Any]) -> Quad | None:
    if len(polygon) != 4:
        return None
    a, b, c, d = ((2 * int(point.x), 2 * int(point.y)) for point in polygon)
    return a, b, c, d


def load_grey(path: Path) -> Grey | None:
    """The picture in a file as (height, width) uint8, or None if it holds none that OpenCV can read.

    Raises:
        OSError: the file cannot be read.
    """
    content = np.frombuffer(path.read_bytes(), np.uint8)
    if not content.size:
        return None
    try:
        picture = cv2.imdecode(content, cv2.IMREAD_GRAYSCALE)
    except cv2.error:
        return None
    return None if picture is None else np.asarray(picture, np.uint8)


def _report(path: Path, decoder: QrDecoder, now: Callable[[], float]) -> dict[str, object]:
    try:
        grey = load_grey(path)
    except OSError as error:
        return {"file": str(path), "texts": [], "decoder": None, "ms": 0.0, "error": error.strerror}
    if grey is None:
        return {"file": str(path), "texts": [], "decoder": None, "ms": 0.0, "error": "not an image"}
    started_s = now()
    codes = decoder.decode(grey)
    ms = round(1000 * (now() - started_s), 2)
    texts = [code.text for code in codes]
    return {"file": str(path), "texts": texts, "decoder": codes[0].decoder if codes else None, "ms": ms}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Exit status 1 if a file could not be read as an image."""
    parser = argparse.ArgumentParser(prog="python -m drivers.qr", description="Read the QR codes in images.")
    parser.add_argument("--fast", action="store_true", help="one plain pass; the default tries every decoder")
    parser.add_argument("images", nargs="+", type=Path, metavar="IMAGE")
    options = parser.parse_args(arguments)
    decoder = QrDecoder(zbar_every=0 if options.fast else 1)
    if decoder.missing:
        sys.stderr.write(decoder.missing + "\n")
    unread = False
    for path in options.images:
        report = _report(path, decoder, time.perf_counter)
        unread |= "error" in report
        sys.stdout.write(json.dumps(report, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    return int(unread)


if __name__ == "__main__":
    raise SystemExit(main())
