from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest

from calibration.image import Celsius
from calibration.radiometry import with_emissivity
from calibration.reference import BlackbodyReference, ReferenceTracker
from tests.calibration.records import record
from tests.drivers.thermal_rig import Picture, head, plain

BLACKBODY = BlackbodyReference(2, 25, 4, 4, 36.0, 0.15)


@dataclass(frozen=True)
class Still:
    at_s: float
    celsius: Celsius
    faults: tuple[str, ...] = ()
    ta_celsius: float = 31.0
    emissivity: float = 0.98
    reflected_celsius: float | None = 23.0
    raw: tuple[bytes, ...] = ()


def room(patch_celsius: float, *, blackbody: BlackbodyReference = BLACKBODY) -> Picture:
    picture = plain(23.0)
    picture[blackbody.area] = patch_celsius
    return picture


class Watch:
    """A tracker, and a clock that goes on by a frame at a time."""

    def __init__(
        self,
        *,
        noise: float = 0.3,
        seed: int = 1,
        blackbody: BlackbodyReference = BLACKBODY,
        step_s: float = 0.25,
    ) -> None:
        self._step_s = step_s
        self.tracker = ReferenceTracker(blackbody)
        self.t = 0.0
        self._noise = noise
        self._rng = np.random.default_rng(seed)

    def see(self, picture: Picture | Callable[[float], Picture], seconds: float) -> Watch:
        until = self.t + seconds
        while self.t < until:
            shown = picture(self.t) if callable(picture) else picture
            noisy = shown + self._rng.normal(0, self._noise, shown.shape)
            self.tracker.add(Still(self.t, noisy.astype(np.float32)), None)
            self.t += self._step_s
        return self

    @property
    def offset_celsius(self) -> float | None:
        offset = self.tracker.offset(self.t)
        return None if offset is None else offset.celsius


def test_the_offset_is_true_minus_shown() -> None:
    watch = Watch().see(room(35.2), 40.0)
    assert watch.offset_celsius == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize("noise", [0.3, 0.7])
def test_its_own_noise_is_below_three_hundredths_of_a_degree(noise: float) -> None:
    offsets = [Watch(noise=noise, seed=seed).see(room(36.0), 35.0).offset_celsius for seed in range(12)]
    assert np.std([offset for offset in offsets if offset is not None]) < 0.03
    offset = Watch(noise=noise).see(room(36.0), 35.0).tracker.offset(35.0)
    assert offset is not None
    assert 0.0 < offset.u_celsius < 0.03


def test_a_slow_drift_of_the_sensor_is_followed() -> None:
    watch = Watch(step_s=0.5).see(lambda t: room(36.0 - 0.1 * t / 60), 600.0)
    assert watch.offset_celsius == pytest.approx(1.0, abs=0.1)


def test_the_record_and_the_emissivities_are_applied_before() -> None:
    blackbody = replace(BLACKBODY, emissivity=0.95)
    tracker = ReferenceTracker(blackbody)
    decoded = with_emissivity(36.0, 0.95, 0.98, 23.0)
    for at in np.arange(0.0, 12.0, 0.25):
        tracker.add(Still(float(at), room(decoded).astype(np.float32)), record())
    offset = tracker.offset(12.0)
    assert offset is not None
    assert offset.celsius == pytest.approx(36.0 - (-0.31 + 1.001 * 36.0), abs=0.005)


def test_only_the_inner_pixels_of_a_large_patch_count() -> None:
    large = BlackbodyReference(2, 20, 6, 8, 36.0, 0.15)
    picture = room(33.0, blackbody=large)
    picture[3:7, 21:27] = 36.0
    watch = Watch(blackbody=large).see(picture, 15.0)
    assert watch.offset_celsius == pytest.approx(0.0, abs=0.05)
    offset = watch.tracker.offset(watch.t)
    assert offset is not None
    assert offset.pixels == 24


def test_a_blackbody_never_seen_is_no_offset() -> None:
    assert Watch().offset_celsius is None
    assert Watch().see(plain(23.0), 60.0).offset_celsius is None


