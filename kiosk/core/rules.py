"""The site's rules, as the core takes them: frozen, every unit in its name, bounds beside each value.

`kiosk.config` reads them from site.toml. The bounds are annotations, so that
one place says what a value may be and the reader of the file checks it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, ClassVar

from annotated_types import Ge, Le, MinLen

Name = Annotated[str, MinLen(1)]


class SiteSection:
    """A table of site.toml: a key that it does not know is refused, never ignored."""

    __slots__ = ()
    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}


class Purpose(StrEnum):
    """What passing an access point means."""

    ENTRY = "entry"
    EXIT = "exit"
    HANDOVER = "handover"


class Strictness(StrEnum):
    """How a rule is applied: not at all, by referring to staff, or by denying."""

    OFF = "off"
    SOFT = "soft"
    HARD = "hard"


@dataclass(frozen=True, slots=True)
class AccessPoint(SiteSection):
    """A place that one reader serves. An empty `roles` admits every role."""

    id: Name
    purpose: Purpose
    reader: Name
    output: Name
    temperature: bool = True
    roles: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ScreeningRules(SiteSection):
    """When a face skin temperature is normal.

    The guard band is `guard_factor` times the standard uncertainty and lies
    below the limit (JCGM 106:2012, 8.3.2, guarded acceptance).
    """

    limit_face_skin_celsius: Annotated[float, Ge(30.0), Le(45.0)] = 37.0
    lowest_face_skin_celsius: Annotated[float, Ge(20.0), Le(35.0)] = 30.0
    guard_factor: Annotated[float, Ge(0.0), Le(1.645)] = 1.0
    elevated: Strictness = Strictness.SOFT
    timeout_s: Annotated[float, Ge(1.0), Le(30.0)] = 5.0


@dataclass(frozen=True, slots=True)
class CredentialRules(SiteSection):
    """What the site makes of a credential that verifies. An empty `area` takes passes of every area."""

    area: str = ""
    yellow: Strictness = Strictness.SOFT
    paper: Strictness = Strictness.SOFT


@dataclass(frozen=True, slots=True)
class PassbackRules(SiteSection):
    strictness: Strictness = Strictness.SOFT


@dataclass(frozen=True, slots=True)
class DoorRules(SiteSection):
    """How long an output is energised and a door may stand open."""

    contact: bool = True
    pulse_s: Annotated[float, Ge(1.0), Le(10.0)] = 4.0
    relock_after_open_s: Annotated[float, Ge(0.0), Le(5.0)] = 1.0
    held_open_s: Annotated[float, Ge(2.0), Le(300.0)] = 15.0


@dataclass(frozen=True, slots=True)
class Rules(SiteSection):
    access_points: Annotated[tuple[AccessPoint, ...], MinLen(1)]
    screening: ScreeningRules = field(default_factory=ScreeningRules)
    credential: CredentialRules = field(default_factory=CredentialRules)
    passback: PassbackRules = field(default_factory=PassbackRules)
    door: DoorRules = field(default_factory=DoorRules)
    result_s: Annotated[float, Ge(1.0), Le(30.0)] = 4.0
    record_timeout_s: Annotated[float, Ge(0.5), Le(10.0)] = 3.0
