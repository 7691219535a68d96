"""Who comes to the kiosk, with which code and how warm: the ground truth of a simulated day.

A plan is made before the day begins, from a seed alone. It says what people
are and do; what the kiosk answers decides only whether they get through.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from sim.imperfection import OPTICS_CELSIUS
from sim.pace import AT_LEISURE, IN_A_QUEUE, Pace
from sim.thermal_faces import Wears

WORKER, COURIER, CONTRACTOR = 1, 2, 3
COOK, PACKER = 5, 6

# Of the skin, over the hottest area of the face.
WELL_CELSIUS = (33.4, 34.4)
FEVERISH_CELSIUS = (38.8, 39.6)


class Holds(StrEnum):
    """The pass that somebody holds."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    EXPIRED = "expired"
    UNKNOWN_ISSUER = "unknown issuer"
    PAPER = "paper"
    NOTHING = "nothing"


class Shows(StrEnum):
    """What is held before the reader."""

    LIVE = "live code"
    SCREENSHOT = "old screenshot"
    TAMPERED = "tampered code"
    PRINTED = "printed code"
    WEB = "web address"
    WIFI = "Wi-Fi code"
    BINARY = "random bytes"


class Place(StrEnum):
    """Where in the site somebody goes; the reader there has the same id."""

    GATE = "gate-camera"
    EXIT = "exit-scanner"
    COUNTER = "counter-scanner"
    BUS = "bus-camera"
    RESTAURANT = "counter-camera"
    OUT = "exit-camera"

    @property
    def has_camera(self) -> bool:
        return self not in (Place.EXIT, Place.COUNTER)

    @property
    def is_exit(self) -> bool:
        return self in (Place.EXIT, Place.OUT)

    @property
    def lane(self) -> str:
        """The lane that it stands in; empty for the first."""
        return "out" if self is Place.OUT else ""


class Who(StrEnum):
    """Whether somebody is new, or has been here before."""

    NEW = "new"
    INSIDE = "inside"
    RETURNING = "returning"


ORDER_SCANNER = "order-scanner"


