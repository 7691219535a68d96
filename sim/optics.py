"""What the camera sees of the room and of the thing held up: perspective, light, blur, glare, noise.

A pinhole camera of focal length `FOCAL_PX` looks at a flat surface (`sim.phone`). The room is rendered once
per seed; of each frame only the part that the surface covers is warped and blurred; noise comes from a sheet
rendered once per strength and read from a new place in each frame. The same arguments give the same frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from sim.phone import Grey, Points, Shown, Surface, surface

Matrix: TypeAlias = npt.NDArray[np.float64]

WIDTH_PX: Final = 1280
HEIGHT_PX: Final = 720
FOCAL_PX: Final = 1000.0  # 65 degrees across, a usual USB camera

_NOISE_REACH_PX: Final = 256  # how far the noise sheet exceeds a frame, so that frames can differ
_UNIT_NOISE_LEVELS: Final = 48  # 8 bits then hold 5.3 standard deviations
_DRAWING_SHIFT: Final = 4  # OpenCV draws polygons in sixteenths of a pixel


@dataclass(frozen=True, slots=True)
class PhonePose:
    """Where the code is and how it is turned.

    `module_px`: pixels per QR module at its centre, which says how near it is; `centre`: of the code, as
    shares of the frame's width and height; angles in degrees: `yaw` about the vertical axis, `pitch` about
    the horizontal one, `roll` in the plane of the screen (clockwise).
    """

    module_px: float = 4.0
    centre: tuple[float, float] = (0.5, 0.45)
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0


@dataclass(frozen=True, slots=True)
class Conditions:
    """Light, lens and hand. `seed`: of noise and tremor.

    `exposure`: factor on the shown thing's brightness; `glare`: 0 (none) to 1 (burnt out) at `glare_at`, as
    shares of the surface, with a radius of `glare_radius` of its width; `noise_sigma`: in grey levels;
    `defocus_sigma_px`: of the blur; `motion_px` along `motion_deg`; `tremor_px`: of the hand.
    """

    seed: int = 0
    exposure: float = 1.0
    defocus_sigma_px: float = 0.7
    motion_px: float = 0.0
    motion_deg: float = 0.0
    noise_sigma: float = 3.0
    glare: float = 0.0
    glare_at: tuple[float, float] = (0.7, 0.25)
    glare_radius: float = 0.12
    tremor_px: float = 1.0


@dataclass(frozen=True, slots=True)
class Crop:
    """A part of a frame: `grey` belongs at column `left`, row `top`."""

    left: int
    top: int
    grey: Grey


def render(background: Grey, shown: Shown, pose: PhonePose, conditions: Conditions, frame_index: int) -> Grey:
    """A frame: `background` (720, 1280) with `shown` before it, and noise. (720, 1280) uint8."""
    frame = background.copy()
    crop = render_crop(background, shown, pose, conditions, frame_index)
    height, width = crop.grey.shape
    frame[crop.top : crop.top + height, crop.left : crop.left + width] = crop.grey
    return with_noise(frame, conditions, frame_index)


def render_empty(background: Grey, conditions: Conditions, frame_index: int) -> Grey:
    """A frame of the room with nobody's code in it, with noise. (720, 1280) uint8."""
    return with_noise(background.copy(), conditions, frame_index)


def render_crop(
    background: Grey, shown: Shown, pose: PhonePose, conditions: Conditions, frame_index: int
) -> Crop:
    """The part of a frame that the shown thing covers, before noise; empty if it is out of view."""
    seen = surface(shown, max(2, round(pose.module_px)))
    homography = _homography(_trembling(pose, conditions, frame_index))
    outline = _projected(seen.outline, homography)
    margin = 2.0 + 3 * conditions.defocus_sigma_px + conditions.motion_px
    left, top, right, bottom = _bounds(outline, margin, background.shape[1], background.shape[0])
    crop = background[top:bottom, left:right].copy()
    if not crop.size:
        return Crop(left, top, crop)
    shift = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1]], np.float64)
    _draw_surface(crop, seen, shift @ homography, outline - np.array((left, top), np.float32))
    _expose(crop, conditions.exposure)
    _glare(crop, seen, shift @ homography, conditions)
    return Crop(left, top, _blurred(crop, conditions))


