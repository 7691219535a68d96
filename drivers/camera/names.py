"""A camera by the name that stands in site.toml."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from pathlib import Path
from typing import cast

from drivers.camera.files import FileCamera, FolderCamera
from drivers.camera.frame import ENTRY_POINTS, Camera
from drivers.camera.picamera import PiCamera
from drivers.camera.stream import StreamCamera
from drivers.camera.v4l2 import V4L2Camera
from drivers.errors import DeviceUnavailable

_KNOWN = ("/dev/videoN", "picamera:N", "folder:PATH", "file:PATH", "mjpeg:PATH")


def open_camera(name: str, now: Callable[[], float]) -> Camera:
    """The camera of that name (see the folder's docstring), not yet opened, so that it can be tried again.

    Raises:
        DeviceUnavailable: the name means nothing.
    """
    if name.startswith("/dev/"):
        return V4L2Camera(name, now)
    scheme, colon, rest = name.partition(":")
    if colon and scheme == "picamera":
        return PiCamera(rest, now)
    if colon and scheme in ("folder", "file", "mjpeg"):
        return _from_files(scheme, Path(rest), now)
    points = importlib.metadata.entry_points(group=ENTRY_POINTS)
    if colon and scheme in points.names:
        factory = cast("Callable[[str, Callable[[], float]], Camera]", points[scheme].load())
        return factory(rest, now)
    known = ", ".join([*_KNOWN, *sorted(f"{known}:…" for known in points.names)])
    raise DeviceUnavailable(f"{name!r} is no camera: give one of {known} in site.toml.")


def left_to_itself(camera: Camera) -> Camera:
    """The same camera, not yet open, exposing as it likes; one whose exposure nobody steers is as it was."""
    if isinstance(camera, V4L2Camera | PiCamera):
        camera.alternate = False
    return camera


def _from_files(scheme: str, path: Path, now: Callable[[], float]) -> Camera:
    match scheme:
        case "folder":
            return FolderCamera(path, now)
        case "file":
            return FileCamera(path, now)
        case _:
            return StreamCamera(path, now)