class Brings(StrEnum):
    """When the order that somebody collects is scanned: not at all, at first, or when it is asked for."""

    NOTHING = "nothing"
    ORDER_FIRST = "order first"
    ORDER_WHEN_ASKED = "order when asked"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of visit. `offline` ones come while the network is cut, `after_s` later than others do."""

    id: str
    label: str
    holds: Holds = Holds.GREEN
    shows: Shows = Shows.LIVE
    place: Place = Place.GATE
    who: Who = Who.NEW
    skin_celsius: tuple[float, float] = WELL_CELSIUS
    in_view: bool = True
    offline: bool = False
    role: int = WORKER
    after_s: float = 0.0
    brings: Brings = Brings.NOTHING


KINDS: tuple[Kind, ...] = (
    Kind("green_well", "green and well"),
    Kind("green_fever", "green with fever", skin_celsius=FEVERISH_CELSIUS),
    Kind("yellow", "yellow code", holds=Holds.YELLOW),
    Kind("red", "red code", holds=Holds.RED),
    Kind("expired", "expired code", holds=Holds.EXPIRED),
    Kind("unknown_issuer", "unknown issuer", holds=Holds.UNKNOWN_ISSUER),
    Kind("tampered", "tampered code", shows=Shows.TAMPERED),
    Kind("screenshot", "old screenshot", shows=Shows.SCREENSHOT),
    Kind("paper", "paper code", holds=Holds.PAPER, shows=Shows.PRINTED),
    Kind("web_address", "web address", holds=Holds.NOTHING, shows=Shows.WEB),
    Kind("second_entry", "second entry without exit", who=Who.INSIDE),
    Kind("offline", "green, network cut", offline=True),
    Kind("nobody", "nobody in the thermal view", in_view=False, offline=True),
    Kind("courier", "courier at the counter", place=Place.COUNTER, role=COURIER),
    Kind("wifi", "Wi-Fi code", holds=Holds.NOTHING, shows=Shows.WIFI),
    Kind("binary", "random bytes", holds=Holds.NOTHING, shows=Shows.BINARY),
    Kind("exit", "leaves by the exit reader", place=Place.EXIT, who=Who.INSIDE),
    Kind("return", "comes back after leaving", who=Who.RETURNING),
)
BY_ID = {kind.id: kind for kind in KINDS}

DORMITORY_KINDS: tuple[Kind, ...] = (
    BY_ID["green_well"],
    BY_ID["green_fever"],
    Kind("out_of_hours", "contractor after hours", role=CONTRACTOR),
    BY_ID["second_entry"],
    Kind("second_later", "second entry, window over", who=Who.INSIDE, after_s=75.0),
    BY_ID["exit"],
    Kind("from_break", "comes back from a break", who=Who.RETURNING, after_s=35.0),
    BY_ID["exit"],
    Kind("after_break", "comes back too late", who=Who.RETURNING, after_s=130.0),
)

_AT_THE_RESTAURANT = Kind("courier", "courier, order first", place=Place.RESTAURANT, role=COURIER)
_COURIER = replace(_AT_THE_RESTAURANT, brings=Brings.ORDER_FIRST)
# An order that nobody was given stays for a while: whoever comes without one comes later.
MEALS_KINDS: tuple[Kind, ...] = (
    replace(_COURIER, id="too_early", label="courier before the staff"),
    replace(_AT_THE_RESTAURANT, id="cook", label="cook checks in", role=COOK),
    replace(
        _AT_THE_RESTAURANT,
        id="cook_fever",
        label="cook with fever",
        role=COOK,
        skin_celsius=FEVERISH_CELSIUS,
    ),
    replace(_AT_THE_RESTAURANT, id="packer", label="packer checks in", role=PACKER),
    _COURIER,
    replace(
        _COURIER, id="asked", label="courier, order when asked", brings=Brings.ORDER_WHEN_ASKED, after_s=12.0
    ),
    replace(_COURIER, id="courier_fever", label="courier with fever", skin_celsius=FEVERISH_CELSIUS),
    replace(_AT_THE_RESTAURANT, id="no_order", label="courier without an order", after_s=12.0),
    replace(_COURIER, id="courier_red", label="courier, red code", holds=Holds.RED),
    replace(_COURIER, id="courier_old", label="courier, old screenshot", shows=Shows.SCREENSHOT),
    replace(_AT_THE_RESTAURANT, id="waiter", label="waiter at the counter", role=WORKER),
    replace(_COURIER, id="courier_offline", label="courier, network cut", offline=True),
)

_LEAVING = replace(BY_ID["exit"], id="lane_out", label="leaves by the lane out", place=Place.OUT)
TWO_LANES_KINDS: tuple[Kind, ...] = (
    *(BY_ID[each] for each in ("green_well", "green_well", "green_fever")),
    _LEAVING,
    *(BY_ID[each] for each in ("yellow", "second_entry", "red")),
    _LEAVING,
    *(BY_ID[each] for each in ("green_well", "return", "expired", "screenshot")),
    _LEAVING,
    *(BY_ID[each] for each in ("paper", "nobody", "offline")),
    _LEAVING,
    BY_ID["return"],
)

# How often each kind comes once every kind has been here: mostly people who are well.
_WEIGHTS = {"green_well": 30, "exit": 20, "return": 8, "courier": 6, "offline": 0}
_COUNTER_WEIGHTS = {"courier": 30}
_RIDE_WEIGHTS = {"bus_green_well": 60, "bus_offline": 0}
_DORMITORY_WEIGHTS = {"green_well": 10, "second_later": 1, "exit": 10, "from_break": 8, "after_break": 1}
_TWO_LANES_WEIGHTS = {"green_well": 30, "lane_out": 24, "return": 8, "offline": 0}
_MEALS_WEIGHTS = {"courier": 40, "asked": 12, "too_early": 0, "courier_offline": 0}
_RUSH_WEIGHTS = {"green_well": 94, "green_fever": 2, "red": 2, "screenshot": 2}
TWO_LANES = "two-lanes"
RUSH_HOUR, MEASURED_RIDE, MEASURED_RIDE_16_HZ = "rush-hour", "measured-ride", "measured-ride-16hz"


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit. `person` is the same number whenever the same person comes; `gap_s` comes before it.

    `skin_celsius` is the true temperature of the hottest area of the face,
    `optics_celsius` what distance and optics make it look warmer.
    """

    number: int
    kind: Kind
    person: int
    skin_celsius: float
    gap_s: float
    wears: frozenset[Wears] = frozenset()
    optics_celsius: float = 0.0
    pace: Pace = AT_LEISURE

    @property
    def order_number(self) -> str:
        """What the barcode on the bag says, where an order is collected."""
        return f"MT-20261128-{self.number:05}"


