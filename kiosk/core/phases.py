"""Where a checkpoint stands. `until_s` is the monotonic second at which a phase is over by itself.

```
            code refused ──────────────────────────┐
            │                                      ▼
  Idle ─ CodeScanned ─▶ Sampling ─ reading ─▶ Recording ─ Recorded ─▶ Passing ─▶ Idle   (granted)
   ▲     code accepted      │ nothing in time      │                └▶ Showing ─▶ Idle   (referred, denied)
   └── Showing ◀────────────┴──────────────────────┴ RecordFailed: referred, never released
```

Where orders are handed over, `AwaitingOrder` stands before `Recording` for whom could be granted and whose
order has not been scanned (it ends when somebody wants out, or staff open once), and `Showing` after
`Passing` while there is a meal safety slip to photograph.

What each event means in each phase. A phase's name: it goes there. `noted`: recorded, shown or sounded, and
the phase stays. `kept`: it counts later, and nothing is to be said now. `waits`: a code that has been heard,
and is taken when its turn comes. `-`: not expected there, or nothing to it; no command comes of it.

```
event                      Idle      Sampling     AwaitingCode AwaitingOrder Recording Passing Showing
CodeScanned accepted       Sampling  waits        Recording    waits         waits     waits   Sampling
CodeScanned refused        Recording waits        Recording    waits         waits     waits   Recording
CodeScanned known          -         -            -            -             -         -       -
CodeScanned order          noted     noted        noted        Recording     noted     noted   noted
CodeUnread                 noted     kept         noted        noted         kept      kept    kept
ThermalSampled normal      -         Recording    -            -             -         -       -
ThermalSampled face first  -         AwaitingCode -            -             -         -       -
ThermalSampled near limit  -         Sampling     -            -             -         -       -
ThermalSampled of another  -         -            -            -             -         -       -
FaceAppeared               Sampling  kept         kept         kept          kept      kept    Sampling
FaceGone face first        -         Idle         Idle         -             -         -       -
FaceGone code first        -         -            Idle         -             -         -       -
SensorWarming              noted     noted        noted        noted         noted     noted   noted
Recorded own grant         -         -            -            -             Passing   -       -
Recorded own refusal       -         -            -            -             Showing   -       -
Recorded another           -         -            -            -             -         -       -
RecordFailed own           noted     noted        noted        noted         Showing   noted   noted
RecordFailed another       noted     noted        noted        noted         noted     noted   noted
DoorOpened                 noted     noted        noted        noted         noted     kept    noted
DoorClosed after opening   noted     noted        noted        noted         noted     Idle    noted
DoorClosed unopened        -         -            -            -             -         -       -
InputChanged exit          noted     noted        noted        noted         noted     noted   noted
InputChanged tamper        noted     noted        noted        noted         noted     noted   noted
InputChanged fire          noted     noted        noted        noted         noted     noted   noted
InputChanged passage       noted     noted        noted        noted         noted     Idle    noted
DeviceFaulted reader       noted     noted        noted        noted         noted     noted   noted
DeviceFaulted gate         noted     noted        noted        noted         noted     Showing noted
DeviceFaulted door         noted     noted        noted        noted         noted     noted   noted
DeviceReconnecting lost    noted     noted        noted        noted         noted     noted   noted
DeviceReconnecting working -         -            -            -             -         -       -
DeviceRecovered lost       noted     noted        noted        noted         noted     noted   noted
DeviceRecovered working    -         -            -            -             -         -       -
Started                    noted     noted        noted        noted         noted     noted   noted
Stopping                   noted     noted        noted        noted         noted     noted   noted
TrustChanged               noted     noted        noted        noted         noted     noted   noted
LinkChanged                noted     noted        noted        noted         noted     noted   noted
StaffIntent dismiss        -         -            -            -             -         -       Idle
StaffIntent await pass     noted     noted        noted        noted         noted     noted   noted
StaffIntent sign out       noted     noted        noted        noted         noted     noted   noted
StaffIntent admit          Recording noted        noted        noted         noted     noted   Recording
StaffIntent turn away      noted     noted        noted        noted         noted     noted   noted
StaffIntent recheck        Sampling  noted        noted        noted         noted     noted   Sampling
StaffIntent clinical       Recording noted        noted        noted         noted     noted   Recording
StaffIntent open once      Recording noted        Recording    Recording     noted     noted   Recording
StaffIntent annul          noted     noted        noted        noted         noted     Showing noted
StaffIntent hold open      noted     noted        noted        noted         noted     noted   noted
StaffIntent lock down      noted     noted        noted        noted         noted     Showing noted
StaffIntent evacuate       noted     noted        noted        noted         noted     Showing noted
StaffIntent release        noted     noted        noted        noted         noted     noted   noted
StaffIntent occupancy      noted     noted        noted        noted         noted     noted   noted
StaffIntent mute           noted     noted        noted        noted         noted     noted   noted
StaffIntent trip           noted     noted        noted        noted         noted     noted   noted
StaffIntent of nobody      noted     noted        noted        noted         noted     noted   noted
StaffSignedIn              noted     noted        noted        noted         noted     noted   noted
StaffRefused               noted     noted        noted        noted         noted     noted   noted
StaffGone                  noted     noted        noted        noted         noted     noted   noted
Tick early                 -         -            -            -             -         -       -
Tick at its end            -         Recording    Idle         Recording     Showing   Idle    Idle
```

`CodeScanned order` is that of a reader of orders, `InputChanged passage` that of a site with such a sensor,
`StaffIntent of nobody` one with nobody signed in; what staff ask for while it can't be done is `noted` to
them. At a boarding that opens nothing `Recorded own grant` leads to Showing, where a code that waits is taken
at once. Held open, forced open, tamper, fire and lost devices are no phases: they stand beside every one of
them (`kiosk.core.alarms`, `kiosk.core.display`), and whoever comes is dealt with all the same. So do locked
down, held open by staff, and evacuating (`kiosk.core.modes`): the first and the last deny whoever wants in.
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
class AwaitingOrder:
    """A hand-over is in order, and what is handed over has not been scanned yet; `verdict` is a grant."""

    passage: Passage
    until_s: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Recording:
    """`record_id` is that of the decision, `open_ids` what is not on disk yet: that, and perhaps a slip."""

    passage: Passage
    verdict: Verdict
    record_id: int
    until_s: float
    open_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Passing:
    passage: Passage


@dataclass(frozen=True, slots=True)
class Showing:
    """`has_slip`: a meal safety slip, which is there to be photographed."""

    until_s: float
    has_slip: bool = False


Phase = Idle | Sampling | AwaitingCode | AwaitingOrder | Recording | Passing | Showing
