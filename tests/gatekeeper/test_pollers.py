"""Pollers over simulated cameras, a real pseudo-terminal and simulated pins."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterator
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from drivers.camera import STALL_S, Frame
from drivers.errors import DeviceStalled, DeviceUnavailable
from drivers.keyboard_wedge import KeyboardWedge
from drivers.qr import QrDecoder
from drivers.serial_scanner import SerialScanner
from kiosk.core.events import (
    CodeScanned,
    CodeUnread,
    DeviceFaulted,
    DeviceReconnecting,
)
from kiosk.core.view import CodeHint
from kiosk.gatekeeper.pollers import STALE_FRAME_S, CameraPoller, KeyboardPoller, SerialPoller
from kiosk.gatekeeper.viewfinder import Viewfinder
from kiosk.wire import CAMERA_COLUMNS, CAMERA_ROWS, CameraPicture
from sim.camera import Picture, SimCamera
from sim.optics import Conditions, PhonePose, render, room
from sim.phone import PhoneScreen
from sim.scanner import PtyScanner
from tests.gatekeeper.inbox import Posted

TEXT = "HP1:SHOWN TO THE CAMERA"
LONG = "HP1:" + "6BFOXN%TS3DHPVO13J /G-/2YRVA.Q/R8JRRYS*" * 8
Grey = npt.NDArray[np.uint8]


class Scene:
    """What is held before the camera now."""

    def __init__(self) -> None:
        self.picture: Picture | None = None

    def picture_at(self, _at_s: float, /) -> Picture | None:
        return self.picture

    def next_change_at(self, _at_s: float, /) -> float:
        return float("inf")


class Reel:
    """A camera that gives the frames it was handed, as late as it was told to."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []

    def open(self) -> None:
        self.frames.clear()

    def latest(self) -> Frame | None:
        return self.frames.pop(0) if self.frames else None

    def close(self) -> None:
        pass


def code_on(text: str) -> Grey:
    picture = render(room(0), PhoneScreen(text), PhonePose(module_px=5), Conditions(), 0)
    return np.asarray(picture, np.uint8)


@pytest.fixture
def posted() -> Posted:
    return Posted()


@pytest.fixture
def reel() -> Reel:
    return Reel()


@pytest.fixture
def poller(reel: Reel, posted: Posted) -> CameraPoller:
    poller = CameraPoller("gate-camera", lambda: reel, QrDecoder(), posted.clock, posted.post)
    poller.poll_once()
    return poller


def test_a_code_before_the_camera_is_posted_with_its_reader_and_its_decoder(posted: Posted) -> None:
    scene = Scene()
    camera = SimCamera(scene, posted.time.mono)
    poller = CameraPoller("gate-camera", lambda: camera, QrDecoder(), posted.clock, posted.post)
    posted.poll(poller.poll_once, 0.5)
    assert posted.events == []
    scene.picture = Picture(
        PhoneScreen(TEXT), PhonePose(module_px=5), Conditions(noise_sigma=2.0), posted.time.mono()
    )
    posted.poll(poller.poll_once, 0.35)
    scans = posted.of(CodeScanned)
    assert {(scan.source, scan.payload) for scan in scans} == {("gate-camera", TEXT.encode())}
    assert scans[0].decoder.startswith("zxing")
    assert 3 <= len(scans) <= 4, "one for each frame, and not for each poll"


def test_a_frame_that_is_stale_is_dropped(poller: CameraPoller, reel: Reel, posted: Posted) -> None:
    grey = code_on(TEXT)
    posted.time.advance_to(10.0)
    reel.frames = [Frame(10.0 - STALE_FRAME_S - 0.01, grey)]
    poller.poll_once()
    assert posted.events == []
    reel.frames = [Frame(10.0 - STALE_FRAME_S + 0.01, grey)]
    poller.poll_once()
    assert len(posted.of(CodeScanned)) == 1


def test_two_codes_in_view_are_nobody_s(poller: CameraPoller, reel: Reel, posted: Posted) -> None:
    both = np.concatenate([code_on(TEXT), code_on("HP1:HIS NEIGHBOUR")], axis=1)
    assert len(QrDecoder().decode(both)) == 2
    reel.frames = [Frame(0.0, both)]
    poller.poll_once()
    assert posted.of(CodeScanned) == []
    assert [unread.hint for unread in posted.of(CodeUnread)] == [CodeHint.ONE_CODE]


def test_one_code_that_is_seen_twice_is_one_code(poller: CameraPoller, reel: Reel, posted: Posted) -> None:
    reel.frames = [Frame(0.0, np.concatenate([code_on(TEXT), code_on(TEXT)], axis=1))]
    poller.poll_once()
    assert [type(event) for event in posted.events] == [CodeScanned]