class Planner:
    """Makes visits, one at a time, and remembers who ought to be inside."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(f"people {seed}")
        self._looks = random.Random(f"looks {seed}")
        self._inside: list[int] = []
        self._outside: list[int] = []
        self._people = 0
        self._visits = 0

    def visit(self, kind: Kind, pace: Pace = AT_LEISURE) -> Visit:
        """The next visit, of this kind; somebody new where nobody fits. In a queue nobody lingers."""
        person = self._person(kind)
        if kind.id in ("green_well", "offline") or kind.who is Who.RETURNING:
            self._inside.append(person)
        elif kind.place.is_exit:
            self._outside.append(person)
        self._visits += 1
        skin = round(self._random.uniform(*kind.skin_celsius), 2)
        gap_s = 0.0 if pace.follows_closely else round(self._random.uniform(0.6, 1.6), 2) + kind.after_s
        optics = round(self._looks.uniform(-OPTICS_CELSIUS, OPTICS_CELSIUS), 2)
        return Visit(self._visits, kind, person, skin, gap_s, _dressed(self._looks), optics, pace)

    @property
    def is_anybody_inside(self) -> bool:
        return bool(self._inside)

    def _person(self, kind: Kind) -> int:
        if kind.place.is_exit and self._inside:
            return self._inside.pop(0)
        if kind.who is Who.INSIDE and self._inside:
            return self._inside[-1]
        if kind.who is Who.RETURNING and self._outside:
            return self._outside.pop(0)
        self._people += 1
        return self._people


def _dressed(looks: random.Random) -> frozenset[Wears]:
    """Never a mask under hair that hides the forehead: too little skin would be left."""
    worn = looks.choices([{Wears.HAIR}, {Wears.MASK}, set()], [20, 30, 50])[0]
    beside = {what for what, share in ((Wears.GLASSES, 0.3), (Wears.DRINK, 0.1)) if looks.random() < share}
    return frozenset(worn | beside)


def plan(scenario: str, people: int, seed: int) -> Iterator[Visit]:
    """A day's visits: every kind of the scenario once, in order, then a seeded mixture."""
    planner = Planner(seed)
    mixture = random.Random(f"mixture {seed}")
    kinds = scenario_kinds(scenario)
    weights = [SCENARIOS[scenario].get(kind.id, 2) for kind in kinds]
    for number in range(people):
        kind = kinds[number] if number < len(kinds) else mixture.choices(kinds, weights)[0]
        if kind.place is Place.OUT and not planner.is_anybody_inside:
            kind = kinds[0]
        yield planner.visit(kind, IN_A_QUEUE if scenario == RUSH_HOUR else AT_LEISURE)


def scenario_kinds(scenario: str) -> tuple[Kind, ...]:
    """The kinds of people that come in a scenario. Raises KeyError."""
    if scenario == "counter":
        counter = [kind for kind in KINDS if kind.who is Who.NEW and not kind.offline and kind.role == WORKER]
        return (BY_ID["courier"], *(_at_counter(kind) for kind in counter))
    if scenario == "dormitory":
        return DORMITORY_KINDS
    if scenario == "meals":
        return MEALS_KINDS
    if scenario == TWO_LANES:
        return TWO_LANES_KINDS
    if scenario in PLACES["ride"]:
        return tuple(_boarding(kind) for kind in KINDS if kind.who is Who.NEW and kind.place is Place.GATE)
    if scenario == RUSH_HOUR:
        return tuple(BY_ID[kind] for kind in _RUSH_WEIGHTS)
    if scenario not in SCENARIOS:
        raise KeyError(scenario)
    return KINDS


SCENARIOS: dict[str, dict[str, int]] = {
    "gate": _WEIGHTS,
    "counter": _COUNTER_WEIGHTS,
    "dormitory": _DORMITORY_WEIGHTS,
    "ride": _RIDE_WEIGHTS,
    "meals": _MEALS_WEIGHTS,
    MEASURED_RIDE: _RIDE_WEIGHTS,
    MEASURED_RIDE_16_HZ: _RIDE_WEIGHTS,
    RUSH_HOUR: _RUSH_WEIGHTS,
    TWO_LANES: _TWO_LANES_WEIGHTS,
}
PLACES = {
    "gate": ("gate", "counter", RUSH_HOUR, TWO_LANES),
    "dormitory": ("dormitory",),
    "ride": ("ride", MEASURED_RIDE, MEASURED_RIDE_16_HZ),
    "counter": ("meals",),
}
"""The scenarios of each simulated site; the first is held unless another is asked for."""


def _boarding(kind: Kind) -> Kind:
    """The same kind of person at the door of a bus."""
    return replace(kind, id=f"bus_{kind.id}", place=Place.BUS)


def _at_counter(kind: Kind) -> Kind:
    """The same kind of person as a courier at the counter (a worker stays one, and is turned away)."""
    role = WORKER if kind.id == "green_well" else COURIER
    return Kind(
        f"counter_{kind.id}",
        f"counter: {kind.label}",
        holds=kind.holds,
        shows=kind.shows,
        place=Place.COUNTER,
        skin_celsius=kind.skin_celsius,
        in_view=kind.in_view,
        role=role,
    )