def _trembling(pose: PhonePose, conditions: Conditions, frame_index: int) -> PhonePose:
    """The pose as a hand holds it at one frame."""
    if not conditions.tremor_px:
        return pose
    x, y, roll = np.random.default_rng((conditions.seed, frame_index)).normal(0.0, conditions.tremor_px, 3)
    return PhonePose(
        module_px=pose.module_px,
        centre=(pose.centre[0] + x / WIDTH_PX, pose.centre[1] + y / HEIGHT_PX),
        yaw_deg=pose.yaw_deg,
        pitch_deg=pose.pitch_deg,
        roll_deg=pose.roll_deg + 0.2 * roll,
    )


def _homography(pose: PhonePose) -> Matrix:
    """From modules on the surface (code's centre at 0, 0) to pixels: K [r1 r2 t] of a pinhole camera."""
    yaw, pitch, roll = np.radians((pose.yaw_deg, pose.pitch_deg, pose.roll_deg))
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    rotation = about_y @ about_x @ about_z
    distance = FOCAL_PX / pose.module_px
    principal = np.array((WIDTH_PX / 2, HEIGHT_PX / 2))
    offset = (np.array(pose.centre) * (WIDTH_PX, HEIGHT_PX) - principal) / pose.module_px
    camera = np.array([[FOCAL_PX, 0, principal[0]], [0, FOCAL_PX, principal[1]], [0, 0, 1]])
    return np.asarray(camera @ np.column_stack((rotation[:, 0], rotation[:, 1], (*offset, distance))))


def _projected(points: Points, homography: Matrix) -> Points:
    return np.asarray(cv2.perspectiveTransform(points[np.newaxis], homography)[0], np.float32)


def _bounds(outline: Points, margin: float, width: int, height: int) -> tuple[int, int, int, int]:
    left, top = np.floor(outline.min(axis=0) - margin).astype(int)
    right, bottom = np.ceil(outline.max(axis=0) + margin).astype(int)
    x0, y0 = min(max(left, 0), width), min(max(top, 0), height)
    return int(x0), int(y0), int(max(x0, min(right, width))), int(max(y0, min(bottom, height)))


def _draw_surface(crop: Grey, seen: Surface, homography: Matrix, outline: Points) -> None:
    fixed_point = np.round(outline * 2**_DRAWING_SHIFT).astype(np.int32)
    cv2.fillPoly(crop, [fixed_point], (seen.body,), cv2.LINE_AA, _DRAWING_SHIFT)
    scale = seen.px_per_module
    x, y = seen.origin_px
    to_modules = np.array([[1 / scale, 0, (0.5 - x) / scale], [0, 1 / scale, (0.5 - y) / scale], [0, 0, 1]])
    cv2.warpPerspective(
        seen.picture,
        homography @ to_modules,
        (crop.shape[1], crop.shape[0]),
        dst=crop,
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_TRANSPARENT,
    )


def _expose(crop: Grey, exposure: float) -> None:
    if exposure != 1.0:
        cv2.convertScaleAbs(crop, dst=crop, alpha=exposure)


def _glare(crop: Grey, seen: Surface, homography: Matrix, conditions: Conditions) -> None:
    """Add a soft round spot, the reflection of a lamp, saturating at white."""
    if not conditions.glare:
        return
    corner, far = seen.outline.min(axis=0), seen.outline.max(axis=0)
    at = corner + (far - corner) * np.array(conditions.glare_at, np.float32)
    reach = np.array((conditions.glare_radius * (far - corner)[0], 0.0), np.float32)
    (x, y), (edge_x, edge_y) = _projected(np.array([at, at + reach], np.float32), homography)
    radius = max(2.0, float(np.hypot(edge_x - x, edge_y - y)))
    column, row = np.arange(crop.shape[1]), np.arange(crop.shape[0])
    falloff_x = np.exp(-(((column - x) / radius) ** 2)).astype(np.float32)
    falloff_y = np.exp(-(((row - y) / radius) ** 2)).astype(np.float32)
    spot = cv2.convertScaleAbs(np.outer(falloff_y, falloff_x), alpha=255.0 * conditions.glare)
    cv2.add(crop, spot, dst=crop)