def test_a_scan_says_where_in_the_picture_the_code_was(
    poller: CameraPoller, reel: Reel, posted: Posted
) -> None:
    reel.frames = [Frame(0.0, code_on(TEXT))]
    poller.poll_once()
    (scan,) = posted.of(CodeScanned)
    assert scan.quad is not None
    assert np.hypot(*(np.mean(scan.quad, axis=0) - (640, 324))) < 20


def blurred(text: str, module_px: float, conditions: Conditions) -> Grey:
    shown = PhoneScreen(text, level="L")
    return np.asarray(render(room(0), shown, PhonePose(module_px=module_px), conditions, 0), np.uint8)


UNREADABLE = [
    (CodeHint.CLOSER, blurred(LONG, 1.7, Conditions(defocus_sigma_px=0.9))),
    (CodeHint.HOLD_STILL, blurred(LONG, 4.0, Conditions(defocus_sigma_px=2.5))),
    (CodeHint.TILT_OR_DIM, blurred(LONG, 4.0, Conditions(glare=1.0, glare_radius=0.3, glare_at=(0.5, 0.45)))),
]


@pytest.mark.parametrize(("hint", "grey"), UNREADABLE, ids=[hint for hint, _ in UNREADABLE])
def test_a_code_that_stays_unread_is_helped_after_the_decoder_has_tried_everything(
    poller: CameraPoller, reel: Reel, posted: Posted, hint: CodeHint, grey: Grey
) -> None:
    def showing() -> None:
        reel.frames = [Frame(posted.time.mono(), grey)]
        poller.poll_once()

    posted.poll(showing, 0.4)
    assert posted.events == []
    posted.poll(showing, 1.6)
    assert posted.of(CodeScanned) == []
    assert {unread.hint for unread in posted.of(CodeUnread)} == {hint}
    assert 3 <= len(posted.events) <= 6, "some three a second"


def test_once_a_code_is_read_nothing_is_said_of_the_frames_before(
    poller: CameraPoller, reel: Reel, posted: Posted
) -> None:
    def showing(grey: Grey) -> None:
        reel.frames = [Frame(posted.time.mono(), grey)]
        poller.poll_once()

    posted.poll(lambda: showing(UNREADABLE[1][1]), 0.35)
    posted.poll(lambda: showing(code_on(TEXT)), 0.1)
    posted.poll(lambda: showing(UNREADABLE[1][1]), 0.35)
    assert {type(event) for event in posted.events} == {CodeScanned}


def test_the_view_finder_gets_the_camera_s_picture_some_eight_times_a_second(
    reel: Reel, posted: Posted
) -> None:
    pictures: list[CameraPicture] = []
    finder = Viewfinder(pictures.append)
    poller = CameraPoller("gate-camera", lambda: reel, QrDecoder(), posted.clock, posted.post, finder)
    poller.poll_once()
    grey = np.zeros((720, 1280), np.uint8)
    grey[:, :640] = 200

    def showing() -> None:
        reel.frames = [Frame(posted.time.mono(), grey)]
        poller.poll_once()

    posted.poll(showing, 1.0)
    assert 7 <= len(pictures) <= 9
    small = np.frombuffer(b64decode(pictures[0].pixels), np.uint8).reshape(CAMERA_ROWS, CAMERA_COLUMNS)
    assert (small[:, :79] == 200).all()
    assert (small[:, 81:] == 0).all()


class Typist:
    """A wedge that gives what it is told to."""

    def __init__(self) -> None:
        self.codes: list[bytes] = []
        self.torn = 0

    def open(self) -> None:
        pass

    def poll_once(self) -> bytes | None:
        return self.codes.pop(0) if self.codes else None

    def close(self) -> None:
        pass


def test_what_a_keyboard_scanner_typed_is_posted_and_a_torn_scan_is_asked_for_again(posted: Posted) -> None:
    typist = Typist()
    make = cast("Callable[[], KeyboardWedge]", lambda: typist)
    poller = KeyboardPoller("desk", make, posted.clock, posted.post)
    poller.poll_once()
    typist.codes = [TEXT.encode()]
    poller.poll_once()
    typist.torn += 1
    poller.poll_once()
    poller.poll_once()
    scan, unread = posted.events
    assert isinstance(scan, CodeScanned)
    assert (scan.source, scan.payload, scan.decoder) == ("desk", TEXT.encode(), "keyboard")
    assert isinstance(unread, CodeUnread)
    assert unread.hint is CodeHint.SCAN_AGAIN


