from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

from kiosk.credentials import cbor, cose
from kiosk.credentials.bundle import IssuerKey, TrustBundle
from kiosk.credentials.certificate import Vaccination
from kiosk.credentials.credential import Credential, Refusal
from kiosk.credentials.policy import Policy, parse
from kiosk.credentials.revocation import Revocations, hash_of
from kiosk.terms import Reason, Strictness
from tests.credentials.certificates import (
    BUNDLE,
    EXPIRES_S,
    ISSUED_S,
    KID,
    RECOVERY,
    TEST,
    VACCINATION,
    claims,
    code,
    document,
    judge,
    packed,
    signed,
)
from tests.credentials.issuers import NOON, at

VACCINATED = document(v=[VACCINATION])
MESSAGE = signed(cbor2.dumps(claims(VACCINATED)))


def reason(payload: bytes, bundle: TrustBundle = BUNDLE, after_s: float = 0.0) -> Reason:
    result = judge(payload, bundle, after_s)
    assert isinstance(result, Refusal), result
    return result.reason


def with_key(**changes: object) -> TrustBundle:
    return replace(BUNDLE, keys={KID: replace(BUNDLE.keys[KID], **changes)})  # type: ignore[arg-type]


def test_a_certificate_says_what_it_was_issued_with_and_masks_the_name() -> None:
    result = judge(code(VACCINATED))
    assert isinstance(result, Credential)
    assert (result.format, result.kid, result.colour, result.masked_name) == ("HC1", KID, None, "M*** E***")
    assert result.certificate is not None
    assert result.certificate.facts == Vaccination("EU/1/20/1528", 2, 2, date(2026, 9, 1))
    assert len(result.subject) == 8
    assert not result.is_paper


def without(entry: Mapping[str, object], name: str) -> dict[str, object]:
    return {other: value for other, value in entry.items() if other != name}


@pytest.mark.parametrize("groups", [{"v": [VACCINATION]}, {"t": [TEST]}, {"r": [RECOVERY]}])
def test_each_kind_of_certificate_is_read(groups: dict[str, object]) -> None:
    assert isinstance(judge(code(document(**groups))), Credential)


def test_rsa_signatures_are_checked_too() -> None:
    key = generate_private_key(65537, 2048)
    protected, payload = cbor.encode({1: -37, 4: KID}), cbor2.dumps(claims(VACCINATED))
    signature = key.sign(cose.sig_structure(protected, payload), PSS(MGF1(SHA256()), 32), SHA256())
    bundle = TrustBundle(1, {KID: IssuerKey(KID, key.public_key(), frozenset({"HC1"}))})
    good = packed(cbor.encode(cose.assemble(protected, payload, signature)))
    assert isinstance(judge(good, bundle), Credential)
    spoilt = signature[:-1] + bytes([signature[-1] ^ 1])
    assert (
        reason(packed(cbor.encode(cose.assemble(protected, payload, spoilt))), bundle) is Reason.BAD_SIGNATURE
    )
    assert reason(good) is Reason.BAD_SIGNATURE


def test_a_message_under_the_cwt_tag_is_the_same() -> None:
    assert isinstance(judge(packed(b"\xd8\x3d" + MESSAGE)), Credential)


@pytest.mark.parametrize(
    "payload",
    [
        b"HC1:",
        b"HC1:abc",
        b"HC1:GGW",
        packed(MESSAGE, lambda data: data),
        packed(MESSAGE, lambda data: zlib.compress(data)[:-1]),
        packed(MESSAGE, lambda data: zlib.compress(data) + b"\0"),
        packed(MESSAGE, lambda data: zlib.compress(data) + zlib.compress(data)),
        packed(MESSAGE + b"\0"),
        packed(bytes(1_000_000)),
        packed(b"\xd8\x3d\xd8\x3d" + MESSAGE),
        packed(MESSAGE[1:]),
        packed(signed(b"\xa0", header={1: -7, 2: [9], 4: KID})),
        packed(signed(b"\xa0", header={1: -8, 4: b""})),
        packed(signed(b"\xa0", header={1: -257, 4: KID})),
    ],
)
def test_what_does_not_come_apart_is_malformed(payload: bytes) -> None:
    assert reason(payload) is Reason.MALFORMED


