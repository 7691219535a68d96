"""MS1, the meal safety slip: `MS1:` and the base45 of a COSE_Sign1 (see `cose`).

The kiosk's log key signs it with EdDSA; the kid is the start of SHA-256 over
the 32-byte public key. The signed payload is a CWT claims set (RFC 8392) of
exactly these claims:

    1 iss       the kiosk, by the name under which its hub knows its key
    6 iat       when the meal was handed over, Unix seconds
    7 cti       8 bytes, the slip's own id
    -65550      the place, a text
    -65551      the passage's number in the kiosk's journal
    -65552      the order: 32 bytes, see below
    -65553      who had the meal in hand: [[role, how many, [measured, …]], …]; a role once

    role        1 cook, 2 packer, 3 courier; there is one courier
    measured    [label, temperature, U, seconds before iat, within the limit: 1 or 0]
                [3, temperature, seconds before iat, within the limit: 1 or 0]
    label       1 the skin of the face, 2 an estimate for the mouth, 3 a clinical thermometer's value

Temperatures and their expanded uncertainties (k = 2) are in tenths of a degree
Celsius, as the kiosk's screen has shown them. Whoever the kiosk had not let
pass, and staff have by a clinical thermometer, is listed with that
thermometer's value: the decision rests on it. The kiosk knows no U of it, so
none is stated. Where more people were at work than a slip holds, `how many`
says so; those with a clinical value are listed first, then those measured
highest. There are no names on a slip and no pseudonyms.

The order is SHA-256("MS1" || cti || SHA-256(number)), the number without
spaces and in capitals: who has the order can compare it, and slips of one
order have nothing in common. `open_slip` makes its checks in this order:

1. MALFORMED        base45, CBOR, COSE shape, the claims
2. UNKNOWN_ISSUER   nobody knows a key of that kiosk
3. BAD_SIGNATURE    or a kid that is not that key's
4. NOT_YET_VALID    dated more than `AHEAD` after the moment of the check

The claims are read before the signature is checked, since they name the
kiosk; nothing else of them is used until it holds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from hashlib import sha256
from typing import Any
from urllib.parse import quote, unquote

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.credentials import base45, cbor, cose
from kiosk.credentials.claims import MAX_UNIX_S
from kiosk.credentials.credential import Refusal
from kiosk.credentials.errors import CredentialError
from kiosk.credentials.shapes import byte_string, whole
from kiosk.terms import Reason, is_device_id

FORMAT = "MS1"
PREFIX = b"MS1:"

ISS, IAT, CTI, PLACE, PASSAGE, ORDER, PEOPLE = 1, 6, 7, -65550, -65551, -65552, -65553
CTI_BYTES, ORDER_BYTES = 8, 32
MAX_CHARACTERS = 596
"""What a QR code of version 15, level M, holds in its alphanumeric mode (ISO/IEC 18004, table 7)."""
MAX_ISSUER_CHARACTERS = 52
MAX_PLACE_BYTES = 40
MAX_MEASURED = 9
"""Of all roles together, the courier among them: the worst case then stays within `MAX_CHARACTERS`."""
MAX_PEOPLE = 999
MAX_ORDER_BYTES = 512
MAX_AGE_S = 2 * 86_400
AHEAD = timedelta(minutes=10)
LOWEST_TENTHS, HIGHEST_TENTHS, MAX_U_TENTHS = -400, 3000, 999
_PAGE = re.compile(r"https?://", re.ASCII | re.IGNORECASE)
_CLAIMS = frozenset({ISS, IAT, CTI, PLACE, PASSAGE, ORDER, PEOPLE})

Sign = Callable[[bytes], bytes]
KeyOf = Callable[[str], Ed25519PublicKey | None]


class Role(IntEnum):
    """Who had the meal in hand."""

    COOK = 1
    PACKER = 2
    COURIER = 3


class Label(IntEnum):
    """What a temperature is."""

    FACE_SKIN = 1
    ORAL_ESTIMATE = 2
    CLINICAL = 3


@dataclass(frozen=True, slots=True)
class Measured:
    """One person's temperature. `at` is aware, UTC, whole seconds.

    `u_tenths` is expanded, k = 2; None of a clinical thermometer, and of nothing else.
    """

    label: Label
    tenths: int
    u_tenths: int | None
    at: datetime
    within_limit: bool


@dataclass(frozen=True, slots=True)
class Crew:
    """The people of one role: how many they were, and the temperatures that the slip lists."""

    role: Role
    count: int
    measured: tuple[Measured, ...]


@dataclass(frozen=True, slots=True)
class Slip:
    """One hand-over. `issued_at` is aware, UTC, whole seconds; `order` is what `order_digest` makes."""

    device_id: str
    issued_at: datetime
    slip_id: bytes
    place: str
    passage: int
    order: bytes
    people: tuple[Crew, ...]

    def is_of(self, number: str) -> bool:
        """Whether it was written for the order of this number."""
        return self.order == order_digest(self.slip_id, order_key(number.encode(errors="replace")))


@dataclass(frozen=True, slots=True)
class Written:
    """A signed slip: what it says, and its text; `page` is where it can be checked, or empty."""

    slip: Slip
    text: str
    page: str = ""

    @property
    def shown(self) -> str:
        """What its QR code holds: the text, or a link to the page, which takes it from behind the `#`."""
        return f"{self.page}#{quote(self.text, safe='')}" if self.page else self.text


def text_of(shown: str) -> str:
    """The slip's text in what was scanned or pasted: the text itself, or the link that holds it."""
    page, mark, fragment = shown.partition("#")
    return unquote(fragment) if mark and _PAGE.match(page) else shown


