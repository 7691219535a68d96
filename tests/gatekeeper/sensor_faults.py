"""A gatekeeper whose thermal sensor fails to order, again and again, while people with good codes come.

Everything from the chip's registers up to the relay's pin is the real thing
over the simulated one, in one thread on a simulated clock; codes are handed
to the core as a reader would.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from calibration.reading import Reading
from kiosk.core.events import CodeScanned, DeviceFaulted, DeviceRecovered, Event, ThermalSampled
from kiosk.core.view import Page
from sim.i2c import SimI2C
from sim.mlx90640_chip import Fault, Mlx90640Chip, ThermalScene
from sim.thermal_scene import Face, scene_with
from tests.gatekeeper.rig import GATE_PIN, UNIT, Rig, issue, leave_warm

SKIN_CELSIUS = 34.0
STEP_S = 0.02
BEFORE_S, DURATION_S = (1.0, 2.5), (1.0, 4.0)
AFTERWARDS_S = 4.0
SETTLES_AGAIN_S = 14.0
RECOVERY_LIMIT_S = 3.0
RELEASE_DELAY_S = 0.1
"""From a reading's last frame to the relay: loop, decision, commit, and the step of the clock."""


@dataclass(slots=True)
class Trial:
    """What came of one ordered fault. Times are monotonic seconds of the simulated clock."""

    fault: Fault
    seed: int
    begun_s: float = 0.0
    ended_s: float = 0.0
    reported_s: float | None = None
    recovered_s: float | None = None
    releases_s: list[float] = field(default_factory=list)
    readings: list[tuple[float, Reading]] = field(default_factory=list)

    @property
    def complaints(self) -> list[str]:
        """What is wrong, a sentence each; empty where all is as promised."""
        name = f"{self.fault.value} seed {self.seed}"
        said = []
        if self.reported_s is None:
            said.append(f"{name}: was not reported")
        if self.recovered_s is None or self.recovered_s - self.ended_s > RECOVERY_LIMIT_S:
            said.append(f"{name}: did not recover within {RECOVERY_LIMIT_S:g} s")
        said += [
            f"{name}: the gate opened {at - self.begun_s:.2f} s into the fault"
            for at in self.releases_s
            if self.begun_s + RELEASE_DELAY_S < at <= self.ended_s
        ]
        said += [
            f"{name}: measured {reading.face_skin_celsius:.2f} °C of skin at {SKIN_CELSIUS:g} °C"
            for _, reading in self.readings
            if not abs(reading.face_skin_celsius - SKIN_CELSIUS) <= 3 * reading.u_celsius
        ]
        return said


class FailingSensor:
    """One gatekeeper for many trials. Use it in `with`."""

    def __init__(self, state: Path) -> None:
        self._rig = Rig(
            state,
            thermal={"warm_up_s": 0.0, "settled_celsius_per_minute": 10.0},
            rules={
                "credential": {"paper": "off"},
                "passback": {"strictness": "off"},
                "door": {"contact": False, "pulse_s": 1.0},
                "screening": {"drift_people": 0},
                "result_s": 1.0,
            },
        )
        self._scene = scene_with(Face(SKIN_CELSIUS))
        self._people = 0
        self._events: list[Event] = []

    def __enter__(self) -> FailingSensor:
        rig = self._rig
        rig.chip = Mlx90640Chip(UNIT, self, rig.clock.mono, seed=1)
        leave_warm(SimI2C({0x33: rig.chip}, rig.clock.sleep), rig.clock, rig.site.thermal_power_path())
        rig.start()
        kiosk = rig.kiosk
        post = kiosk.inbox.post

        def watched(event: Event) -> None:
            self._events.append(event)
            post(event)

        kiosk.inbox.post = watched  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        self._rig.stop()

    def thermal_at(self, _t: float) -> ThermalScene:
        return self._scene

    def trial(self, fault: Fault, seed: int) -> Trial:
        """One fault at a random moment, for a random time, while people come one after the other."""
        rng = random.Random(f"{fault.value} {seed}")
        now = self._rig.clock.mono
        self._until(now() + rng.uniform(*BEFORE_S))
        self._until_sound()
        self._events.clear()
        trial = Trial(fault, seed, begun_s=now())
        edges = len(self._rig.pins.edges)
        self._rig.chip.fault = fault
        self._until(now() + rng.uniform(*DURATION_S))
        self._rig.chip.fault = None
        trial.ended_s = now()
        self._until(now() + AFTERWARDS_S)
        for event in self._events:
            if isinstance(event, DeviceFaulted) and event.device == "thermal":
                trial.reported_s = trial.reported_s or event.at.mono
            elif isinstance(event, DeviceRecovered) and event.device == "thermal":
                trial.recovered_s = event.at.mono
            elif isinstance(event, ThermalSampled) and isinstance(event.reading, Reading):
                trial.readings.append((event.at.mono, event.reading))
        later = self._rig.pins.edges[edges:]
        trial.releases_s = [edge.at_s for edge in later if edge.pin == GATE_PIN and edge.level]
        return trial

    def _until_sound(self) -> None:
        """After a supply that was away the sensor's own temperature must be known again."""
        end_s = self._rig.clock.mono() + SETTLES_AGAIN_S
        while self._rig.views[-1].warm_up_s is not None and self._rig.clock.mono() < end_s:
            self._until(self._rig.clock.mono() + 0.5)

    def _until(self, end_s: float) -> None:
        rig = self._rig
        while rig.clock.mono() < end_s:
            if rig.views[-1].page is Page.WELCOME:
                self._somebody_comes()
            rig.kiosk.thermal[""].poll_once()
            rig.kiosk.loop.drain()
            while rig.kiosk.writer.run_once(0.0):
                rig.kiosk.loop.drain()
            rig.clock.sleep(STEP_S)

    def _somebody_comes(self) -> None:
        self._people += 1
        instant = self._rig.kiosk.clock.instant()
        wanted = {
            "colour": 1,
            "area": "330100",
            "valid_from": instant.utc.isoformat(),
            "lifetime_s": 3600,
            "roles": [1],
            "rotating": False,
        }
        code = issue(wanted).code_at(instant.utc).encode()
        self._rig.kiosk.post(CodeScanned(instant, "gate-camera", code, "test"))


def trials(state: Path, fault: Fault, seeds: int) -> Iterator[Trial]:
    """Each with another seed, on one gatekeeper."""
    with FailingSensor(state) as sensor:
        for seed in range(seeds):
            yield sensor.trial(fault, seed)


def slowest_recovery_s(done: list[Trial]) -> float:
    return max((math.inf if t.recovered_s is None else t.recovered_s - t.ended_s) for t in done)
