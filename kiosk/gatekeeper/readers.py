"""The poller of each reader that stands in site.toml."""

from __future__ import annotations

from collections.abc import Callable

from drivers.camera import Camera, left_to_itself
from drivers.keyboard_wedge import KeyboardWedge
from drivers.qr import QrDecoder
from drivers.serial_scanner import SerialScanner
from kiosk.config import Exposure, ReaderConfig, ReaderKind, Site
from kiosk.gatekeeper.clock import TrustedClock
from kiosk.gatekeeper.device_state import Post
from kiosk.gatekeeper.pollers import AnyPoller, CameraPoller, KeyboardPoller, SerialPoller
from kiosk.gatekeeper.viewfinder import Viewfinder
from kiosk.wire import CameraPicture

OpenCamera = Callable[[str, Callable[[], float]], Camera]


def reader_pollers(
    site: Site,
    open_camera: OpenCamera,
    clock: TrustedClock,
    post: Post,
    publish: Callable[[CameraPicture], None],
) -> list[AnyPoller]:
    """All of them. `publish` takes what the first camera of each lane sees, for the eye."""
    finders = {
        camera.id: Viewfinder(publish, lane.lane)
        for lane in site.lane_parts
        for camera in [each for each in site.readers_of(lane.lane) if each.kind is ReaderKind.CAMERA][:1]
    }
    return [
        reader_poller(config, open_camera, clock, post, finders.get(config.id)) for config in site.readers
    ]


def reader_poller(
    config: ReaderConfig,
    open_camera: OpenCamera,
    clock: TrustedClock,
    post: Post,
    viewfinder: Viewfinder | None,
) -> AnyPoller:
    """`viewfinder` shows what a camera sees; None where another camera's picture is shown."""
    match config.kind:
        case ReaderKind.SERIAL:
            return SerialPoller(
                config.id, lambda: SerialScanner(config.device, config.baud, clock.mono), clock, post
            )
        case ReaderKind.KEYBOARD:
            return KeyboardPoller(config.id, lambda: KeyboardWedge(config.device, clock.mono), clock, post)
        case ReaderKind.CAMERA:
            decoder = QrDecoder(linear=config.linear_codes)
            return CameraPoller(
                config.id, _camera(config, open_camera, clock), decoder, clock, post, viewfinder
            )


def _camera(config: ReaderConfig, open_camera: OpenCamera, clock: TrustedClock) -> Callable[[], Camera]:
    def make() -> Camera:
        camera = open_camera(config.device, clock.mono)
        return left_to_itself(camera) if config.exposure is Exposure.CAMERA else camera

    return make