def test_a_few_frames_are_no_offset_yet() -> None:
    assert Watch().see(room(36.0), 5.0).offset_celsius is None


def test_the_last_good_offset_stands_in_for_a_minute_and_no_longer() -> None:
    watch = Watch().see(room(35.5), 40.0)
    hidden = watch.see(plain(23.0), 59.0)
    assert hidden.offset_celsius == pytest.approx(0.5, abs=0.05)
    assert hidden.see(plain(23.0), 2.0).offset_celsius is None


@pytest.mark.parametrize("celsius", [28.0, 33.0, 34.5])
def test_somebody_before_the_blackbody_does_not_move_the_offset(celsius: float) -> None:
    watch = Watch().see(room(36.0), 40.0)
    passing = np.maximum(plain(23.0), head(celsius, column=27, row=4))
    assert watch.see(passing, 50.0).offset_celsius == pytest.approx(0.0, abs=0.08)
    assert watch.see(passing, 120.0).offset_celsius is None
    assert watch.see(room(36.0), 15.0).offset_celsius == pytest.approx(0.0, abs=0.08)


def test_a_blackbody_half_hidden_is_not_used() -> None:
    half = room(36.0)
    half[BLACKBODY.area[0], 25:27] = 30.0
    assert Watch().see(half, 60.0).offset_celsius is None
    assert Watch().see(room(36.0), 40.0).see(half, 30.0).offset_celsius == pytest.approx(0.0, abs=0.05)


@pytest.mark.parametrize("minutes", [3.0, 10.0, 30.0])
def test_a_blackbody_that_was_switched_off_is_noticed_before_it_misleads_by_much(minutes: float) -> None:
    watch = Watch(step_s=1.0).see(room(36.0), 700.0)
    off_s = watch.t

    def cooling(t: float) -> Picture:
        return room(23.0 + 13.0 * float(np.exp(-(t - off_s) / (60 * minutes))))

    worst = 0.0
    for _ in range(100):
        watch.see(cooling, 4.0)
        worst = max(worst, abs(watch.offset_celsius or 0.0))
    assert worst < 1.1
    assert watch.offset_celsius is None


def test_a_blackbody_that_still_heats_up_is_not_used_until_it_has_settled() -> None:
    watch = Watch(step_s=1.0)
    for _ in range(60):
        watch.see(lambda t: room(36.0 - 8.0 * float(np.exp(-t / 120.0))), 10.0)
        assert watch.offset_celsius is None or abs(watch.offset_celsius) < 1.4
    assert watch.see(room(36.0), 1200.0).offset_celsius == pytest.approx(0.0, abs=0.1)


def test_faulty_frames_and_frames_of_the_past_say_nothing() -> None:
    watch = Watch().see(room(36.0), 40.0)
    before = watch.tracker.offset(watch.t)
    bad = room(33.0).astype(np.float32)
    watch.tracker.add(Still(watch.t, bad, faults=("torn_read",)), None)
    watch.tracker.add(Still(watch.t, np.full((24, 32), np.nan, dtype=np.float32)), None)
    watch.tracker.add(Still(5.0, bad), None)
    assert watch.tracker.offset(watch.t) == before


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"height_px": 2}, "bring it closer"),
        ({"left": 30}, "does not lie in the picture"),
        ({"celsius": 80.0}, "lies at 20 to 50"),
        ({"u_celsius": 0.0}, "standard uncertainty"),
        ({"emissivity": 0.9}, "emissivity lies between"),
    ],
)
def test_what_cannot_be_a_reference_is_refused_with_a_sentence(
    change: dict[str, float], sentence: str
) -> None:
    plain_fields = {"top": 2, "left": 25, "height_px": 4, "width_px": 4, "celsius": 36.0, "u_celsius": 0.15}
    with pytest.raises(ValueError, match=sentence):
        BlackbodyReference(**{**plain_fields, **change})  # type: ignore[arg-type]