def test_a_kid_is_taken_from_the_protected_header_first_and_keys_are_never_tried() -> None:
    assert reason(packed(signed(cbor2.dumps(claims(VACCINATED)), kid=b"another."))) is Reason.UNKNOWN_ISSUER


@pytest.mark.parametrize(
    "other",
    [{"4": 1}, {4: 1.5 * ISSUED_S}, {4: cbor2.CBORTag(4, [2**60, 1])}, {6: True}, {6: None}, {-260: {2: {}}}],
)
def test_signed_claims_of_another_shape_are_malformed(other: dict[object, object]) -> None:
    payload = cbor2.dumps({**claims(VACCINATED), **other} if "4" not in other else {6: ISSUED_S})
    assert reason(packed(signed(payload))) is Reason.MALFORMED


def test_duplicate_keys_are_malformed() -> None:
    twice = b"\xa4" + b"".join(
        cbor2.dumps(part) for part in (4, EXPIRES_S, 4, EXPIRES_S + 1, 6, ISSUED_S, -260, {1: VACCINATED})
    )
    assert reason(packed(signed(twice))) is Reason.MALFORMED


@pytest.mark.parametrize(
    "certificate",
    [
        {},
        document(),
        document(v=[VACCINATION, VACCINATION]),
        document(v=[VACCINATION], t=[TEST]),
        document(v=VACCINATION),
        document(v=[]),
        {**VACCINATED, "ver": "2.0.0"},
        {**VACCINATED, "dob": "12.08.1964"},
        {**VACCINATED, "nam": {}},
        {**VACCINATED, "nam": {"fnt": "Mustermann"}},
        *({**VACCINATED, "nam": {"fnt": "MUSTERMANN", **wrong}} for wrong in (
            {"gnt": "Erika"}, {"gnt": ""}, {"gnt": 1}, {"fn": 1}, {"gn": "x" * 81}, {"fnt": "X" * 81},
        )),
        *(document(v=[without(VACCINATION, name)]) for name in VACCINATION),
        *(document(t=[without(TEST, name)]) for name in TEST if name != "tc"),
        *(document(r=[without(RECOVERY, name)]) for name in RECOVERY),
        {**VACCINATED, "nam": "MUSTERMANN"},
        *(document(v=[{**VACCINATION, **wrong}]) for wrong in (
            {"dn": 0}, {"dn": "2"}, {"sd": 10}, {"dt": "2026-13-01"}, {"dt": "2026-9-1"},
            {"dt": "20260901"}, {"dt": "2026-W36-2"}, {"tg": 1}, {"is": b"x"}, {"vp": 1}, {"ma": "x" * 81},
            {"ci": "x" * 81}, {"ci": 5}, {"co": "at"}, {"mp": 5},
        )),
        *(document(t=[{**TEST, **wrong}]) for wrong in (
            {"sc": "2026-11-22"}, {"sc": "2026-11-22T06:00:00"}, {"sc": "2026-11-22T26:00:00Z"}, {"tr": 1},
            {"nm": 1}, {"ma": 1}, {"tc": "x" * 81},
        )),
        *(document(r=[{**RECOVERY, **wrong}]) for wrong in ({"df": ""}, {"fr": "2026-02-30"})),
    ],
)  # fmt: skip
def test_a_certificate_outside_the_schema_is_refused_as_such(certificate: object) -> None:
    assert reason(code(certificate)) is Reason.SCHEMA


def test_a_key_signs_only_the_types_that_it_is_for() -> None:
    for_tests = with_key(usages=frozenset({"test"}))
    assert reason(code(VACCINATED), for_tests) is Reason.KEY_USAGE
    assert isinstance(judge(code(document(t=[TEST])), for_tests), Credential)


def test_a_key_that_is_not_listed_for_hc1_signs_none() -> None:
    assert reason(code(VACCINATED), with_key(formats=frozenset({"HP1"}))) is Reason.NOT_ASSERTABLE


