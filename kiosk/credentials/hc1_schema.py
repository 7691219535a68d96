"""The certificate inside an HC1 code, held to the EU DCC JSON schema 1.3.

    {"ver", "nam": {"fnt", …}, "dob", and one of "v", "t", "r" with one entry}

What the schema requires must be there, of its type, pattern and length; other
members are passed over, as the schema does. More than one certificate in a
code is refused (eHealth Network, Guidelines vol. 5, 3: one certificate a code).
Of the name only a mask is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime

from kiosk.credentials.certificate import Certificate, Recovery, Test, Vaccination
from kiosk.credentials.errors import CredentialError

MAX_TEXT = 80
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
    version, born = _texts(members, ("ver", "dob"))
    _match(version, "ver", _VERSION)
    _match(born, "dob", _BORN)
    names = _members(members.get("nam"), "nam")
    _texts(names, [name for name in ("fn", "gn") if name in names])
    (standard,) = _texts(names, ("fnt",))
    _match(standard, "fnt", _STANDARD_NAME)
    given = ""
    if "gnt" in names:
        (given,) = _texts(names, ("gnt",))
        _match(given, "gnt", _STANDARD_NAME)
    groups = [group for group in _READERS if members.get(group) is not None]
    if len(groups) != 1:
        raise CredentialError(f"a code holds one certificate, and this one {len(groups)} kinds of them")
    group = groups[0]
    entries = members[group]
    if not isinstance(entries, list) or len(entries) != 1:
        raise CredentialError(f"a code holds one certificate; {group} is no list of one")
    entry = _members(entries[0], group)
    identifier, country, _, _ = _texts(entry, ("ci", "co", "tg", "is"))
    _match(country, "co", _COUNTRY)
    return Certificate(identifier, country, _READERS[group](entry)), mask(standard, given)


def mask(standard: str, given: str) -> str:
    """`MUSTERFRAU<GOESSINGER`, `GABRIELE` -> `M*** G***`."""
    return " ".join(f"{name[0]}***" for name in (standard, given) if name.strip("<"))


def _vaccination(entry: Members) -> Vaccination:
    product, given_on, _, _ = _texts(entry, ("mp", "dt", "vp", "ma"))
    dose, doses = _dose(entry, "dn"), _dose(entry, "sd")
    return Vaccination(product, dose, doses, _day(given_on, "dt"))


def _test(entry: Members) -> Test:
    kind, result, sampled = _texts(entry, ("tt", "tr", "sc"))
    _texts(entry, [name for name in ("nm", "ma", "tc") if name in entry])
    _match(sampled, "sc", _MOMENT)
    try:
        sampled_at = datetime.fromisoformat(sampled)
    except ValueError as error:
        raise CredentialError("sc is no moment") from error
    return Test(kind, result, sampled_at)


def _recovery(entry: Members) -> Recovery:
    first, start, end = _texts(entry, ("fr", "df", "du"))
    return Recovery(_day(first, "fr"), _day(start, "df"), _day(end, "du"))


_READERS: Mapping[str, Callable[[Members], Vaccination | Test | Recovery]] = {
    "v": _vaccination,
    "t": _test,
    "r": _recovery,
}


def _members(value: object, name: str) -> Members:
    if not isinstance(value, dict):
        raise CredentialError(f"{name} is not an object")
    return value


def _texts(members: Members, names: Iterable[str]) -> list[str]:
    """The texts of these names, each of which must be there."""
    texts = []
    for name in names:
        value = members.get(name)
        if type(value) is not str or len(value) > MAX_TEXT:
            raise CredentialError(f"{name} is no text of at most {MAX_TEXT} characters")
        texts.append(value)
    return texts


def _match(text: str, name: str, pattern: re.Pattern[str]) -> None:
    if pattern.fullmatch(text) is None:
        raise CredentialError(f"{name} does not have the form that the schema asks for")


def _dose(members: Members, name: str) -> int:
    value = members.get(name)
    if type(value) is not int or not 1 <= value <= MAX_DOSES:
        raise CredentialError(f"{name} is no whole number from 1 to {MAX_DOSES}")
    return value


def _day(text: str, name: str) -> date:
    _match(text, name, _DAY)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CredentialError(f"{name} is no day") from error
