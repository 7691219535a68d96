"""What happened: everything that the core is ever told.

Each event carries the instant at which it happened. An event that belongs to
a passage carries that passage's id, so that a late one can be told from a
current one; what comes from a lane's door or sensor carries the lane's name
(the first has none).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from calibration.reading import NoReading, Reading
from kiosk.core.json_value import JsonValue
from kiosk.core.view import CodeHint, Notice
from kiosk.credentials.bundle import TrustBundle
from kiosk.terms import Instant

Quad = tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class CodeScanned:
    """A reader has decoded a code: its bytes, unaltered.

    `quad`: the four corners in pixels of the camera's picture; None where no camera has read it.
    """

    at: Instant
    source: str
    payload: bytes
    decoder: str
    quad: Quad | None = None


@dataclass(frozen=True, slots=True)
class CodeUnread:
    """A reader has a code before it that it could not read, or a part of one; `hint` is what would help."""

    at: Instant
    source: str
    hint: CodeHint


@dataclass(frozen=True, slots=True)
class ThermalSampled:
    """The thermal poller has measured the person of a passage, or could not yet."""

    at: Instant
    passage_id: int
    reading: Reading | NoReading


@dataclass(frozen=True, slots=True)
class FaceAppeared:
    """A face stands before the sensor, and nobody was followed there before it."""

    at: Instant
    lane: str = ""


@dataclass(frozen=True, slots=True)
class FaceGone:
    """Whoever stood before the sensor is there no more, or may be somebody else by now."""

    at: Instant
    lane: str = ""


@dataclass(frozen=True, slots=True)
class SensorWarming:
    """The thermal sensor can be trusted in `remaining_s` from now, as far as is known; 0: now."""

    at: Instant
    remaining_s: float
    lane: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The record asked for with `record_id` is on disk."""

    at: Instant
    record_id: int
    seq: int


@dataclass(frozen=True, slots=True)
class RecordFailed:
    """The record asked for with `record_id` could not be committed."""

    at: Instant
    record_id: int
    detail: str


@dataclass(frozen=True, slots=True)
class DoorOpened:
    at: Instant
    lane: str = ""


@dataclass(frozen=True, slots=True)
class DoorClosed:
    at: Instant
    lane: str = ""


class Input(StrEnum):
    """The contacts of a site; each is also the name of its device, as a fault calls it."""

    DOOR = "door"
    REQUEST_TO_EXIT = "request_to_exit"
    TAMPER = "tamper"
    FIRE = "fire"
    PASSAGE = "passage"


@dataclass(frozen=True, slots=True)
class InputChanged:
    """A contact other than the door's has changed, not yet debounced. `active`: pressed, opened, seen."""

    at: Instant
    input: Input
    active: bool
    lane: str = ""


@dataclass(frozen=True, slots=True)
class DeviceFaulted:
    """A device is lost or a command to it failed. Posted once when it appears."""

    at: Instant
    device: str
    detail: str


@dataclass(frozen=True, slots=True)
class DeviceReconnecting:
    """A device that was lost answers again, and has still to show that it works."""

    at: Instant
    device: str


@dataclass(frozen=True, slots=True)
class DeviceRecovered:
    at: Instant
    device: str


@dataclass(frozen=True, slots=True)
class Started:
    """The gatekeeper has come up.

    `found` is what it tells of the run before and of its own parts, for the journal. `calibration` is what
    temperatures are taken with now.
    """

    at: Instant
    found: Mapping[str, JsonValue]
    calibration: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Stopping:
    """The gatekeeper is about to end; this is the last event."""

    at: Instant


@dataclass(frozen=True, slots=True)
class TrustChanged:
    """Another trust bundle has been verified and is in force from now on."""

    at: Instant
    bundle: TrustBundle


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """What the uplink says of the connection. `offline_since` is None while connected.

    `last_receipt` is when the hub signed its last receipt, by its own clock.
    """

    at: Instant
    connected: bool
    offline_since: Instant | None
    waiting: int
    last_receipt: datetime | None = None


class StaffAction(StrEnum):
    """What staff can ask for at the screen. All but the first two need somebody who is signed in."""

    DISMISS = "dismiss"
    AWAIT_PASS = "await_pass"
    SIGN_OUT = "sign_out"
    ADMIT = "admit"
    TURN_AWAY = "turn_away"
    RECHECK = "recheck"
    CLINICAL = "clinical"
    OPEN_ONCE = "open_once"
    ANNUL = "annul"
    HOLD_OPEN = "hold_open"
    LOCK_DOWN = "lock_down"
    EVACUATE = "evacuate"
    RELEASE = "release"
    OCCUPANCY = "occupancy"
    MUTE = "mute"
    TRIP = "trip"


class StaffReason(StrEnum):
    """Why staff did it. Chosen, never typed: no name ever gets into the record so."""

    KNOWN_PERSON = "known_person"
    PAPERS_CHECKED = "papers_checked"
    MEASURED_BY_HAND = "measured_by_hand"
    VISITOR = "visitor"
    GOODS = "goods"
    RESCUE = "rescue"
    DANGER = "danger"
    DRILL = "drill"
    KIOSK_TROUBLE = "kiosk_trouble"
    MISTAKE = "mistake"
    COUNTED = "counted"
    OVER = "over"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class StaffIntent:
    """`case` is the passage that was referred, `celsius` a clinical thermometer's, `count` people inside,
    `trip` one that a driver can choose.
    """

    at: Instant
    action: StaffAction
    reason: StaffReason | None = None
    case: int | None = None
    lane: str = ""
    celsius: float | None = None
    count: int | None = None
    trip: str = ""


@dataclass(frozen=True, slots=True)
class StaffSignedIn:
    """The edge has found out by a PIN who it is."""

    at: Instant
    staff: str


@dataclass(frozen=True, slots=True)
class StaffRefused:
    """Somebody could not sign in by a PIN. `staff` is None where no such person is known."""

    at: Instant
    staff: str | None
    notice: Notice


@dataclass(frozen=True, slots=True)
class StaffGone:
    """Somebody has no PIN here any more, or it is locked: he was removed, or too many have guessed at it."""

    at: Instant
    staff: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Nothing happened until the core's own `wake_at`."""

    at: Instant


Event = (
    CodeScanned
    | CodeUnread
    | ThermalSampled
    | FaceAppeared
    | FaceGone
    | SensorWarming
    | Recorded
    | RecordFailed
    | DoorOpened
    | DoorClosed
    | InputChanged
    | DeviceFaulted
    | DeviceReconnecting
    | DeviceRecovered
    | Started
    | Stopping
    | TrustChanged
    | LinkChanged
    | StaffIntent
    | StaffSignedIn
    | StaffRefused
    | StaffGone
    | Tick
)