def test_code_and_key_have_their_times() -> None:
    payload = code(VACCINATED)
    assert reason(payload, after_s=-2 * 86_400) is Reason.NOT_YET_VALID
    assert reason(payload, after_s=366 * 86_400) is Reason.EXPIRED
    assert reason(payload, with_key(not_before=NOON + timedelta(hours=1))) is Reason.NOT_YET_VALID
    assert reason(payload, with_key(not_after=NOON - timedelta(hours=1))) is Reason.EXPIRED


@pytest.mark.parametrize(
    "identity",
    [b"URN:UVCI:01:AT:1#B", b"ATURN:UVCI:01:AT:1#B", MESSAGE[-64:-32]],
    ids=["identifier", "with its country", "signature"],
)
def test_a_certificate_is_revoked_by_its_identifier_with_its_country_or_by_its_signature(
    identity: bytes,
) -> None:
    listed = Revocations(hashes=frozenset({hash_of(identity)}))
    assert reason(packed(MESSAGE), replace(BUNDLE, revocations=listed)) is Reason.REVOKED
    assert isinstance(judge(packed(MESSAGE), replace(BUNDLE, revocations=Revocations())), Credential)


ROWS = {
    "complete": {"type": "vaccination", "doses": "complete", "min_age_days": 14, "max_age_days": 270},
    "product": {"type": "vaccination", "products": ["EU/1/20/1507"]},
    "test": {"type": "test", "max_age_hours": 72, "kinds": ["LP6464-4"]},
    "recovery": {"type": "recovery", "min_age_days": 11, "max_age_days": 180},
}


def is_green(certificate: object, *rows: str) -> bool:
    credential = judge(code(certificate))
    assert isinstance(credential, Credential)
    objection = parse({"hc1": [ROWS[row] for row in rows]}).objection(credential, at())
    assert objection in (None, (Strictness.HARD, Reason.NOT_GREEN))
    return objection is None


@pytest.mark.parametrize(
    ("changes", "rows", "green"),
    [
        ({}, ("complete",), True),
        ({}, (), False),
        ({}, ("test", "recovery"), False),
        ({}, ("test", "complete"), True),
        ({"dn": 1}, ("complete",), False),
        ({"dn": 3}, ("complete",), True),
        ({"dt": "2026-11-08"}, ("complete",), True),
        ({"dt": "2026-11-09"}, ("complete",), False),
        ({"dt": "2026-02-24"}, ("complete",), False),
        ({"dt": "2026-02-25"}, ("complete",), True),
        ({}, ("product",), False),
        ({"mp": "EU/1/20/1507"}, ("product",), True),
        ({"mp": "EU/1/20/1507", "dt": "2027-01-01"}, ("product",), False),
    ],
)
def test_a_vaccination_is_green_where_a_row_fits(
    changes: dict[str, object], rows: tuple[str, ...], green: bool
) -> None:
    assert is_green(document(v=[{**VACCINATION, **changes}]), *rows) is green


@pytest.mark.parametrize(
    ("changes", "green"),
    [
        ({}, True),
        ({"tr": "260373001"}, False),
        ({"tt": "LP217198-3"}, False),
        ({"sc": "2026-11-19T13:00:00+01:00"}, True),
        ({"sc": "2026-11-19T11:59:59Z"}, False),
        ({"sc": "2026-11-22T12:00:01Z"}, False),
    ],
)
def test_a_test_is_green_when_negative_of_its_kind_and_recent(
    changes: dict[str, object], green: bool
) -> None:
    assert is_green(document(t=[{**TEST, **changes}]), "test") is green


@pytest.mark.parametrize(
    ("changes", "green"),
    [
        ({}, True),
        ({"df": "2026-11-23"}, False),
        ({"du": "2026-11-21"}, False),
        ({"fr": "2026-05-25"}, False),
        ({"fr": "2026-11-12"}, False),
    ],
)
def test_a_recovery_is_green_within_its_validity_and_age(changes: dict[str, object], green: bool) -> None:
    assert is_green(document(r=[{**RECOVERY, **changes}]), "recovery") is green


def test_without_a_table_no_certificate_is_green() -> None:
    credential = judge(code(VACCINATED))
    assert isinstance(credential, Credential)
    assert Policy().objection(credential, at()) == (Strictness.HARD, Reason.NOT_GREEN)
