"""The bank of rendered codes: dense symbols, fifteen conditions, five sizes. The same seed gives the same
bank.

Symbols of versions 10 to 19, level M, with the alphabet of base45, as passes have them. Each is rendered by
the simulator's optics into a 1280x720 frame of a room, at so many pixels a module; what a lens, a lamp, a
screen, a sheet of paper or a codec adds is laid over it. Strengths are those of a bad day at a gate, not of a
torture test: each condition alone, none so weak that it could be left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from sim.optics import Conditions, PhonePose, render, room
from sim.phone import Grey, PaperSheet, PhoneScreen, Shown, qr_modules

VERSIONS: Final = tuple(range(10, 20))
SIZES_PX: Final = (2.0, 2.5, 3.0, 4.0, 6.0)

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_MODULES: Final = {17 + 4 * version: version for version in VERSIONS}

Overlay = Callable[[Grey, np.random.Generator], Grey]


def _grey(levels: npt.NDArray[np.floating]) -> Grey:
    return np.asarray(np.clip(levels, 0, 255), np.uint8)


def _as_it_is(frame: Grey, _random: np.random.Generator) -> Grey:
    return frame


def _inverted(frame: Grey, _random: np.random.Generator) -> Grey:
    """A page in dark mode."""
    return np.asarray(255 - frame, np.uint8)


def _banded(frame: Grey, random: np.random.Generator) -> Grey:
    """A dimmed screen switches its backlight while the shutter rolls: dark bands."""
    rows = np.arange(frame.shape[0], dtype=np.float32)
    period_px = random.uniform(60, 140)
    wave = np.sin(2 * np.pi * (rows / period_px + random.random()))
    gain = np.where(wave > 0.2, 0.45, 1.0).astype(np.float32)
    soft = cv2.GaussianBlur(gain.reshape(-1, 1), (1, 15), 4.0)
    return _grey(frame * soft)


def _shadowed(frame: Grey, random: np.random.Generator) -> Grey:
    """The edge of a hand's or a roof's shadow across the sheet."""
    height, width = frame.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = random.uniform(0.2, 1.2)
    along = (x - width / 2) * np.cos(angle) + (y - height / 2) * np.sin(angle) + random.uniform(-60, 60)
    return _grey(frame * (0.35 + 0.65 / (1 + np.exp(-along / 6))))


def _bloomed(frame: Grey, _random: np.random.Generator) -> Grey:
    """A screen too bright for the exposure: white runs over into black."""
    bright = np.clip(frame.astype(np.float32) * 1.6, 0, 400)
    return _grey(0.8 * bright + 0.35 * cv2.GaussianBlur(bright, (0, 0), 6.0))


def _compressed(frame: Grey, _random: np.random.Generator) -> Grey:
    """What a cheap camera's own motion JPEG leaves."""
    packed = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 30])[1]
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)


def _dirty(frame: Grey, random: np.random.Generator) -> Grey:
    """Drops and scratches on the glass, over the middle of the view."""
    height, width = frame.shape
    seen = frame.copy()
    for _ in range(6):
        at = random.normal((width / 2, height * 0.45), 70).astype(int)
        cv2.circle(seen, at.tolist(), int(random.integers(2, 5)), (int(random.integers(60, 200)),), -1)
    start, end = random.normal((width / 2, height * 0.45), 120, (2, 2)).astype(int)
    cv2.line(seen, start.tolist(), end.tolist(), (150,), 2, cv2.LINE_AA)
    return seen


def _moire(frame: Grey, random: np.random.Generator) -> Grey:
    """The screen's own pixel grid beats with the camera's."""
    height, width = frame.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    period_px, angle = random.uniform(5, 9), random.uniform(0, np.pi)
    wave = np.sin(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / period_px)
    return _grey(frame * (1 + 0.22 * wave))


_USUAL: Final = Conditions(noise_sigma=3.0, defocus_sigma_px=0.6)
_STRAIGHT: Final = PhonePose()


@dataclass(frozen=True, slots=True)
class Condition:
    """`blur_modules`, `motion_modules`: in modules, so that they weigh the same at every size."""

    name: str
    conditions: Conditions = _USUAL
    pose: PhonePose = _STRAIGHT
    paper: bool = False
    blur_modules: float = 0.0
    motion_modules: float = 0.0
    overlay: Overlay = _as_it_is


CONDITIONS: Final = (
    Condition("clean", Conditions(noise_sigma=1.0, defocus_sigma_px=0.4, tremor_px=0.0)),
    Condition("rolled by 30 degrees", pose=PhonePose(roll_deg=30)),
    Condition("turned by 35 degrees", pose=PhonePose(yaw_deg=35, pitch_deg=10)),
    Condition("tilted by 30 degrees", pose=PhonePose(pitch_deg=-30, roll_deg=80)),
    Condition("out of focus", blur_modules=0.45),
    Condition("moved", motion_modules=0.9),
    Condition("noisy", replace(_USUAL, noise_sigma=18.0)),
    Condition("dark", replace(_USUAL, exposure=0.2, noise_sigma=6.0)),
    Condition("glare", replace(_USUAL, glare=0.8, glare_radius=0.09, glare_at=(0.6, 0.4))),
    Condition("too bright", overlay=_bloomed),
    Condition("paper in a shadow", paper=True, overlay=_shadowed),
    Condition("light on dark", overlay=_inverted),
    Condition("flickering", overlay=_banded),
    Condition("compressed", overlay=_compressed),
    Condition("moire and dirt", overlay=lambda frame, random: _dirty(_moire(frame, random), random)),
)


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One frame of the bank, and what stands in it."""

    condition: str
    module_px: float
    payload: bytes
    frame: Grey


@cache
def payload_of(version: int, seed: int = 0) -> str:
    """A text like a pass's, of the length that needs this version at level M."""
    random = np.random.default_rng((version, seed, 5))
    letters = "".join(_ALPHABET[index] for index in random.integers(0, len(_ALPHABET), 900))
    length = next(n for n in range(150, 900, 4) if len(qr_modules("HP1:" + letters[:n])) == 17 + 4 * version)
    return "HP1:" + letters[: length + 8]


def samples(versions: tuple[int, ...] = VERSIONS, seed: int = 0) -> Iterator[Sample]:
    """Every condition at every size with every version."""
    for condition in CONDITIONS:
        for module_px in SIZES_PX:
            for version in versions:
                yield sample(condition, module_px, version, seed)


def sample(condition: Condition, module_px: float, version: int, seed: int = 0) -> Sample:
    """One frame of the bank."""
    random = np.random.default_rng((seed, version, round(10 * module_px), CONDITIONS.index(condition)))
    text = payload_of(version, seed)
    shown: Shown = PaperSheet(text) if condition.paper else PhoneScreen(text)
    x, y = random.uniform(-0.02, 0.02, 2)
    pose = replace(
        condition.pose,
        module_px=module_px,
        centre=(0.5 + x, 0.48 + y),
        roll_deg=condition.pose.roll_deg + random.uniform(-4, 4),
    )
    usual = condition.conditions
    seen = replace(
        usual,
        seed=int(random.integers(1 << 30)),
        defocus_sigma_px=max(usual.defocus_sigma_px, condition.blur_modules * module_px),
        motion_px=condition.motion_modules * module_px,
        motion_deg=float(random.uniform(0, 180)),
    )
    frame = render(room(seed), shown, pose, seen, 0)
    return Sample(condition.name, module_px, text.encode(), condition.overlay(frame, random))
