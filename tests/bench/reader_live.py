"""The reader in real time, and its memory: `python -m tests.bench.reader_live [--quick]`.

- Age: a writer sends 720p motion JPEG at 30 frames a second and marks each frame; who decodes stalls 0.5 s
  now and again. A frame's age is from when it was sent to when its decoding begins.
- Code to event: the simulator's camera and its people's hands, before a poller on its thread.
- Read to sound: a whole gatekeeper; from the scan's event to the sound on its way to the screen.
- Replugged: pulled out for a while and put back with a code before it; from putting it back to the event.
- Memory: one poller, frame after frame, with codes, without, and with codes that stay unread.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

from drivers.camera import Camera, Frame, Grey
from drivers.camera.stream import StreamCamera
from drivers.errors import DeviceUnavailable
from drivers.qr import Decoded, QrDecoder
from drivers.serial_scanner import SerialScanner
from kiosk.clock import SystemClock
from kiosk.core.events import CodeScanned, DeviceFaulted, Event
from kiosk.gatekeeper.clock import TrustedClock
from kiosk.gatekeeper.pollers import AnyPoller, CameraPoller, SerialPoller
from kiosk.gatekeeper.viewfinder import Viewfinder
from kiosk.wire import Message, SoundMessage
from sim.camera import Picture, SimCamera
from sim.optics import Conditions, PhonePose, render, render_empty, room
from sim.phone import PhoneScreen
from sim.scanner import PtyScanner
from tests.bench.figures import Figure, show
from tests.bench.reader_bank import payload_of
from tests.gatekeeper.rig import Rig

AGE_MS, MEDIAN_MS, P95_MS, SOUND_MS = 50.0, 150.0, 400.0, 100.0
REPLUG_S, MEMORY_MIB = 2.0, 5.0
FPS, STALL_S, STALL_EVERY_S = 30.0, 0.5, 2.0
FRAMES, FEW_FRAMES, WARM_UP = 100_000, 4_000, 1_000
PEOPLE, PLUGS = 60, 8
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
MARKS, MARK_PX = 16, 64


def measure(*, few: bool = False) -> list[Figure]:
    """`few`: shorter, and far fewer frames for the memory."""
    return [
        *frame_age(6.0 if few else 20.0),
        *code_to_event(15 if few else PEOPLE),
        read_to_sound(5 if few else 20),
        *replugged(2 if few else PLUGS),
        memory(FEW_FRAMES if few else FRAMES),
    ]


@contextmanager
def on_a_thread(work: Callable[[], object], period_s: float) -> Iterator[None]:
    """As `kiosk.gatekeeper.process` does it."""
    stopping = threading.Event()

    def repeat() -> None:
        while not stopping.is_set():
            work()
            stopping.wait(period_s)

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


def percentile(values: list[float], share: float) -> float:
    return float(np.percentile(values, share))


# -- age of a frame


class _Marked(QrDecoder):
    """Notes when the decoding of each marked frame begins."""

    def __init__(self, sent_s: dict[int, float]) -> None:
        super().__init__()
        self._sent_s = sent_s
        self.ages_ms: list[float] = []

    def decode(self, grey: Grey) -> list[Decoded]:
        mark = round((float(grey[:MARK_PX, :MARK_PX].mean()) - 4) / MARKS)
        self.ages_ms.append(1000 * (time.monotonic() - self._sent_s[mark]))
        return super().decode(grey)


def frame_age(seconds: float) -> list[Figure]:
    sent_s: dict[int, float] = {}
    images = [_marked_image(mark) for mark in range(MARKS)]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path = Path(folder) / "camera"
        os.mkfifo(path)
        camera, clock = StreamCamera(path, time.monotonic), TrustedClock(SystemClock())
        decoder = _Marked(sent_s)
        poller = CameraPoller("camera", lambda: camera, decoder, clock, lambda _: None)
        poller.poll_once()
        stopping = threading.Event()
        writer = threading.Thread(target=_send, args=(path, images, sent_s, stopping))
        writer.start()
        ends_s, stalls_s = time.monotonic() + seconds, time.monotonic() + STALL_EVERY_S
        while time.monotonic() < ends_s:
            poller.poll_once()
            time.sleep(poller.period_s)
            if time.monotonic() >= stalls_s:
                time.sleep(STALL_S)
                stalls_s = time.monotonic() + STALL_EVERY_S
        stopping.set()
        writer.join()
        poller.close()
    ages = decoder.ages_ms
    return [
        Figure(f"age of {len(ages)} frames at decoding, median", statistics.median(ages), "ms"),
        Figure("age, 95th percentile, with stalls of 0.5 s", percentile(ages, 95), "ms", AGE_MS),
    ]


def _marked_image(mark: int) -> bytes:
    frame = render_empty(room(1), Conditions(seed=mark), mark)
    frame[:MARK_PX, :MARK_PX] = 4 + mark * MARKS
    return cv2.imencode(".jpg", frame)[1].tobytes()


def _send(path: Path, images: list[bytes], sent_s: dict[int, float], stopping: threading.Event) -> None:
    with path.open("wb", buffering=0) as stream:
        due_s, index = time.monotonic(), 0
        while not stopping.is_set():
            mark = index % MARKS
            sent_s[mark] = time.monotonic()
            image = memoryview(images[mark])
            while image:
                image = image[stream.write(image) or 0 :]
            index += 1
            due_s += 1 / FPS
            stopping.wait(max(0.0, due_s - time.monotonic()))


# -- code to event


class _Stage:
    """Somebody holds up a code, and takes it away."""

    def __init__(self) -> None:
        self.picture: Picture | None = None

    def picture_at(self, _at_s: float, /) -> Picture | None:
        return self.picture

    def next_change_at(self, _at_s: float, /) -> float:
        return float("inf")


def code_to_event(people: int) -> list[Figure]:
    random = np.random.default_rng(8)
    stage, seen = _Stage(), threading.Event()
    scans: list[float] = []

    def post(event: Event) -> None:
        if isinstance(event, CodeScanned):
            scans.append(time.monotonic())
            seen.set()

    camera, clock = SimCamera(stage, time.monotonic), TrustedClock(SystemClock())
    poller = CameraPoller("camera", lambda: camera, QrDecoder(), clock, post, Viewfinder(lambda _: None))
    took_ms: list[float] = []
    with on_a_thread(poller.poll_once, poller.period_s):
        for person in range(people):
            time.sleep(float(random.uniform(0.1, 0.4)))
            seen.clear()
            stage.picture = _held_up(person, random)
            began_s = stage.picture.since_s
            took_ms.append(1000 * (scans[-1] - began_s) if seen.wait(2.0) else 2000.0)
            stage.picture = None
    poller.close()
    return [
        Figure(f"code in view to event, median of {people}", statistics.median(took_ms), "ms", MEDIAN_MS),
        Figure("code in view to event, 95th percentile", percentile(took_ms, 95), "ms", P95_MS),
    ]


def _held_up(person: int, random: np.random.Generator) -> Picture:
    """As the simulator's people do (`sim.world`), but from farther away as well."""
    pose = PhonePose(
        module_px=random.uniform(2.8, 5.4),
        yaw_deg=random.uniform(-14, 14),
        pitch_deg=random.uniform(-10, 10),
        roll_deg=random.uniform(-8, 8),
    )
    conditions = Conditions(
        seed=person,
        defocus_sigma_px=random.uniform(0.3, 0.9),
        noise_sigma=random.uniform(1.5, 4.0),
        glare=random.uniform(0.0, 0.4),
    )
    return Picture(PhoneScreen(payload_of(11, person % 8)), pose, conditions, time.monotonic())


