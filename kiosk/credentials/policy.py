"""The signed policy: what the city makes of a credential that verifies, colour by colour, role by role.

    {"colours": {"yellow": "soft", "red": "soft"}, "paper": "soft",
     "roles": [{"role": 2, "colours": {"yellow": "hard"}, "paper": "hard"}],
     "hc1": [{"type": "test", "max_age_hours": 72}],
     "windows": [{"role": 3, "purpose": "entry", "from": "23:00", "until": "05:30", "then": "soft"}]}

`off` accepts, `soft` refers to staff, `hard` denies. Green is accepted and
red never is: at least it is referred. What a role says stands in place of the
general rule; somebody with several roles has the mildest of theirs. What the
policy does not name is left to the site (yellow and paper, `off` here), but
red is denied. A site may be stricter, never milder.

An HC1 certificate has no colour: it counts as green where a row of `hc1` fits
(see `green`), and is denied where none does, so without a table all are.
`windows` are hours in which nobody, or a role, may come in (see `hours`).

`"temperature": {"boarding": "off"}` lets people board a vehicle unmeasured
where its own site does without too; without it everybody is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from kiosk.credentials.credential import Colour, Credential
from kiosk.credentials.errors import CredentialError
from kiosk.credentials.green import GreenRow, parse_rows
from kiosk.credentials.hours import ClosedHours, parse_hours, strictness_at
from kiosk.terms import Instant, Reason, Strictness

MAX_ROLES = 256
_SEVERITY = {Strictness.OFF: 0, Strictness.SOFT: 1, Strictness.HARD: 2}

Objection = tuple[Strictness, Reason]


@dataclass(frozen=True, slots=True)
class HolderRules:
    """What is made of the holders of one role, or of everybody."""

    yellow: Strictness = Strictness.OFF
    red: Strictness = Strictness.HARD
    paper: Strictness = Strictness.OFF


@dataclass(frozen=True, slots=True)
class Policy:
    """`general` for everybody, `roles` for those who hold one of these, `green` for HC1 certificates.

    `windows` are the hours in which it objects to an entry, `boards_unmeasured` whether a boarding needs no
    temperature.
    """

    general: HolderRules = field(default_factory=HolderRules)
    roles: Mapping[int, HolderRules] = field(default_factory=dict)
    green: tuple[GreenRow, ...] = ()
    windows: tuple[ClosedHours, ...] = ()
    boards_unmeasured: bool = False

    def objection(self, credential: Credential, at: Instant) -> Objection | None:
        """The first thing that speaks against a credential that verifies, or None."""
        certificate = credential.certificate
        if certificate is not None:
            fits = any(row.fits(certificate, at.utc) for row in self.green)
            return None if fits else (Strictness.HARD, Reason.NOT_GREEN)
        rules = [self.roles[role] for role in credential.roles if role in self.roles] or [self.general]
        if credential.colour is Colour.RED:
            return _mildest(rules, lambda each: each.red), Reason.COLOUR_RED
        yellow = _mildest(rules, lambda each: each.yellow)
        if credential.colour is Colour.YELLOW and yellow is not Strictness.OFF:
            return yellow, Reason.COLOUR_YELLOW
        paper = _mildest(rules, lambda each: each.paper)
        if credential.is_paper and paper is not Strictness.OFF:
            return paper, Reason.PAPER
        return None

    def at_hours(self, roles: Collection[int], wall: datetime) -> Strictness:
        """What becomes of holders of these roles who come in at this time and day on the site's wall."""
        return strictness_at(self.windows, roles, wall)


def stricter(one: Strictness, other: Strictness) -> Strictness:
    return max(one, other, key=_SEVERITY.__getitem__)


def parse(document: object) -> Policy:
    """The policy in a JSON object. Raises CredentialError with a sentence."""
    fields = _members(document, "the policy", {"colours", "paper", "roles", "hc1", "windows", "temperature"})
    general = _holder_rules(fields, HolderRules(), "the policy")
    listed = fields.get("roles", [])
    if not isinstance(listed, list) or len(listed) > MAX_ROLES:
        raise CredentialError(f"the policy's roles are a list of at most {MAX_ROLES}")
    roles: dict[int, HolderRules] = {}
    for entry in listed:
        each = _members(entry, "a role of the policy", {"role", "colours", "paper"})
        role = each.get("role")
        if type(role) is not int or role in roles:
            raise CredentialError(f"a role of the policy is a number, once each, and not {role!r}")
        roles[role] = _holder_rules(each, general, f"role {role} of the policy")
    return Policy(
        general,
        roles,
        parse_rows(fields.get("hc1", [])),
        parse_hours(fields.get("windows", [])),
        _boards_unmeasured(fields),
    )


def _boards_unmeasured(fields: Mapping[str, object]) -> bool:
    temperature = _members(fields.get("temperature", {}), "the policy's temperature", {"boarding"})
    boarding = temperature.get("boarding", "on")
    if boarding not in ("on", "off"):
        raise CredentialError(f"the policy's temperature at a boarding is on or off, and not {boarding!r}")
    return boarding == "off"


def _holder_rules(fields: Mapping[str, object], default: HolderRules, where: str) -> HolderRules:
    colours = _members(fields.get("colours", {}), f"{where}: colours", {"yellow", "red"})
    red = _strictness(colours, "red", default.red, where)
    if red is Strictness.OFF:
        raise CredentialError(f"{where}: red is soft or hard")
    return HolderRules(
        yellow=_strictness(colours, "yellow", default.yellow, where),
        red=red,
        paper=_strictness(fields, "paper", default.paper, where),
    )


def _strictness(fields: Mapping[str, object], name: str, default: Strictness, where: str) -> Strictness:
    value = fields.get(name, default.value)
    try:
        return Strictness(value)  # type: ignore[arg-type]
    except ValueError as error:
        raise CredentialError(f"{where}: {name} is off, soft or hard, and not {value!r}") from error


def _members(value: object, where: str, known: set[str]) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise CredentialError(f"{where} is not a JSON object")
    unknown = sorted(str(name) for name in set(value) - known)
    if unknown:
        raise CredentialError(f"{where} has the unknown member {unknown[0]!r}")
    return value


def _mildest(rules: list[HolderRules], pick: Callable[[HolderRules], Strictness]) -> Strictness:
    return min((pick(each) for each in rules), key=_SEVERITY.__getitem__)
