"""The certificate inside an HC1 code, held to the EU DCC JSON schema 1.3.

    {"ver", "nam": {"fnt", …}, "dob", and one of "v", "t", "r" with one entry}

What the schema requires must be there, of its type, pattern and length; other
members are passed over, as the schema does. More than one certificate in a
code is refused (eHealth Network, Guidelines vol. 5, 3: one certificate a code).
Of the name only a mask is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime

from kiosk.credentials.certificate import Certificate, Recovery, Test, Vaccination
from kiosk.credentials.errors import CredentialError

MAX_TEXT = 80
MAX_NAME = 80
MAX_DOSES = 9
_VERSION = re.compile(r"1\.\d{1,2}\.\d{1,2}", re.ASCII)
_BORN = re.compile(r"((19|20)\d\d(-\d\d){0,2}(T00:00:00)?)?", re.ASCII)
_DAY = re.compile(r"(19|20)\d\d-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(r"(19|20)\d\d-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)", re.ASCII)
_STANDARD_NAME = re.compile(r"[A-Z<]{1,80}", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{1,10}", re.ASCII)

Members = Mapping[object, object]


def read(document: object) -> tuple[Certificate, str]:
    """The one certificate in the claim, and the masked name. Raises CredentialError."""
    members = _members(document, "the certificate")
    _text(members, "ver", _VERSION)
    _text(members, "dob", _BORN)
    names = _members(members.get("nam"), "nam")
    for name in ("fn", "gn"):
        if name in names:
            _text(names, name, longest=MAX_NAME)
    standard = _text(names, "fnt", _STANDARD_NAME)
    given = _text(names, "gnt", _STANDARD_NAME) if "gnt" in names else ""
    groups = [group for group in ("v", "t", "r") if members.get(group) is not None]
    if len(groups) != 1:
        raise CredentialError(f"a code holds one certificate, and this one {len(groups)} kinds of them")
    entries = members[groups[0]]
    if not isinstance(entries, list | tuple) or len(entries) != 1:
        raise CredentialError(f"a code holds one certificate; {groups[0]} is no list of one")
    entry = _members(entries[0], groups[0])
    _text(entry, "tg")
    _text(entry, "is")
    certificate = Certificate(_text(entry, "ci"), _text(entry, "co", _COUNTRY), _READERS[groups[0]](entry))
    return certificate, mask(standard, given)


def mask(standard: str, given: str) -> str:
    """`MUSTERFRAU<GOESSINGER`, `GABRIELE` -> `M*** G***`."""
    return " ".join(f"{name[0]}***" for name in (standard, given) if name.strip("<"))


def _vaccination(entry: Members) -> Vaccination:
    for name in ("vp", "ma"):
        _text(entry, name)
    dose, doses = (_number(entry, name, 1, MAX_DOSES) for name in ("dn", "sd"))
    return Vaccination(_text(entry, "mp"), dose, doses, _day(entry, "dt"))


def _test(entry: Members) -> Test:
    for name in ("nm", "ma", "tc"):
        if name in entry:
            _text(entry, name)
    text = _text(entry, "sc", _MOMENT)
    try:
        sampled_at = datetime.fromisoformat(text)
    except ValueError as error:
        raise CredentialError("sc is no moment") from error
    return Test(_text(entry, "tt"), _text(entry, "tr"), sampled_at)


def _recovery(entry: Members) -> Recovery:
    return Recovery(_day(entry, "fr"), _day(entry, "df"), _day(entry, "du"))


_READERS: Mapping[str, Callable[[Members], Vaccination | Test | Recovery]] = {
    "v": _vaccination,
    "t": _test,
    "r": _recovery,
}


def _members(value: object, name: str) -> Members:
    if not isinstance(value, Mapping):
        raise CredentialError(f"{name} is not an object")
    return value


def _text(
    members: Members, name: str, pattern: re.Pattern[str] | None = None, *, longest: int = MAX_TEXT
) -> str:
    value = members.get(name)
    if type(value) is not str or len(value) > longest:
        raise CredentialError(f"{name} is no text of at most {longest} characters")
    if pattern is not None and pattern.fullmatch(value) is None:
        raise CredentialError(f"{name} does not have the form that the schema asks for")
    return value


def _number(members: Members, name: str, low: int, high: int) -> int:
    value = members.get(name)
    if type(value) is not int or not low <= value <= high:
        raise CredentialError(f"{name} is no whole number from {low} to {high}")
    return value


def _day(members: Members, name: str) -> date:
    try:
        return date.fromisoformat(_text(members, name, _DAY))
    except ValueError as error:
        raise CredentialError(f"{name} is no day") from error