# -- read to sound


def read_to_sound(reads: int) -> Figure:
    took_ms: list[float] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        rig = _Listening(Path(folder) / "kiosk")
        rig.start()
        for number in range(reads):
            rig.heard_s = 0.0
            began_s = time.perf_counter()
            rig.kiosk.post(CodeScanned(rig.kiosk.clock.instant(), "gate-camera", b"NO PASS %d" % number, "x"))
            rig.kiosk.loop.drain()
            took_ms.append(1000 * (rig.heard_s - began_s))
            rig.run(6.0)
        rig.stop()
    return Figure(f"read to sound, worst of {reads}", max(took_ms), "ms", SOUND_MS)


class _Listening(Rig):
    """Notes when the first sound went out to the screen since it was last forgotten."""

    heard_s = 0.0

    def _publish(self, message: Message) -> None:
        if isinstance(message, SoundMessage):
            self.heard_s = self.heard_s or time.perf_counter()
        super()._publish(message)


# -- pulled out and put back


def replugged(times: int) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        serial = _serial_replugged(Path(folder) / "scanner", times)
    return [
        Figure(f"camera, replugged to read, worst of {times}", max(_camera_replugged(times)), "s", REPLUG_S),
        Figure(f"scanner, replugged to read, worst of {times}", max(serial), "s", REPLUG_S),
    ]


