"""Since when the thermal sensor has had its supply, across restarts of the program; and news of its warm-up.

The sensor itself keeps a mark of an earlier opening for as long as it has its
supply. A note on disk says when that opening was, in monotonic seconds, which
run on across processes; it lies in the runtime directory, which is gone when
the machine has been off. Both together: a restart does not wait again. One of
them missing: the sensor may just have been plugged in, and it does.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from calibration.warm_up import WarmUp
from kiosk.core.events import SensorWarming
from kiosk.gatekeeper.clock import TrustedClock
from kiosk.gatekeeper.device_state import Post

NOTE_EVERY_S = 30.0
MAX_NOTE_BYTES = 1024
TOLD_AGAIN_S = 3.0


@dataclass(frozen=True, slots=True)
class PowerNote:
    """Monotonic seconds: the supply on since `powered_since_s`, and Ta as it was at `at_s`."""

    powered_since_s: float
    at_s: float
    ta_celsius: float

    def save(self, path: Path) -> None:
        """Raises OSError."""
        beside = path.with_suffix(".new")
        beside.write_text(json.dumps(asdict(self)), encoding="utf-8")
        os.replace(beside, path)

    @classmethod
    def load(cls, path: Path) -> PowerNote | None:
        """None where there is none, or nothing that could be one."""
        try:
            with path.open("rb") as file:
                plain = json.loads(file.read(MAX_NOTE_BYTES))
            numbers = [float(plain[name]) for name in ("powered_since_s", "at_s", "ta_celsius")]
        except (OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
            return None
        return cls(*numbers) if all(math.isfinite(number) for number in numbers) else None


class Warming:
    """One sensor's warm-up as events. `begin` when it has been opened, `add` every Ta."""

    def __init__(
        self,
        path: Path,
        make: Callable[[float, tuple[float, float] | None], WarmUp],
        clock: TrustedClock,
        post: Post,
        lane: str = "",
    ) -> None:
        self._path = path
        self._make = make
        self._clock = clock
        self._post = post
        self._lane = lane
        self._powered_since_s = 0.0
        self._warm_up: WarmUp | None = None
        self._noted_s = -math.inf
        self._last_noted: tuple[float, float] | None = None
        self._told_until_s: float | None = None

    @property
    def is_over(self) -> bool:
        warm_up = self._warm_up
        return warm_up is not None and warm_up.remaining_s(self._clock.mono()) <= 0.0

    def begin(self, *, kept_power: bool) -> None:
        """The sensor has been opened; `kept_power`: it bears the mark of an earlier opening."""
        if kept_power and self._warm_up is not None:
            return
        now_s = self._clock.mono()
        note = PowerNote.load(self._path) if kept_power else None
        if note is None or note.powered_since_s > now_s:
            self._start(now_s, None)
        else:
            self._start(note.powered_since_s, (note.at_s, note.ta_celsius) if note.at_s <= now_s else None)

    def lost_power(self) -> None:
        """The sensor has been without its supply, just now."""
        self._start(self._clock.mono(), None)

    def add(self, at_s: float, ta_celsius: float) -> None:
        """One Ta; tells the core where what is known of the end has changed."""
        if self._warm_up is None:
            return
        self._warm_up.add(at_s, ta_celsius)
        self._tell()
        if at_s - self._noted_s >= NOTE_EVERY_S:
            # The one before the last, so that it lies far enough back however soon the restart comes.
            before, self._last_noted = self._last_noted or (at_s, ta_celsius), (at_s, ta_celsius)
            self._noted_s = at_s
            # Without the note a restart waits again, which is the safe side.
            with contextlib.suppress(OSError):
                PowerNote(self._powered_since_s, *before).save(self._path)

    def _start(self, powered_since_s: float, earlier: tuple[float, float] | None) -> None:
        self._powered_since_s = powered_since_s
        self._warm_up = self._make(powered_since_s, earlier)
        self._noted_s = -math.inf
        self._last_noted = earlier
        self._tell()

    def _tell(self) -> None:
        assert self._warm_up is not None
        now_s = self._clock.mono()
        remaining_s = self._warm_up.remaining_s(now_s)
        until_s = now_s + remaining_s if remaining_s > 0.0 else None
        if until_s is None or self._told_until_s is None:
            changed = until_s is not self._told_until_s
        else:
            changed = abs(until_s - self._told_until_s) > TOLD_AGAIN_S
        if changed:
            self._told_until_s = until_s
            self._post(SensorWarming(self._clock.instant(), remaining_s, self._lane))
