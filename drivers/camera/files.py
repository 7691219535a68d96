"""Pictures and films from files, for simulation and tests."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from drivers.camera.frame import Frame, Grey, grey_of, opencv_silenced
from drivers.errors import DeviceUnavailable

IMAGE_SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".pgm", ".webp", ".tif", ".tiff"})

_DEFAULT_FPS: Final = 10.0


class FolderCamera:
    """The images of a folder, in the order of their names, over and over.

    No image is skipped, however late it is asked for; a new one is due every 1 / `fps` seconds.
    """

    def __init__(self, folder: Path, now: Callable[[], float], *, fps: float = _DEFAULT_FPS) -> None:
        self._folder = folder
        self._now = now
        self._interval_s = 1.0 / fps
        self._files: list[Path] = []
        self._taken = 0
        self._due_s = 0.0

    def open(self) -> None:
        try:
            files = sorted(f for f in self._folder.iterdir() if f.suffix.lower() in IMAGE_SUFFIXES)
        except OSError as error:
            raise DeviceUnavailable(
                f"The camera's image folder {self._folder} cannot be read ({error.strerror}): "
                "check the camera's name in site.toml."
            ) from error
        if not files:
            raise DeviceUnavailable(f"The camera's image folder {self._folder} holds no images: add some.")
        self._files, self._taken, self._due_s = files, 0, self._now()

    def latest(self) -> Frame | None:
        if not self._files:
            raise DeviceUnavailable(f"The camera's image folder {self._folder} is not open.")
        at_s = self._now()
        if at_s < self._due_s:
            return None
        file = self._files[self._taken % len(self._files)]
        self._taken += 1
        self._due_s = at_s + self._interval_s
        return Frame(at_s, _load(file))

    def close(self) -> None:
        self._files = []


class FileCamera:
    """One image again and again, or a film at its own pace, from its beginning when it is over.

    Frames of a film that were not asked for in time are skipped, as with any camera.
    """

    def __init__(self, file: Path, now: Callable[[], float]) -> None:
        self._file = file
        self._now = now
        self._film: cv2.VideoCapture | None = None
        self._image: Grey | None = None
        self._interval_s = 1.0 / _DEFAULT_FPS
        self._began_s = 0.0
        self._shown = -1

    def open(self) -> None:
        if not self._file.is_file():
            raise DeviceUnavailable(
                f"There is no file {self._file} for the camera: check the camera's name in site.toml."
            )
        self._began_s, self._shown = self._now(), -1
        if self._file.suffix.lower() in IMAGE_SUFFIXES:
            self._image = _load(self._file)
            return
        with opencv_silenced():
            film = cv2.VideoCapture(str(self._file))
            rate = film.get(cv2.CAP_PROP_FPS)
            if not film.isOpened():
                raise DeviceUnavailable(f"{self._file} is neither an image nor a film: give another one.")
        self._film = film
        self._interval_s = 1.0 / (rate if math.isfinite(rate) and 0.1 <= rate <= 240 else _DEFAULT_FPS)

    def latest(self) -> Frame | None:
        if self._image is None and self._film is None:
            raise DeviceUnavailable(f"The camera's file {self._file} is not open.")
        due = int((self._now() - self._began_s) / self._interval_s + 1e-6)
        if due <= self._shown:
            return None
        picture = self._image if self._film is None else self._turned_to(self._film, due)
        self._shown = due
        return Frame(self._began_s + due * self._interval_s, picture) if picture is not None else None

    def close(self) -> None:
        film, self._film, self._image = self._film, None, None
        if film is not None:
            film.release()

    def _turned_to(self, film: cv2.VideoCapture, due: int) -> Grey:
        while self._shown < due - 1 and film.grab():
            self._shown += 1
        read, picture = film.read()
        if not read:  # it is over
            film.set(cv2.CAP_PROP_POS_FRAMES, 0)
            read, picture = film.read()
        if not read or picture is None:
            raise DeviceUnavailable(f"The film {self._file} cannot be read: give another one.")
        return grey_of(picture)


def _load(file: Path) -> Grey:
    with opencv_silenced():
        picture = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise DeviceUnavailable(f"{file} is not an image: take it out of the camera's folder.")
    return np.asarray(picture, np.uint8)