class _Outage:
    """Events as they matter here."""

    def __init__(self) -> None:
        self.read, self.lost = threading.Event(), threading.Event()

    def post(self, event: Event) -> None:
        if isinstance(event, CodeScanned):
            self.read.set()
        elif isinstance(event, DeviceFaulted):
            self.lost.set()

    def timed(self, put_back: Callable[[], None], show_again: Callable[[], None]) -> float:
        """Seconds from putting it back until a code is read that is shown ten times a second."""
        if not self.lost.wait(5.0):
            raise DeviceUnavailable("It is pulled out, and nobody has noticed.")
        self.lost.clear()
        self.read.clear()
        began_s = time.monotonic()
        put_back()
        while not self.read.wait(0.1) and time.monotonic() < began_s + 10.0:
            show_again()
        return time.monotonic() - began_s


def _camera_replugged(times: int) -> list[float]:
    random, stage, outage = np.random.default_rng(9), _Stage(), _Outage()
    stage.picture = _held_up(1, random)
    camera, clock = SimCamera(stage, time.monotonic), TrustedClock(SystemClock())
    made: Callable[[], Camera] = lambda: camera  # noqa: E731 - typed
    poller = CameraPoller("camera", made, QrDecoder(), clock, outage.post)

    def put_back() -> None:
        camera.unplugged = False

    with on_a_thread(poller.poll_once, poller.period_s):
        return [_pulled(outage, camera, put_back, random) for _ in range(times)]


def _pulled(
    outage: _Outage, camera: SimCamera, put_back: Callable[[], None], random: np.random.Generator
) -> float:
    camera.unplugged = True
    time.sleep(float(random.uniform(0.2, 1.4)))
    return outage.timed(put_back, lambda: None)


def _serial_replugged(link: Path, times: int) -> list[float]:
    random, outage = np.random.default_rng(10), _Outage()
    clock = TrustedClock(SystemClock())
    took_s = []
    with PtyScanner(link) as hand:
        poller: AnyPoller = SerialPoller(
            "scanner", lambda: SerialScanner(str(link), 115_200, time.monotonic), clock, outage.post
        )

        with on_a_thread(poller.poll_once, poller.period_s):
            for _ in range(times):
                time.sleep(0.2)
                hand.unplug()
                time.sleep(float(random.uniform(0.2, 1.4)))
                took_s.append(outage.timed(hand.replug, lambda: hand.scan(b"HP1:AGAIN")))
        poller.close()
    return took_s


# -- memory


class _Carousel:
    """The same frames again and again, at 30 a second of a clock of its own."""

    def __init__(self, frames: list[Grey]) -> None:
        self._frames = frames
        self._taken = 0

    def mono(self) -> float:
        return self._taken / FPS

    def open(self) -> None:
        pass

    def latest(self) -> Frame | None:
        self._taken += 1
        return Frame(self.mono(), self._frames[(self._taken // 5) % len(self._frames)].copy())

    def close(self) -> None:
        pass


class _CarouselClock(SystemClock):
    def __init__(self, carousel: _Carousel) -> None:
        self._carousel = carousel

    def mono(self) -> float:
        return self._carousel.mono()


def memory(frames: int) -> Figure:
    carousel = _Carousel([_half_size(index) for index in range(24)])
    finder = Viewfinder(lambda _: None)
    clock = TrustedClock(_CarouselClock(carousel))
    poller = CameraPoller("camera", lambda: carousel, QrDecoder(), clock, lambda _: None, finder)
    for _ in range(WARM_UP):
        poller.poll_once()
    before = _resident_bytes()
    for _ in range(frames):
        poller.poll_once()
    grown = (_resident_bytes() - before) / 2**20
    return Figure(f"memory after {frames} frames", grown, "MiB", MEMORY_MIB)


def _half_size(index: int) -> Grey:
    """640 x 360: a code, an empty room, a code that cannot be read, by turns."""
    random = np.random.default_rng(index)
    pose = PhonePose(module_px=float(random.uniform(4, 6)), roll_deg=float(random.uniform(-20, 20)))
    blur = (0.7, 0.7, 6.0)[index % 3]
    shown = PhoneScreen(payload_of(10, index % 4))
    conditions = Conditions(seed=index, defocus_sigma_px=blur)
    frame = render_empty(room(1), conditions, index) if index % 3 == 1 else None
    if frame is None:
        frame = render(room(1), shown, pose, conditions, index)
    return np.asarray(cv2.resize(frame, (640, 360), interpolation=cv2.INTER_AREA), np.uint8)


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE_BYTES


if __name__ == "__main__":
    sys.exit(not show("Reader in real time", measure(few="--quick" in sys.argv[1:])))