def order_key(number: bytes) -> bytes:
    """SHA-256 of an order's number as it was scanned or typed: all that a kiosk keeps of it, for a while."""
    text = unicodedata.normalize("NFKC", number.decode(errors="replace"))
    return sha256("".join(text.split()).upper().encode()).digest()


def order_digest(slip_id: bytes, key: bytes) -> bytes:
    """What a slip with this id says of the order whose `order_key` is `key`."""
    return sha256(FORMAT.encode() + slip_id + key).digest()


def kid_of(key: Ed25519PublicKey) -> bytes:
    return sha256(key.public_bytes_raw()).digest()[: cose.KID_BYTES]


def listed(role: Role, everybody: tuple[Measured, ...], room: int) -> Crew:
    """A crew with at most `room` temperatures: of more people the clinical ones, then the highest."""
    highest = sorted(everybody, key=lambda each: (each.label is Label.CLINICAL, each.tenths), reverse=True)
    return Crew(role, len(everybody), tuple(highest[:room]))


def write_slip(slip: Slip, kid: bytes, sign: Sign) -> str:
    """The slip's text. `sign` makes an Ed25519 signature. Raises CredentialError where a claim is not fit."""
    payload = _write_claims(slip)
    protected = cose.protected_header(cose.Algorithm.EDDSA, kid)
    signature = sign(cose.sig_structure(protected, payload))
    return PREFIX.decode() + base45.encode(cbor.encode(cose.assemble(protected, payload, signature)))


def open_slip(text: bytes, key_of: KeyOf, at: datetime | None = None) -> Slip | Refusal:
    """What a slip says, or the first rule above that it breaks; nothing is raised.

    `key_of` gives the log key of a kiosk. `at` None: the date is not asked about.
    """
    try:
        message, slip = _read(text)
    except CredentialError as error:
        return Refusal(Reason.MALFORMED, FORMAT, detail=str(error))
    key = key_of(slip.device_id)
    if key is None:
        return Refusal(Reason.UNKNOWN_ISSUER, FORMAT, message.kid)
    if message.kid != kid_of(key) or not cose.verify(message, key):
        return Refusal(Reason.BAD_SIGNATURE, FORMAT, message.kid)
    if at is not None and slip.issued_at > at + AHEAD:
        return Refusal(Reason.NOT_YET_VALID, FORMAT, message.kid)
    return slip


def people_of(slip: Slip) -> list[Any]:
    """Its crews and their temperatures as JSON, for a record or a program: degrees Celsius, RFC 3339."""
    return [
        {
            "role": crew.role.name.lower(),
            "count": crew.count,
            "measured": [
                {
                    "label": each.label.name.lower(),
                    "celsius": each.tenths / 10,
                    "expanded_u_celsius": None if each.u_tenths is None else each.u_tenths / 10,
                    "at": each.at.isoformat(),
                    "within_limit": each.within_limit,
                }
                for each in crew.measured
            ],
        }
        for crew in slip.people
    ]


def _read(text: bytes) -> tuple[cose.Sign1, Slip]:
    if not text.startswith(PREFIX):
        raise CredentialError("a slip begins with MS1:")
    if len(text) > MAX_CHARACTERS:
        raise CredentialError(f"a slip has at most {MAX_CHARACTERS} characters")
    message = cose.decode(base45.decode(text[len(PREFIX) :]))
    if message.algorithm is not cose.Algorithm.EDDSA:
        raise CredentialError("a slip is signed with EdDSA")
    return message, _read_claims(message.payload)


