"""What to do: everything that the core ever asks of the world around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kiosk.core.json_value import JsonValue as JsonValue
from kiosk.core.view import ViewState
from kiosk.terms import Instant


@dataclass(frozen=True, slots=True)
class Record:
    """Commit one journal entry, then answer `Recorded(record_id, seq)` or `RecordFailed`.

    `type` is a CloudEvents type (`kiosk.passage.decided` …), `data` its JSON
    payload. It holds pseudonyms only, never a code or an identifier.
    """

    record_id: int
    at: Instant
    type: str
    data: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class ReleaseGate:
    """Energise an output for `pulse_s`, for one recorded passage."""

    passage_id: int
    output: str
    pulse_s: float


@dataclass(frozen=True, slots=True)
class SecureGate:
    """De-energise an output, now. Waits for nothing and is never dropped."""

    output: str


@dataclass(frozen=True, slots=True)
class HoldGate:
    """Keep an output energised, on a lease that is renewed, until `SecureGate`: staff hold a door open."""

    output: str


@dataclass(frozen=True, slots=True)
class StartSampling:
    """Measure the person before the lane's sensor for this passage, from frames taken from now on."""

    passage_id: int
    lane: str = ""


@dataclass(frozen=True, slots=True)
class StopSampling:
    passage_id: int
    lane: str = ""


@dataclass(frozen=True, slots=True)
class Show:
    view: ViewState


class Sound(StrEnum):
    READ = "read"
    GRANTED = "granted"
    REFERRED = "referred"
    DENIED = "denied"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True)
class Announce:
    sound: Sound
    lane: str = ""


@dataclass(frozen=True, slots=True)
class Buzz:
    """Let the buzzer sound until it is told not to, where the site has one."""

    on: bool


class Lamp(StrEnum):
    """The lamps that tell an answer to who does not look at the screen, as their outputs are called."""

    GRANTED = "granted_lamp"
    REFUSED = "refused_lamp"


@dataclass(frozen=True, slots=True)
class Light:
    """Let one lamp of a lane burn for `for_s` and no other, or none; where the lane has them."""

    lamp: Lamp | None
    for_s: float = 0.0
    lane: str = ""


Command = (
    Record
    | ReleaseGate
    | HoldGate
    | SecureGate
    | StartSampling
    | StopSampling
    | Show
    | Announce
    | Buzz
    | Light
)
