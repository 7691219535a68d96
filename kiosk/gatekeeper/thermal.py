"""The thermal poller: sensor frames to readings of the person whose passage is being sampled.

- Frames whose light is wholly from after the start of sampling count: a frame
  is two subpages, so the first one after the start may still hold half of the
  last person. Earlier ones count with them where they can be of nobody else
  (`kiosk.gatekeeper.approach`); at least one is from after the start.
- A frame with faults is reported, and nothing is measured with it. The sensor
  counts as working again when its frames have been sound for half a second.
- Every sound frame says how warm the sensor is and, where a blackbody stands
  in the picture, how far its numbers are off; and it goes to the screen.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from calibration.calibration_of_site import Calibration
from calibration.fusion import Fusion
from calibration.oral import PUBLISHED, OralModel
from calibration.reading import Missing, NoReading, Reading
from calibration.record import CalibrationRecord
from calibration.reference import BlackbodyReference, ReferenceTracker
from calibration.warm_up import WarmUp
from drivers.mlx90640 import Mlx90640, ThermalFrame
from kiosk.core.devices import device_in
from kiosk.core.events import ThermalSampled
from kiosk.gatekeeper.approach import Approach
from kiosk.gatekeeper.clock import TrustedClock
from kiosk.gatekeeper.device_state import DeviceState, Post
from kiosk.gatekeeper.face_watch import FaceWatch
from kiosk.gatekeeper.pollers import Poller
from kiosk.gatekeeper.warming import Warming
from kiosk.wire import ThermalPicture

FUSION_WINDOW_S = 2.0
SOUND_AGAIN_S = 0.5
BLACKBODY_GRACE_S = 60.0
PICTURE_LOW_CELSIUS, PICTURE_HIGH_CELSIUS = 18.0, 40.0


@dataclass(frozen=True, slots=True)
class Measuring:
    """How a site measures. `watches_faces`: the core is told when somebody comes and goes.

    `oral` None: the site has a model of its own and it can't be read, so
    nothing counts as calibrated.
    """

    power_note: Path
    record: CalibrationRecord | None = None
    oral: OralModel | None = PUBLISHED
    blackbody: BlackbodyReference | None = None
    frames: int = 4
    refresh_hz: int = 8
    idle_hz: float = 4.0
    reflected_celsius: float | None = None
    mirrored: bool = False
    warm_up_s: float = 240.0
    settled_celsius_per_minute: float = 0.1
    watches_faces: bool = False


class _Sampling:
    """One passage's measurement. It is finished with its reading, and over when the core says so."""

    def __init__(self, passage_id: int, started_s: float) -> None:
        self.passage_id = passage_id
        self.started_s = started_s
        self.fusion: Fusion | None = None
        self.said: Missing | None = None
        self.finished = False


