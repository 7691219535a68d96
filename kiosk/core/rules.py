"""The site's rules, as the core takes them: frozen, every unit in its name, bounds beside each value.

`kiosk.config` reads them from site.toml. The bounds are annotations, so that
one place says what a value may be and the reader of the file checks it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, ClassVar

from annotated_types import Ge, Le, MaxLen, MinLen

from kiosk.terms import Strictness

Name = Annotated[str, MinLen(1)]
Role = Annotated[int, Ge(0), Le(255)]
"""As a pass can assert it."""


class SiteSection:
    """A table of site.toml: a key that it does not know is refused, never ignored."""

    __slots__ = ()
    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}


class Purpose(StrEnum):
    """What passing an access point means."""

    ENTRY = "entry"
    EXIT = "exit"
    HANDOVER = "handover"
    BOARDING = "boarding"
    CHECKIN = "checkin"


class Duty(StrEnum):
    """What somebody of the staff does with the meals."""

    COOK = "cook"
    PACKER = "packer"


class TemperatureCheck(StrEnum):
    """When an access point measures: after the code, before it, without any code, or not at all."""

    AFTER = "after"
    BEFORE = "before"
    ONLY = "only"
    OFF = "off"

    @property
    def begins_with_a_face(self) -> bool:
        return self in (TemperatureCheck.BEFORE, TemperatureCheck.ONLY)


class Shown(StrEnum):
    """Which of the two values of a reading the screen shows, always labelled as what it is."""

    FACE_SKIN = "face_skin"
    ORAL_ESTIMATE = "oral_estimate"


@dataclass(frozen=True, slots=True)
class AccessPoint(SiteSection):
    """A place that one reader serves; where the temperature alone decides there is none (empty).

    At a boarding nothing need be opened, and the output may be left out. An
    empty `roles` admits every role. `lane` names one of `Rules.lanes`; empty
    is the first lane.

    One reader may serve several handovers and check-ins whose `roles` differ: the role tells which.
    `duty` is that of who checks in there; `order_reader` reads the orders that are handed over there.
    """

    id: Name
    purpose: Purpose
    output: str = ""
    reader: str = ""
    temperature: TemperatureCheck = TemperatureCheck.AFTER
    roles: tuple[Role, ...] = ()
    lane: str = ""
    duty: Duty | None = None
    order_reader: str = ""

    @property
    def readers(self) -> tuple[str, ...]:
        """Those that serve it, for codes and for orders."""
        return tuple(dict.fromkeys(each for each in (self.reader, self.order_reader) if each))


@dataclass(frozen=True, slots=True)
class ScreeningRules(SiteSection):
    """When a temperature is normal.

    The limit is compared with the oral estimate. The guard band is
    `guard_factor` times its standard uncertainty and lies below the limit
    (JCGM 106:2012, 8.3.2, guarded acceptance). Where the temperature comes
    before the code, the code must follow within `code_timeout_s`.

    Who leaves and comes again within `reentry_minutes` (0: never) is not
    measured a second time (`kiosk.core.reentry`).

    `drift_people` readings (0: no watch) have a median between the two drift
    bounds, or staff are told.
    """

    limit_oral_celsius: Annotated[float, Ge(35.0), Le(42.0)] = 38.0
    guard_factor: Annotated[float, Ge(0.0), Le(1.645)] = 1.0
    lowest_face_skin_celsius: Annotated[float, Ge(20.0), Le(35.0)] = 30.0
    elevated: Strictness = Strictness.SOFT
    show: Shown = Shown.FACE_SKIN
    timeout_s: Annotated[float, Ge(1.0), Le(30.0)] = 5.0
    code_timeout_s: Annotated[float, Ge(1.0), Le(60.0)] = 10.0
    reentry_minutes: Annotated[int, Ge(0), Le(240)] = 0
    drift_people: Annotated[int, Ge(0), Le(500)] = 25
    drift_low_oral_celsius: Annotated[float, Ge(30.0), Le(42.0)] = 35.9
    drift_high_oral_celsius: Annotated[float, Ge(30.0), Le(42.0)] = 37.4


@dataclass(frozen=True, slots=True)
class CredentialRules(SiteSection):
    """What the site makes of a credential that verifies. An empty `area` takes passes of every area."""

    area: str = ""
    yellow: Strictness = Strictness.SOFT
    paper: Strictness = Strictness.SOFT


@dataclass(frozen=True, slots=True)
class PassbackRules(SiteSection):
    """What becomes of a second entry without an exit, as far as this kiosk knows of them.

    `window_minutes` (0: until the exit): only one that comes so soon after the first is objected to.
    `only_kiosk`: nobody comes in or goes out elsewhere.
    """

    strictness: Strictness = Strictness.SOFT
    window_minutes: Annotated[int, Ge(0), Le(10_080)] = 0
    only_kiosk: bool = False


@dataclass(frozen=True, slots=True)
class DoorRules(SiteSection):
    """How long an output is energised and a door may stand open.

    Every contact counts once its level has stood for `debounce_s`. Who opens the door within
    `forced_grace_s` of the pulse's end has not forced it. `passage_sensor`: something sees people go
    through, such as a light barrier or the feedback of a turnstile.
    """

    contact: bool = True
    passage_sensor: bool = False
    pulse_s: Annotated[float, Ge(1.0), Le(10.0)] = 4.0
    relock_after_open_s: Annotated[float, Ge(0.0), Le(5.0)] = 1.0
    held_open_s: Annotated[float, Ge(2.0), Le(300.0)] = 15.0
    forced_grace_s: Annotated[float, Ge(0.0), Le(2.0)] = 0.3
    debounce_s: Annotated[float, Ge(0.0), Le(0.5)] = 0.05

    @property
    def longest_s(self) -> float:
        """For how long one person at the door can keep the next waiting."""
        return self.pulse_s + self.held_open_s


@dataclass(frozen=True, slots=True)
class StaffRules(SiteSection):
    """Staff at the screen. A pass that asserts one of `pass_roles` signs in; empty: by PIN alone.

    `session_s`: how long one stays signed in without doing anything. More than `overrides_per_hour` are an
    alarm. Below `clinical_limit_celsius` a clinical thermometer's value admits.
    """

    session_s: Annotated[float, Ge(10.0), Le(900.0)] = 60.0
    pass_roles: tuple[Role, ...] = ()
    overrides_per_hour: Annotated[int, Ge(0), Le(1000)] = 12
    clinical_limit_celsius: Annotated[float, Ge(36.0), Le(40.0)] = 37.3


@dataclass(frozen=True, slots=True)
class CounterRules(SiteSection):
    """Where meals are handed over. Courier and order belong together within `order_within_s`.

    `without_order`: what becomes of a hand-over whose order was not scanned in time; "off" grants it, without
    a slip. `without_checkin`: of one while nobody is checked in for a duty that has a place to check in.
    A slip stays on the screen for `slip_s`, or until the next person. `slip_page` is the hub's page on which
    it can be checked, `https://HUB/s`: its QR code is a link to it then, else the slip's bare text.
    """

    order_within_s: Annotated[float, Ge(1.0), Le(120.0)] = 30.0
    without_order: Strictness = Strictness.SOFT
    without_checkin: Strictness = Strictness.SOFT
    slip_s: Annotated[float, Ge(5.0), Le(30.0)] = 30.0
    slip_page: Annotated[str, MaxLen(60)] = ""


@dataclass(frozen=True, slots=True)
class LaneRules(SiteSection):
    """A further lane of the same kiosk, with a door, a sensor and readers of its own."""

    id: Name
    door: DoorRules = field(default_factory=DoorRules)


@dataclass(frozen=True, slots=True)
class Rules(SiteSection):
    """`door` is that of the first lane, `lanes` are the others.

    `buzzer_limit_s`: how long the buzzer sounds after the last alarm has begun.
    `full_disk`: what becomes of grants while only the space kept for that case is left.
    `heartbeat_s` 0: none is recorded.
    """

    access_points: Annotated[tuple[AccessPoint, ...], MinLen(1)]
    screening: ScreeningRules = field(default_factory=ScreeningRules)
    credential: CredentialRules = field(default_factory=CredentialRules)
    passback: PassbackRules = field(default_factory=PassbackRules)
    door: DoorRules = field(default_factory=DoorRules)
    staff: StaffRules = field(default_factory=StaffRules)
    counter: CounterRules = field(default_factory=CounterRules)
    lanes: tuple[LaneRules, ...] = ()
    full_disk: Strictness = Strictness.SOFT
    heartbeat_s: Annotated[float, Ge(0.0), Le(86_400.0)] = 3600.0
    buzzer_limit_s: Annotated[float, Ge(1.0), Le(3600.0)] = 120.0
    result_s: Annotated[float, Ge(1.0), Le(30.0)] = 4.0
    record_timeout_s: Annotated[float, Ge(0.5), Le(10.0)] = 3.0

    @property
    def doors(self) -> dict[str, DoorRules]:
        """The door of each lane, by the lane's name; the first has none."""
        return {"": self.door, **{lane.id: lane.door for lane in self.lanes}}

    @property
    def has_inside(self) -> bool:
        """Whether people go in or out here, so that somebody can be inside."""
        return any(point.purpose in (Purpose.ENTRY, Purpose.EXIT) for point in self.access_points)

    def boards(self, lane: str) -> bool:
        """Whether people board a vehicle in a lane."""
        return any(point.purpose is Purpose.BOARDING for point in self.points_of(lane))

    def points_of(self, lane: str) -> tuple[AccessPoint, ...]:
        return tuple(point for point in self.access_points if point.lane == lane)
