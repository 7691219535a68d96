"""What people hold up: a phone with a code on its screen, or a sheet of paper with one.

Lengths on a surface are in modules of the QR code, measured from the code's centre (x right, y down), so
that a pose needs to say only how many pixels a module has. A `Surface` is the flat, face-on picture of the
shown thing, rendered once per text and resolution; `sim.optics` puts it into the camera's view.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
import zxingcpp

Grey: TypeAlias = npt.NDArray[np.uint8]
Points: TypeAlias = npt.NDArray[np.float32]

QUIET_MODULES: Final = 4  # ISO/IEC 18004, 6.3.8
SCREEN_BLACK: Final = 22  # a lit black: backlight leaks, and the room is reflected
SCREEN_WHITE: Final = 238
BEZEL: Final = 14
PAPER_WHITE: Final = 176
PAPER_INK: Final = 48

_SCREEN_ASPECT: Final = 2.0
_CARD_SHARE: Final = 0.88  # of the screen's width that the white card with the code takes
_BEZEL_SHARE: Final = 0.035
_PAPER_MARGIN: Final = 0.16
_CODE_CENTRE: Final = 0.46  # of the surface's height


@dataclass(frozen=True, slots=True)
class PhoneScreen:
    """A phone that shows a code: of text (as an app would write it) or of bytes (as they are)."""

    payload: str | bytes
    level: str = "M"


@dataclass(frozen=True, slots=True)
class PaperSheet:
    """A printed code on a slightly curled sheet."""

    payload: str | bytes
    level: str = "M"


Shown: TypeAlias = PhoneScreen | PaperSheet


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """A face-on picture. `px_per_module`: its resolution; `origin_px`: where in it the code's centre lies.

    `outline`: the body's edge, (n, 2), in modules from the code's centre; `body`: the grey of the body.
    """

    picture: Grey
    px_per_module: int
    origin_px: tuple[float, float]
    outline: Points
    body: int


@lru_cache(maxsize=64)
def qr_modules(payload: str | bytes, level: str = "M") -> Grey:
    """The code's modules, one pixel each, (n, n) uint8 of 0 and 255, without a quiet zone.

    Text beyond ASCII is written as UTF-8. `level`: error correction L, M, Q or H. Raises ValueError if it
    does not fit a symbol.
    """
    content = payload.encode() if isinstance(payload, str) and not payload.isascii() else payload
    barcode = zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.QRCode, ec_level=level)
    image = zxingcpp.write_barcode_to_image(barcode, scale=1, add_quiet_zones=False)
    modules = np.array(image, dtype=np.uint8)
    modules.setflags(write=False)
    return modules


@lru_cache(maxsize=24)
def surface(shown: Shown, px_per_module: int) -> Surface:
    """The face-on picture of `shown`, cached."""
    modules = qr_modules(shown.payload, shown.level)
    if isinstance(shown, PaperSheet):
        return _paper(modules, px_per_module)
    return _phone(modules, px_per_module)


def _phone(modules: Grey, scale: int) -> Surface:
    card = (len(modules) + 2 * QUIET_MODULES) * scale
    width = round(card / _CARD_SHARE)
    height = round(width * _SCREEN_ASPECT)
    centre = (width / 2, height * _CODE_CENTRE)
    screen = np.full((height, width), 205, np.uint8)
    _draw_app(screen)
    left, top = round(centre[0] - card / 2), round(centre[1] - card / 2)
    screen[top : top + card, left : left + card] = SCREEN_WHITE
    _draw_code(screen, modules, scale, centre, (SCREEN_BLACK, SCREEN_WHITE))
    bezel = width * _BEZEL_SHARE
    corners = _box(centre, (width, height), scale, grow_px=bezel)
    outline = _rounded(corners, radius=2.6 * bezel / scale)
    return _surface(screen, scale, centre, outline, BEZEL)


def _draw_app(screen: Grey) -> None:
    """A status bar, a coloured head line, and lines of text below the code, as blocks of grey."""
    height, width = screen.shape
    unit = max(1, width // 48)
    screen[: 3 * unit] = 70
    screen[unit : 2 * unit, 3 * unit : 8 * unit] = 220
    for left in (38, 41, 44):
        screen[unit : 2 * unit, left * unit : (left + 2) * unit] = 220
    screen[3 * unit : 12 * unit] = 118
    screen[6 * unit : 9 * unit, 14 * unit : 34 * unit] = 236
    below = round(height * 0.76)
    for line, (left, right) in enumerate(((12, 36), (8, 40), (16, 32))):
        top = below + line * 5 * unit
        screen[top : top + 2 * unit, left * unit : right * unit] = 96


def _paper(modules: Grey, scale: int) -> Surface:
    width = round((len(modules) + 2 * QUIET_MODULES) * scale * (1 + 2 * _PAPER_MARGIN))
    height = round(width * 1.35)
    centre = (width / 2, height * _CODE_CENTRE)
    sheet = np.full((height, width), PAPER_WHITE, np.uint8)
    _draw_code(sheet, modules, scale, centre, (PAPER_INK, PAPER_WHITE))
    unit = max(1, width // 60)
    for line, right in enumerate((46, 52, 38)):
        top = round(height * 0.86) + line * 3 * unit
        sheet[top : top + unit, 8 * unit : right * unit] = 92
    outline = _box(centre, (width, height), scale)
    return _surface(_curled(sheet), scale, centre, outline, PAPER_WHITE - 12)


def _curled(sheet: Grey) -> Grey:
    """Bulged by up to 1.2 % of the width, the edges in place, and lit from one side."""
    height, width = sheet.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    bulge = np.sin(np.pi * x / width) * np.sin(np.pi * y / height) * (0.012 * width)
    bent = cv2.remap(
        sheet, x + bulge * 0.4, y + bulge, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float32)
    light = 1.0 - 0.16 * (x / width) ** 2 + 0.04 * np.sin(np.pi * y / height)
    lit: Grey = np.clip(bent * light, 0, 255).astype(np.uint8)
    return lit


def _draw_code(
    onto: Grey, modules: Grey, scale: int, centre: tuple[float, float], greys: tuple[int, int]
) -> None:
    size = len(modules) * scale
    left, top = round(centre[0] - size / 2), round(centre[1] - size / 2)
    dark, light = greys
    code = np.where(modules, np.uint8(light), np.uint8(dark))
    onto[top : top + size, left : left + size] = code.repeat(scale, axis=0).repeat(scale, axis=1)


def _surface(picture: Grey, scale: int, centre: tuple[float, float], outline: Points, body: int) -> Surface:
    picture.setflags(write=False)
    outline.setflags(write=False)
    return Surface(picture, scale, centre, outline, body)


def _box(
    centre: tuple[float, float], size_px: tuple[int, int], scale: int, *, grow_px: float = 0.0
) -> Points:
    """The corners of a picture of `size_px`, in modules from the code's centre, clockwise."""
    left, top = -grow_px - centre[0], -grow_px - centre[1]
    right, bottom = size_px[0] + grow_px - centre[0], size_px[1] + grow_px - centre[1]
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    return (corners / scale).astype(np.float32)


def _rounded(corners: Points, *, radius: float, steps: int = 5) -> Points:
    """The same box with round corners, clockwise."""
    (left, top), (right, bottom) = corners[0], corners[2]
    centres = (
        (left + radius, top + radius),
        (right - radius, top + radius),
        (right - radius, bottom - radius),
        (left + radius, bottom - radius),
    )
    points = [
        (x + radius * np.cos(angle), y + radius * np.sin(angle))
        for quarter, (x, y) in enumerate(centres)
        for angle in np.linspace(np.pi * (1 + quarter / 2), np.pi * (1.5 + quarter / 2), steps)
    ]
    return np.array(points, np.float32)
