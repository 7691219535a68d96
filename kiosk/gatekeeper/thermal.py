"""The thermal poller: sensor frames to readings of the person whose passage is being sampled.

Only frames whose light is wholly from after the start of sampling count: a
frame is two subpages, so the first one after the start may still hold half of
the last person. Every frame goes to the screen as a picture.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from calibration.fusion import Fusion
from calibration.reading import Missing, NoReading, Reading
from calibration.record import CalibrationRecord
from drivers.mlx90640 import Mlx90640, ThermalFrame
from kiosk.core.events import ThermalSampled
from kiosk.gatekeeper.clock import TrustedClock
from kiosk.gatekeeper.device_state import DeviceState, Post
from kiosk.gatekeeper.pollers import Poller
from kiosk.wire import ThermalPicture

FUSION_WINDOW_S = 2.0
PICTURE_LOW_CELSIUS, PICTURE_HIGH_CELSIUS = 18.0, 40.0


class _Sampling:
    """One passage's measurement."""

    def __init__(self, passage_id: int, started_s: float, fusion: Fusion) -> None:
        self.passage_id = passage_id
        self.started_s = started_s
        self.fusion = fusion
        self.said: Missing | None = None
        self.finished = False


class ThermalPoller(Poller[Mlx90640]):
    """Reads the sensor at its own rate while sampling, at `idle_hz` otherwise."""

    def __init__(
        self,
        name: str,
        make: Callable[[], Mlx90640],
        clock: TrustedClock,
        post: Post,
        publish: Callable[[ThermalPicture], None],
        *,
        record: CalibrationRecord | None,
        frames: int,
        refresh_hz: int,
        idle_hz: float,
    ) -> None:
        super().__init__(name, make, clock, post)
        self._publish = publish
        self._record = self._fitting_record = record
        self._calibration = DeviceState("calibration", clock, post)
        self._frames = frames
        self._refresh_hz = refresh_hz
        self._frame_period_s = 2.0 / refresh_hz
        self._idle_period_s = 1.0 / idle_hz
        self._idle_until_s = 0.0
        self._sampling: _Sampling | None = None

    @property
    def is_sampling(self) -> bool:
        sampling = self._sampling
        return sampling is not None and not sampling.finished

    @property
    def idle_until_s(self) -> float:
        """Until when an idle sensor is left alone (monotonic seconds)."""
        return self._idle_until_s

    def start(self, passage_id: int) -> None:
        window_s = max(FUSION_WINDOW_S, (self._frames + 1) * self._frame_period_s)
        fusion = Fusion(frames=self._frames, window_s=window_s, refresh_hz=self._refresh_hz)
        self._sampling = _Sampling(passage_id, self._clock.mono(), fusion)

    def stop(self, passage_id: int) -> None:
        sampling = self._sampling
        if sampling is not None and sampling.passage_id == passage_id:
            self._sampling = None

    def poll_once(self) -> None:
        if self.is_sampling or self._clock.mono() >= self._idle_until_s:
            super().poll_once()

    def _opened(self, device: Mlx90640) -> None:
        """A record speaks for one sensor only; with another one the readings are uncalibrated."""
        self._fitting_record = self._record
        if self._record is not None and self._record.sensor_serial != device.serial_number:
            self._fitting_record = None
            self._calibration.lost(
                f"the calibration record is of sensor {self._record.sensor_serial}, and this one is "
                f"{device.serial_number}; run kiosk-calibrate blackbody"
            )
        elif self._record is not None:
            self._calibration.works()

    def _read(self, device: Mlx90640) -> bool:
        frame = device.read_if_ready()
        if frame is None:
            return False
        if not self.is_sampling:
            self._idle_until_s = self._clock.mono() + self._idle_period_s
        self._publish(picture_of(frame))
        sampling = self._sampling
        if sampling is not None and not sampling.finished and frame.oldest_at_s >= sampling.started_s:
            self._measure(sampling, frame)
        return True

    def _measure(self, sampling: _Sampling, frame: ThermalFrame) -> None:
        sampling.fusion.add(frame)
        reading = sampling.fusion.reading(self._fitting_record)
        if isinstance(reading, Reading):
            sampling.finished = True
            self._post(ThermalSampled(self._clock.instant(), sampling.passage_id, reading))
        elif isinstance(reading, NoReading) and reading.missing is not sampling.said:
            sampling.said = reading.missing
            self._post(ThermalSampled(self._clock.instant(), sampling.passage_id, reading))


def picture_of(frame: ThermalFrame) -> ThermalPicture:
    """A frame for the eye: 8 bits between two fixed temperatures."""
    span = PICTURE_HIGH_CELSIUS - PICTURE_LOW_CELSIUS
    scaled = (np.nan_to_num(frame.celsius, nan=PICTURE_LOW_CELSIUS) - PICTURE_LOW_CELSIUS) * (255.0 / span)
    pixels = np.clip(scaled, 0, 255).astype(np.uint8)
    return ThermalPicture(PICTURE_LOW_CELSIUS, PICTURE_HIGH_CELSIUS, pixels.tobytes().hex())