def test_a_frame_without_a_code_posts_nothing(poller: CameraPoller, reel: Reel, posted: Posted) -> None:
    reel.frames = [Frame(0.0, np.asarray(cv2.GaussianBlur(code_on(TEXT), (0, 0), 15), np.uint8))]
    poller.poll_once()
    assert posted.events == []


def test_a_camera_is_said_once_when_it_is_pulled_out_and_once_when_it_is_back(posted: Posted) -> None:
    camera = SimCamera(Scene(), posted.time.mono)
    poller = CameraPoller("gate-camera", lambda: camera, QrDecoder(), posted.clock, posted.post)
    posted.poll(poller.poll_once, 0.5)
    camera.unplugged = True
    posted.poll(poller.poll_once, 10.0)
    camera.unplugged = False
    posted.poll(poller.poll_once, 2.0)
    assert posted.states() == ["-gate-camera", "+gate-camera"]


class StalledCamera:
    """It can always be opened, and gives frames only while `sends`."""

    def __init__(self, posted: Posted) -> None:
        self._now = posted.time.mono
        self._last_s = 0.0
        self.sends = True
        self.opened = 0

    def open(self) -> None:
        self.opened += 1
        self._last_s = self._now()

    def latest(self) -> Frame | None:
        if self.sends:
            self._last_s = self._now()
            return Frame(self._last_s, np.zeros((48, 64), np.uint8))
        if self._now() - self._last_s > STALL_S:
            raise DeviceStalled("The camera has sent no picture.")
        return None

    def close(self) -> None:
        self._last_s = 0.0


def test_a_stalled_camera_that_can_be_opened_again_and_again_is_one_fault_until_a_frame_comes(
    posted: Posted,
) -> None:
    camera = StalledCamera(posted)
    poller = CameraPoller("gate-camera", lambda: camera, QrDecoder(), posted.clock, posted.post)
    posted.poll(poller.poll_once, 0.1)
    camera.sends = False
    posted.poll(poller.poll_once, 20.0)
    assert camera.opened > 5
    assert posted.states() == ["-gate-camera"]
    assert len(posted.of(DeviceReconnecting)) == 1, "said once, though it is opened again and again"
    camera.sends = True
    posted.poll(poller.poll_once, 4.0)
    assert posted.states() == ["-gate-camera", "+gate-camera"]


class Fragile:
    """A camera that fails half-way through its opening, and wants to be closed all the same."""

    alive = 0

    def open(self) -> None:
        Fragile.alive += 1
        raise DeviceUnavailable("in use by another program")

    def latest(self) -> Frame | None:
        raise AssertionError

    def close(self) -> None:
        Fragile.alive -= 1


def test_a_device_that_fails_half_way_through_its_opening_is_closed(posted: Posted) -> None:
    poller = CameraPoller("gate-camera", Fragile, QrDecoder(), posted.clock, posted.post)
    posted.poll(poller.poll_once, 5.0)
    assert Fragile.alive == 0
    assert posted.states() == ["-gate-camera"]


def test_a_camera_whose_name_means_nothing_is_a_fault_and_no_crash(posted: Posted) -> None:
    def make() -> SimCamera:
        raise DeviceUnavailable("'nonsense' is no camera")

    CameraPoller("gate-camera", make, QrDecoder(), posted.clock, posted.post).poll_once()
    assert posted.of(DeviceFaulted)[0].detail == "'nonsense' is no camera"


@pytest.fixture
def hand() -> Iterator[PtyScanner]:
    with PtyScanner() as hand:
        yield hand


def test_a_scanner_s_code_is_posted_whole(hand: PtyScanner, posted: Posted) -> None:
    poller = SerialPoller(
        "exit", lambda: SerialScanner(hand.path, 115_200, posted.time.mono), posted.clock, posted.post
    )
    poller.poll_once()
    hand.scan(TEXT.encode())
    posted.poll(poller.poll_once, 0.1)
    poller.close()
    (scan,) = posted.of(CodeScanned)
    assert (scan.source, scan.payload, scan.decoder) == ("exit", TEXT.encode(), "serial")


def test_a_scanner_that_is_not_there_is_said_once_with_its_path(posted: Posted) -> None:
    poller = SerialPoller(
        "exit", lambda: SerialScanner("/dev/ttyNONE", 115_200, posted.time.mono), posted.clock, posted.post
    )
    posted.poll(poller.poll_once, 5.0)
    assert posted.states() == ["-exit"]
    assert "/dev/ttyNONE" in posted.of(DeviceFaulted)[0].detail
