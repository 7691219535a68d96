"""ViewState: all that a screen needs, and nothing that it would have to decide.

It goes down the screen's socket as one line of JSON (`kiosk.wire`). The
thermal picture travels beside it, since it changes with every frame and the
rules never look at it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from kiosk.core.rules import Purpose, Shown
from kiosk.terms import Outcome, Reason


class Page(StrEnum):
    """What the window shows."""

    STARTING = "starting"
    WELCOME = "welcome"
    LOOK_AT_SENSOR = "look_at_sensor"
    SHOW_CODE = "show_code"
    SHOW_ORDER = "show_order"
    ONE_MOMENT = "one_moment"
    RESULT = "result"
    ALARM = "alarm"
    LOCKED_DOWN = "locked_down"
    EVACUATE = "evacuate"


class Mode(StrEnum):
    """What staff have set the site to; `held_open` is of single lanes."""

    NORMAL = "normal"
    HELD_OPEN = "held_open"
    LOCKED_DOWN = "locked_down"
    EVACUATING = "evacuating"


class Notice(StrEnum):
    """What became of what staff have asked for last."""

    NONE = "none"
    DONE = "done"
    WRONG_PIN = "wrong_pin"
    PIN_LOCKED = "pin_locked"
    NOT_STAFF = "not_staff"
    NOT_SIGNED_IN = "not_signed_in"
    NO_REASON = "no_reason"
    BUSY = "busy"
    NOT_POSSIBLE = "not_possible"
    NOT_RECORDED = "not_recorded"


class Guidance(StrEnum):
    """What the person can do so that the measurement succeeds. Left and right are the person's own."""

    NONE = "none"
    COME_CLOSER = "come_closer"
    STEP_LEFT = "step_left"
    STEP_RIGHT = "step_right"
    STEP_BACK = "step_back"
    ONE_PERSON = "one_person"
    LOOK_AT_SENSOR = "look_at_sensor"


class CodeHint(StrEnum):
    """What helps a reader that has a code before it and cannot read it."""

    NONE = "none"
    CLOSER = "closer"
    HOLD_STILL = "hold_still"
    TILT_OR_DIM = "tilt_or_dim"
    ONE_CODE = "one_code"
    SCAN_AGAIN = "scan_again"


class SourceState(StrEnum):
    """Whether a reader works: it does, it is gone, or it answers again and has yet to show that it works."""

    OK = "ok"
    LOST = "lost"
    RECONNECTING = "reconnecting"


@dataclass(frozen=True, slots=True)
class SourceView:
    """A reader as staff should know it. `since` is RFC 3339, in UTC; None while it works."""

    name: str
    state: SourceState = SourceState.OK
    since: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to one person. Temperatures are None where none was measured.

    Of the two values of a reading the screen shows the one that `shown` names. `slip` is the text of a meal
    safety slip, to be drawn as a QR code, `purpose` what the access point is for.
    """

    outcome: Outcome
    reason: Reason
    access_point: str
    masked_name: str | None = None
    face_skin_celsius: float | None = None
    expanded_u_celsius: float | None = None
    oral_estimate_celsius: float | None = None
    oral_expanded_u_celsius: float | None = None
    shown: Shown = Shown.FACE_SKIN
    slip: str | None = None
    purpose: Purpose | None = None


@dataclass(frozen=True, slots=True)
class LinkView:
    """The connection as staff should read it. `offline_since` and `last_receipt` are RFC 3339, in UTC."""

    connected: bool = False
    offline_since: str | None = None
    waiting: int = 0
    last_receipt: str | None = None


@dataclass(frozen=True, slots=True)
class CaseView:
    """Somebody who waits for staff to decide. `at` is RFC 3339, in UTC."""

    id: int
    at: str
    result: Result


@dataclass(frozen=True, slots=True)
class TripView:
    """A trip that the driver can choose."""

    id: str
    line: str


@dataclass(frozen=True, slots=True)
class StaffView:
    """What the staff page shows. Cases and counts are there only while somebody is signed in (the number of
    people inside in an evacuation too); `waiting` is how many cases there are, `lapses_after` how many more
    it takes until the oldest lapses (None: many). `held` are the lanes held open, `answers` counts the
    notices, `trip` is the one of `trips` that a vehicle is on. So that only what can be done is offered:
    `doors` are the lanes that have one, `annullable` those where a grant can still be taken back, `sounds`
    whether the buzzer does; `occupancy` is None too where nobody goes in.
    `awaits_pass`: the readers of `pass_lane` take a staff pass now.
    `evacuation_unrecorded`: its record could not be committed yet, and no door is held open for it.
    """

    signed_in: str | None = None
    awaits_pass: bool = False
    pass_lane: str = ""
    notice: Notice = Notice.NONE
    answers: int = 0
    mode: Mode = Mode.NORMAL
    held: tuple[str, ...] = ()
    occupancy: int | None = None
    evacuation_unrecorded: bool = False
    overrides: int | None = None
    too_many_overrides: bool = False
    waiting: int = 0
    lapses_after: int | None = None
    cases: tuple[CaseView, ...] = ()
    trips: tuple[TripView, ...] = ()
    trip: str | None = None
    doors: tuple[str, ...] = ()
    annullable: tuple[str, ...] = ()
    sounds: bool = False


@dataclass(frozen=True, slots=True)
class ViewState:
    """One whole state of the screen of a lane (empty: the first).

    `revision` counts the states; `shown_at` is RFC 3339 in UTC. `faults` are
    the names of the devices and services that do not work now, `sources` the readers, `warm_up_s` how
    long from `shown_at` the thermal sensor needs before it can be trusted, `trust_left_s`
    how long what codes are checked with still counts (0: no more, None: it is fresh). `boards`: people board
    a vehicle here, which has no gate.
    """

    page: Page
    revision: int = 0
    shown_at: str = ""
    lane: str = ""
    boards: bool = False
    passage_id: int | None = None
    guidance: Guidance = Guidance.NONE
    code_hint: CodeHint = CodeHint.NONE
    result: Result | None = None
    alarm: Reason | None = None
    faults: tuple[str, ...] = ()
    sources: tuple[SourceView, ...] = ()
    warm_up_s: int | None = None
    trust_left_s: int | None = None
    link: LinkView = field(default_factory=LinkView)
    staff: StaffView = field(default_factory=StaffView)
