"""Where a checkpoint stands. `until_s` is the monotonic second at which a phase is over by itself.

```
            code refused ──────────────────────────┐
            │                                      ▼
  Idle ─ CodeScanned ─▶ Sampling ─ reading ─▶ Recording ─ Recorded ─▶ Passing ─▶ Idle   (granted)
   ▲     code accepted      │ nothing in time      │                └▶ Showing ─▶ Idle   (referred, denied)
   └── Showing ◀────────────┴──────────────────────┴ RecordFailed: referred, never released
```

What each event means in each phase. A phase's name: it goes there. `noted`: recorded, shown or sounded, and
the phase stays. `kept`: it counts later, and nothing is to be said now. `waits`: a code that has been heard,
and is taken when its turn comes. `-`: not expected there, or nothing to it; no command comes of it.

```
event                        Idle       Sampling      AwaitingCode  Recording  Passing    Showing
CodeScanned accepted         Sampling   waits         Recording     waits      waits      Sampling
CodeScanned refused          Recording  waits         Recording     waits      waits      Recording
CodeScanned known            -          -             -             -          -          -
CodeUnread                   noted      kept          noted         kept       kept       kept
ThermalSampled normal        -          Recording     -             -          -          -
ThermalSampled face first    -          AwaitingCode  -             -          -          -
ThermalSampled near limit    -          Sampling      -             -          -          -
ThermalSampled of another    -          -             -             -          -          -
FaceAppeared                 Sampling   kept          kept          kept       kept       Sampling
FaceGone face first          -          Idle          Idle          -          -          -
FaceGone code first          -          -             Idle          -          -          -
SensorWarming                noted      noted         noted         noted      noted      noted
Recorded own grant           -          -             -             Passing    -          -
Recorded own refusal         -          -             -             Showing    -          -
Recorded another             -          -             -             -          -          -
RecordFailed own             noted      noted         noted         Showing    noted      noted
RecordFailed another         noted      noted         noted         noted      noted      noted
DoorOpened                   noted      noted         noted         noted      kept       noted
DoorClosed after opening     noted      noted         noted         noted      Idle       noted
DoorClosed unopened          -          -             -             -          -          -
InputChanged exit            noted      noted         noted         noted      noted      noted
InputChanged tamper          noted      noted         noted         noted      noted      noted
InputChanged fire            noted      noted         noted         noted      noted      noted
InputChanged passage         noted      noted         noted         noted      Idle       noted
DeviceFaulted reader         noted      noted         noted         noted      noted      noted
DeviceFaulted gate           noted      noted         noted         noted      Showing    noted
DeviceFaulted door           noted      noted         noted         noted      noted      noted
DeviceReconnecting lost      noted      noted         noted         noted      noted      noted
DeviceReconnecting working   -          -             -             -          -          -
DeviceRecovered lost         noted      noted         noted         noted      noted      noted
DeviceRecovered working      -          -             -             -          -          -
Started                      noted      noted         noted         noted      noted      noted
Stopping                     noted      noted         noted         noted      noted      noted
TrustChanged                 noted      noted         noted         noted      noted      noted
LinkChanged                  noted      noted         noted         noted      noted      noted
StaffIntent dismiss          -          -             -             -          -          Idle
StaffIntent await pass       noted      noted         noted         noted      noted      noted
StaffIntent sign out         noted      noted         noted         noted      noted      noted
StaffIntent admit            Recording  noted         noted         noted      noted      Recording
StaffIntent turn away        noted      noted         noted         noted      noted      noted
StaffIntent recheck          Sampling   noted         noted         noted      noted      Sampling
StaffIntent clinical         Recording  noted         noted         noted      noted      Recording
StaffIntent open once        Recording  noted         noted         noted      noted      Recording
StaffIntent annul            noted      noted         noted         noted      Showing    noted
StaffIntent hold open        noted      noted         noted         noted      noted      noted
StaffIntent lock down        noted      noted         noted         noted      Showing    noted
StaffIntent evacuate         noted      noted         noted         noted      Showing    noted
StaffIntent release          noted      noted         noted         noted      noted      noted
StaffIntent occupancy        noted      noted         noted         noted      noted      noted
StaffIntent mute             noted      noted         noted         noted      noted      noted
StaffIntent of nobody        noted      noted         noted         noted      noted      noted
StaffSignedIn                noted      noted         noted         noted      noted      noted
StaffRefused                 noted      noted         noted         noted      noted      noted
Tick early                   -          -             -             -          -          -
Tick at its end              -          Recording     Idle          Showing    Idle       Idle
```

`InputChanged passage` is that of a site with a passage sensor, `StaffIntent of nobody` one without somebody
signed in; what staff ask for while it can't be done is `noted` to them. Held open, forced open, tamper, fire
and lost devices are no phases: they stand beside every one of them (`kiosk.core.alarms`,
`kiosk.core.display`), and whoever comes is dealt with all the same. So do locked down, held open by staff,
and evacuating (`kiosk.core.modes`): the first and the last deny whoever wants in.
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