def _blurred(crop: Grey, conditions: Conditions) -> Grey:
    grey: cv2.typing.MatLike = crop
    if conditions.defocus_sigma_px > 0:
        grey = cv2.GaussianBlur(grey, (0, 0), conditions.defocus_sigma_px)
    if conditions.motion_px >= 1:
        grey = cv2.filter2D(grey, -1, _motion_kernel(conditions.motion_px, conditions.motion_deg))
    return np.asarray(grey, np.uint8)


@lru_cache(maxsize=32)
def _motion_kernel(length_px: float, angle_deg: float) -> npt.NDArray[np.float32]:
    """A line of `length_px` in the direction `angle_deg`, summing to 1."""
    size = int(np.ceil(length_px)) | 1
    kernel = np.zeros((size, size), np.float32)
    centre = (size - 1) / 2
    half = np.array((np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg)))) * (length_px - 1) / 2
    start, end = np.round((centre - half) * 16).astype(int), np.round((centre + half) * 16).astype(int)
    cv2.line(kernel, start.tolist(), end.tolist(), (1.0,), 1, cv2.LINE_8, 4)
    return np.asarray(kernel / kernel.sum(), np.float32)


def with_noise(frame: Grey, conditions: Conditions, frame_index: int) -> Grey:
    """`frame` itself, with sensor noise of `conditions.noise_sigma` added in place."""
    if not conditions.noise_sigma:
        return frame
    brighter, darker = _noise_sheets(round(conditions.noise_sigma, 1))
    random = np.random.default_rng((conditions.seed, frame_index, 1))
    top, left = random.integers(0, _NOISE_REACH_PX, 2)
    height, width = frame.shape
    cv2.add(frame, brighter[top : top + height, left : left + width], dst=frame)
    cv2.subtract(frame, darker[top : top + height, left : left + width], dst=frame)
    return frame


@lru_cache(maxsize=4)
def _noise_sheets(sigma: float) -> tuple[Grey, Grey]:
    """What noise adds and what it takes away, as two sheets: 8-bit saturating sums are the fastest."""
    above, below = _unit_noise()
    scale = sigma / _UNIT_NOISE_LEVELS
    brighter, darker = (cv2.convertScaleAbs(sheet, alpha=scale) for sheet in (above, below))
    return np.asarray(brighter, np.uint8), np.asarray(darker, np.uint8)


@lru_cache(maxsize=1)
def _unit_noise() -> tuple[Grey, Grey]:
    """Gaussian noise above and below zero, `_UNIT_NOISE_LEVELS` grey levels to the standard deviation."""
    shape = (HEIGHT_PX + _NOISE_REACH_PX, WIDTH_PX + _NOISE_REACH_PX)
    noise = np.random.default_rng(720).standard_normal(shape, dtype=np.float32) * _UNIT_NOISE_LEVELS
    return np.clip(noise, 0, 255).astype(np.uint8), np.clip(-noise, 0, 255).astype(np.uint8)


@lru_cache(maxsize=4)
def room(seed: int) -> Grey:
    """The empty room behind the person, (720, 1280) uint8, read-only: wall, floor, window, door."""
    random = np.random.default_rng((seed, 2))
    y, x = np.mgrid[0:HEIGHT_PX, 0:WIDTH_PX].astype(np.float32)
    view = 128 - 30 * (y / HEIGHT_PX) + 22 * np.cos((x - random.uniform(200, 1000)) / 500)
    horizon = int(random.integers(520, 600))
    view[horizon:] *= 0.72
    window = int(random.integers(60, 240))
    cv2.rectangle(view, (window, 70), (window + 260, 330), (196.0,), -1)
    cv2.rectangle(view, (window + 124, 70), (window + 136, 330), (120.0,), -1)
    door = int(random.integers(860, 1010))
    cv2.rectangle(view, (door, 120), (door + 200, horizon + 40), (78.0,), -1)
    cv2.rectangle(view, (door, 120), (door + 200, horizon + 40), (140.0,), 8)
    for size, strength in ((5, 9.0), (40, 4.0), (160, 3.0)):
        cloud = random.normal(0.0, strength, (size, size * 16 // 9)).astype(np.float32)
        view += cv2.resize(cloud, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_CUBIC)
    grey: Grey = np.clip(cv2.GaussianBlur(view, (0, 0), 4.0), 0, 255).astype(np.uint8)
    grey.setflags(write=False)
    return grey
