"""Where a checkpoint stands. `until_s` is the monotonic second at which a phase is over by itself.

```
            code refused ──────────────────────────┐
            │                                      ▼
  Idle ─ CodeScanned ─▶ Sampling ─ reading ─▶ Recording ─ Recorded ─▶ Passing ─▶ Idle   (granted)
   ▲     code accepted      │ nothing in time      │                └▶ Showing ─▶ Idle   (referred, denied)
   └── Showing ◀────────────┴──────────────────────┴ RecordFailed: referred, never released
```
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.core.decision import Verdict
from kiosk.core.passage import Passage


@dataclass(frozen=True, slots=True)
class Idle:
    pass


@dataclass(frozen=True, slots=True)
class Sampling:
    passage: Passage
    until_s: float
    rechecked: bool = False


@dataclass(frozen=True, slots=True)
class AwaitingCode:
    """Measured and normal, still before the sensor, and the code has not come yet."""

    passage: Passage
    until_s: float


@dataclass(frozen=True, slots=True)
class Recording:
    passage: Passage
    verdict: Verdict
    record_id: int
    until_s: float


@dataclass(frozen=True, slots=True)
class Passing:
    passage: Passage


@dataclass(frozen=True, slots=True)
class Showing:
    until_s: float


Phase = Idle | Sampling | AwaitingCode | Recording | Passing | Showing
