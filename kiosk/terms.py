"""The nouns that all rooms share: an instant, an outcome, the reasons for it.

Reasons are stable codes: they stand in journals, in the hub's database and in
the texts of the screen, so a code that has once been released never changes
its meaning. A refusal is a result that carries one of them, never an
exception.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Instant:
    """One moment on the kiosk's two clocks.

    `mono` counts seconds from an arbitrary start and never goes back: all
    intervals are measured on it. `utc` (aware, UTC) is for what is written
    down and for the dates in a credential; it may be wrong, and
    `utc_trusted` says whether the kiosk has grounds to believe it.
    """

    mono: float
    utc: datetime
    utc_trusted: bool


class Outcome(StrEnum):
    """What the kiosk answers a person."""

    GRANT = "grant"
    REFER = "refer"
    DENY = "deny"


class Strictness(StrEnum):
    """How a rule is applied: not at all, by referring to staff, or by denying."""

    OFF = "off"
    SOFT = "soft"
    HARD = "hard"


class Weekday(StrEnum):
    """The days of a week by the names that files and policies give them."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


WEEK = tuple(Weekday)
"""In its order: `date.weekday()` is the place of a day in it."""


class Reason(StrEnum):
    """Why an outcome is what it is, or what the person must do next."""

    GRANTED = "granted"
    EXIT_RECORDED = "exit.recorded"
    EXIT_UNVERIFIED = "exit.unverified"
    EXIT_LAPSED = "exit.lapsed"
    CHECKED_IN = "checkin.recorded"

    NOT_A_PASS = "credential.not_a_pass"
    MALFORMED = "credential.malformed"
    UNKNOWN_ISSUER = "credential.unknown_issuer"
    BAD_SIGNATURE = "credential.bad_signature"
    EXPIRED = "credential.expired"
    NOT_YET_VALID = "credential.not_yet_valid"
    WRONG_AREA = "credential.wrong_area"
    NOT_ASSERTABLE = "credential.not_assertable"
    ROTATION_STALE = "credential.rotation_stale"
    ROTATION_INVALID = "credential.rotation_invalid"
    PAPER = "credential.paper"
    SCHEMA = "credential.schema"
    KEY_USAGE = "credential.key_usage"
    REVOKED = "credential.revoked"
    STATUS_UNKNOWN = "credential.status_unknown"
    ALREADY_SHOWN = "credential.already_shown"

    COLOUR_YELLOW = "colour.yellow"
    COLOUR_RED = "colour.red"
    NOT_GREEN = "policy.not_green"
    ROLE_NOT_PERMITTED = "role.not_permitted"
    OUTSIDE_HOURS = "policy.outside_hours"
    ALREADY_INSIDE = "passback.already_inside"

    TEMPERATURE_ELEVATED = "temperature.elevated"
    TEMPERATURE_RECHECK = "temperature.recheck"
    TEMPERATURE_NO_READING = "temperature.no_reading"
    TEMPERATURE_NOT_CALIBRATED = "temperature.not_calibrated"
    TEMPERATURE_WARMING_UP = "temperature.warming_up"

    NO_CHECKIN = "handover.no_checkin"
    NO_ORDER = "handover.no_order"

    TIME_UNTRUSTED = "time.untrusted"
    TRUST_MISSING = "trust.missing"
    TRUST_EXPIRED = "trust.expired"
    SENSOR_UNAVAILABLE = "sensor.unavailable"
    READER_UNAVAILABLE = "reader.unavailable"
    GATE_UNAVAILABLE = "gate.unavailable"
    JOURNAL_UNAVAILABLE = "journal.unavailable"

    PASSAGE_ANNULLED = "passage.annulled"
    DOOR_HELD_OPEN = "door.held_open"
    DOOR_FORCED_OPEN = "door.forced_open"
    TAMPER = "tamper"
    FIRE = "fire"

    STAFF_ADMITTED = "staff.admitted"
    CLINICAL_NORMAL = "temperature.clinical_normal"
    CLINICAL_ELEVATED = "temperature.clinical_elevated"
    LOCKED_DOWN = "gate.locked_down"
    EVACUATING = "site.evacuating"
    OVERRIDES = "staff.overrides"


DEVICE_ID_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"


LONGEST_DEVICE_ID = 52
"""Of a kiosk; a log's name may have 64: `.epoch-` and a number are added where one begins anew."""


def is_device_id(text: str) -> bool:
    """Whether a kiosk may be called so: in file names, addresses and tree heads alike."""
    return re.fullmatch(DEVICE_ID_PATTERN, text) is not None