# -- the claims


def _write_claims(slip: Slip) -> bytes:
    issued_s = int(slip.issued_at.timestamp())
    payload = cbor.encode(
        {
            ISS: slip.device_id,
            IAT: issued_s,
            CTI: slip.slip_id,
            PLACE: slip.place,
            PASSAGE: slip.passage,
            ORDER: slip.order,
            PEOPLE: [
                [int(crew.role), crew.count, [_measured_item(each, issued_s) for each in crew.measured]]
                for crew in slip.people
            ],
        }
    )
    if _read_claims(payload) != slip:
        raise CredentialError("the slip has times that are not whole seconds of UTC")
    return payload


def _measured_item(measured: Measured, issued_s: int) -> list[int]:
    age_s = issued_s - int(measured.at.timestamp())
    u = [] if measured.u_tenths is None else [measured.u_tenths]
    return [int(measured.label), measured.tenths, *u, age_s, int(measured.within_limit)]


def _read_claims(payload: bytes) -> Slip:
    """Raises CredentialError."""
    fields = cbor.decode(payload)
    if type(fields) is not dict or set(fields) != _CLAIMS:
        raise CredentialError("a slip has exactly the claims of MS1")
    issued_at = datetime.fromtimestamp(whole(fields[IAT], MAX_AGE_S, MAX_UNIX_S), UTC)
    return Slip(
        _issuer(fields[ISS]),
        issued_at,
        byte_string(fields[CTI], CTI_BYTES),
        _place(fields[PLACE]),
        whole(fields[PASSAGE], 1, 2**53),
        byte_string(fields[ORDER], ORDER_BYTES),
        _people(fields[PEOPLE], issued_at),
    )


def _people(value: object, issued_at: datetime) -> tuple[Crew, ...]:
    if type(value) is not list or len(value) > len(Role):
        raise CredentialError("people is a list of a crew for each role")
    crews = tuple(_crew(each, issued_at) for each in value)
    roles = [crew.role for crew in crews]
    if len(set(roles)) != len(roles) or Role.COURIER not in roles:
        raise CredentialError("each role stands once on a slip, and the courier does")
    if sum(len(crew.measured) for crew in crews) > MAX_MEASURED:
        raise CredentialError(f"at most {MAX_MEASURED} temperatures stand on a slip")
    return crews


def _crew(value: object, issued_at: datetime) -> Crew:
    if type(value) is not list or len(value) != 3 or type(value[2]) is not list:
        raise CredentialError("a crew is [role, how many, [measured, …]]")
    role = Role(whole(value[0], Role.COOK, Role.COURIER))
    most = 1 if role is Role.COURIER else MAX_PEOPLE
    count = whole(value[1], 1 if role is Role.COURIER else 0, most)
    if len(value[2]) > min(count, MAX_MEASURED):
        raise CredentialError("a crew lists no more temperatures than it has people")
    return Crew(role, count, tuple(_measured(each, issued_at) for each in value[2]))


def _measured(value: object, issued_at: datetime) -> Measured:
    if type(value) is not list or not 4 <= len(value) <= 5:
        raise CredentialError("measured is [label, temperature, U, seconds before iat, within the limit]")
    label = Label(whole(value[0], Label.FACE_SKIN, Label.CLINICAL))
    tenths, *u, age_s, within = value[1:]
    if (label is Label.CLINICAL) is bool(u):
        raise CredentialError("a clinical thermometer's value has no U, and every other one has")
    return Measured(
        label,
        whole(tenths, LOWEST_TENTHS, HIGHEST_TENTHS),
        whole(u[0], 0, MAX_U_TENTHS) if u else None,
        issued_at - timedelta(seconds=whole(age_s, 0, MAX_AGE_S)),
        whole(within, 0, 1) == 1,
    )


def _issuer(value: object) -> str:
    if type(value) is not str or len(value) > MAX_ISSUER_CHARACTERS or not is_device_id(value):
        raise CredentialError("not the name of a kiosk")
    return value


def _place(value: object) -> str:
    """Printable only: no control or direction characters ever reach a page."""
    if type(value) is not str or len(value.encode(errors="replace")) > MAX_PLACE_BYTES:
        raise CredentialError(f"a place is a text of at most {MAX_PLACE_BYTES} bytes")
    if not value.isprintable():
        raise CredentialError("a place is printable")
    return value