class ThermalPoller(Poller[Mlx90640]):
    """Reads a lane's sensor at its own rate while sampling, at `idle_hz` otherwise."""

    retry_s = 0.4

    def __init__(
        self,
        lane: str,
        make: Callable[[], Mlx90640],
        clock: TrustedClock,
        post: Post,
        publish: Callable[[ThermalPicture], None],
        measuring: Measuring,
    ) -> None:
        super().__init__(device_in(lane, "thermal"), make, clock, post)
        self._lane = lane
        self._publish = publish
        self._set = measuring
        self._fitting_record = measuring.record
        self._calibration = DeviceState(device_in(lane, "calibration"), clock, post)
        self._blackbody_state = DeviceState(device_in(lane, "blackbody"), clock, post)
        self._warming = Warming(measuring.power_note, self._warm_up, clock, post, lane)
        self._tracker: ReferenceTracker | None = None
        patch = None if measuring.blackbody is None else measuring.blackbody.area
        self._faces = FaceWatch(patch, clock, post, lane) if measuring.watches_faces else None
        self._approach = Approach(self._fusion)
        self._answered_passage: int | None = None
        self._idle_until_s = 0.0
        self._sound_since_s: float | None = None
        self._blackbody_due_s = math.inf
        self._sampling: _Sampling | None = None

    @property
    def measuring(self) -> Measuring:
        """How it measures, as the site has set it."""
        return self._set

    @property
    def is_sampling(self) -> bool:
        """Whether somebody is being measured, or is watched until his code has come."""
        return self._sampling is not None

    @property
    def idle_until_s(self) -> float:
        """Until when an idle sensor is left alone (monotonic seconds)."""
        return self._idle_until_s

    def start(self, passage_id: int) -> None:
        self._sampling = _Sampling(passage_id, self._clock.mono())

    def _fusion(self) -> Fusion:
        frame_period_s = 2.0 / self._set.refresh_hz
        return Fusion(
            frames=self._set.frames,
            most_frames=self._set.frames,
            window_s=max(FUSION_WINDOW_S, (self._set.frames + 1) * frame_period_s),
            refresh_hz=self._set.refresh_hz,
            reflected_celsius=self._set.reflected_celsius,
            reference=self._set.blackbody,
        )

    def stop(self, passage_id: int) -> None:
        sampling = self._sampling
        if sampling is not None and sampling.passage_id == passage_id:
            self._sampling = None

    def answered(self, passage_id: int | None) -> None:
        """The lane's screen has an answer: who stands before the sensor has had his, once a passage."""
        if passage_id != self._answered_passage:
            self._answered_passage = passage_id
            self._approach.answered()

    def poll_once(self) -> None:
        if self.is_sampling or self._clock.mono() >= self._idle_until_s:
            super().poll_once()
            if self._device is None:
                self._lose_sight()

    def _lose_sight(self) -> None:
        """Whoever stood there may have gone since."""
        self._approach.lose()
        if self._faces is not None:
            self._faces.lose()

    def _opened(self, device: Mlx90640) -> None:
        """A record speaks for one sensor only; with another one the readings are uncalibrated."""
        self._sound_since_s = None
        self._warming.begin(kept_power=device.kept_power)
        record = self._fitting_record = self._set.record
        if record is not None and not _belongs(record, device):
            self._fitting_record = None
            same = record.sensor_serial == device.serial_number
            found = "its EEPROM has changed since" if same else f"this one is {device.serial_number}"
            self._calibration.lost(
                f"the calibration record is of sensor {record.sensor_serial}, and {found}; "
                "run kiosk-calibrate blackbody"
            )
        elif record is not None:
            self._calibration.works()

    def _look_for_blackbody(self, blackbody: BlackbodyReference) -> None:
        self._tracker = ReferenceTracker(blackbody, reflected_celsius=self._set.reflected_celsius)
        self._blackbody_due_s = self._clock.mono() + BLACKBODY_GRACE_S

    def _read(self, device: Mlx90640) -> bool:
        frame = device.read_if_ready()
        if frame is None:
            return False
        if self._set.mirrored:
            frame = replace(frame, celsius=np.ascontiguousarray(frame.celsius[:, ::-1]))
        self._publish(picture_of(frame, self._lane))
        sampling = self._sampling
        if sampling is not None and not sampling.finished and frame.oldest_at_s >= sampling.started_s:
            self._measure(sampling, frame, device)
        elif self._warming.is_over:
            self._approach.add(frame)
        if frame.faults:
            return self._unsound(frame)
        if not (self.is_sampling or self._approach.is_watching or self._state.is_lost):
            self._idle_until_s = self._clock.mono() + 1.0 / self._set.idle_hz
        return self._sound(frame)

    def _unsound(self, frame: ThermalFrame) -> bool:
        self._sound_since_s = None
        if "lost_power" in frame.faults:
            self._warming.lost_power()
            self._tracker = None
        faults = ", ".join(frame.faults)
        self._state.complain(f"its pictures are faulty ({faults}); check its supply and wiring")
        self._lose_sight()
        return False

    def _sound(self, frame: ThermalFrame) -> bool:
        """What a sound frame says of the sensor; whether it has been sound for long enough."""
        if self._tracker is None and self._set.blackbody is not None:
            self._look_for_blackbody(self._set.blackbody)
        self._warming.add(frame.at_s, frame.ta_celsius)
        if self._tracker is not None:
            self._tracker.add(frame, self._fitting_record)
            self._watch_blackbody(self._tracker)
        if self._faces is not None:
            self._faces.add(frame.celsius)
        if self._sound_since_s is None:
            self._sound_since_s = frame.at_s
        return not self._state.is_lost or frame.at_s - self._sound_since_s >= SOUND_AGAIN_S

    def _watch_blackbody(self, tracker: ReferenceTracker) -> None:
        now_s = self._clock.mono()
        if tracker.offset(now_s) is not None:
            self._blackbody_due_s = now_s
            self._blackbody_state.works()
        elif not self._warming.is_over:
            self._blackbody_due_s = now_s + BLACKBODY_GRACE_S
        elif now_s >= self._blackbody_due_s:
            self._blackbody_state.lost(
                "it is not seen at its temperature in its place in the picture; uncover it, switch it on, or "
                "correct thermal.blackbody"
            )

    def _measure(self, sampling: _Sampling, frame: ThermalFrame, device: Mlx90640) -> None:
        if not self._warming.is_over:
            self._say(sampling, NoReading(Missing.WARMING_UP))
            return
        if sampling.fusion is None:
            if frame.faults:
                self._approach.lose()
            sampling.fusion = self._approach.take() or self._fusion()
        sampling.fusion.add(frame)
        reading = sampling.fusion.reading(self._calibration_now())
        if isinstance(reading, Reading):
            sampling.finished = True
            kept = replace(
                reading,
                eeprom=device.eeprom,
                reflected_celsius=device.reflected_celsius,
                filled_pixels=len(frame.filled_pixels),
            )
            self._post(ThermalSampled(self._clock.instant(), sampling.passage_id, kept))
        else:
            self._say(sampling, reading)

    def _say(self, sampling: _Sampling, reading: NoReading) -> None:
        if reading.missing is not sampling.said:
            sampling.said = reading.missing
            self._post(ThermalSampled(self._clock.instant(), sampling.passage_id, reading))

    def _calibration_now(self) -> Calibration:
        if self._set.oral is None:
            return Calibration(record=None, reference=None, wants_reference=True, oral=PUBLISHED)
        return Calibration(
            record=self._fitting_record,
            reference=None if self._tracker is None else self._tracker.offset(self._clock.mono()),
            wants_reference=self._set.blackbody is not None,
            oral=self._set.oral,
        )

    def _warm_up(self, powered_since_s: float, earlier: tuple[float, float] | None) -> WarmUp:
        return WarmUp(
            self._set.warm_up_s,
            self._set.settled_celsius_per_minute,
            powered_since_s=powered_since_s,
            earlier=earlier,
        )


def _belongs(record: CalibrationRecord, sensor: Mlx90640) -> bool:
    return (record.sensor_serial, record.eeprom_sha256) == (sensor.serial_number, sensor.eeprom_sha256)


def picture_of(frame: ThermalFrame, lane: str = "") -> ThermalPicture:
    """A frame for the eye: 8 bits between two fixed temperatures."""
    span = PICTURE_HIGH_CELSIUS - PICTURE_LOW_CELSIUS
    scaled = (np.nan_to_num(frame.celsius, nan=PICTURE_LOW_CELSIUS) - PICTURE_LOW_CELSIUS) * (255.0 / span)
    pixels = np.clip(scaled, 0, 255).astype(np.uint8)
    return ThermalPicture(PICTURE_LOW_CELSIUS, PICTURE_HIGH_CELSIUS, pixels.tobytes().hex(), lane)
