from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import cbor2
import pytest

from hub.issuing import Issuer, Pass
from kiosk.credentials import base45, cbor, cose
from kiosk.credentials.bundle import IssuerKey, TrustBundle
from kiosk.credentials.credential import Colour, Credential, Refusal
from kiosk.credentials.rotation import walk_down
from kiosk.credentials.verifier import verify
from kiosk.terms import Instant, Reason
from tests.credentials.issuers import BUNDLE, DAY_S, EDDSA, ES256, NOON, at, green

ISSUERS = pytest.mark.parametrize("issuer", [EDDSA, ES256], ids=["EdDSA", "ES256"])


def judge(
    code: str | bytes, when: Instant | None = None, bundle: TrustBundle = BUNDLE
) -> Credential | Refusal:
    return verify(code.encode() if isinstance(code, str) else code, bundle, when or at())


def refused(code: str | bytes, when: Instant | None = None, bundle: TrustBundle = BUNDLE) -> Reason | None:
    result = judge(code, when, bundle)
    return result.reason if isinstance(result, Refusal) else None


def rotating_code(shown: Pass, slot: object, reveal: object) -> str:
    return "HP1:" + base45.encode(b"\x83" + shown.message + cbor.encode(slot) + cbor.encode(reveal))


def signed(claims: Mapping[Any, object]) -> str:
    """A static code whose signature holds over these claims."""
    return "HP1:" + base45.encode(EDDSA.sign(cbor2.dumps(claims)))


def claims(**changes: object) -> dict[int, object]:
    names = {"area": 3, "exp": 4, "iat": 6, "cti": 7, "colour": -65537, "roles": -65538, "rotation": -65539}
    names |= {"name": -65540, "index": -65541, "other": 99}
    start = int(NOON.timestamp())
    base: dict[int, object] = {3: "330100", 4: start + 60, 6: start, 7: bytes(8), -65537: 1}
    return base | {names[name]: value for name, value in changes.items()}


@ISSUERS
@pytest.mark.parametrize("rotating", [True, False])
def test_a_pass_says_what_it_was_issued_with(issuer: Issuer, rotating: bool) -> None:
    shown = green(issuer, rotating=rotating)
    assert judge(shown.code_at(NOON)) == Credential(
        format="HP1",
        kid=issuer.kid,
        subject=shown.cti,
        colour=Colour.GREEN,
        roles=frozenset({2, 3}),
        area="330100/plant-7",
        masked_name="张*明",
        rotating=rotating,
        issued_at=NOON,
        expires_at=NOON + timedelta(days=1),
        slot=int(NOON.timestamp()) // 30 if rotating else None,
    )


@pytest.mark.parametrize(
    "text", ["", "HP", "hp1:ABC", "https://example.org", "WIFI:S:x;;", "HC2:6BF", "\x00ÿ"]
)
def test_what_has_no_known_prefix_is_no_pass(text: str) -> None:
    assert judge(text) == Refusal(Reason.NOT_A_PASS)


@pytest.mark.parametrize(
    "text", [b"HP1:", b"HP1:abc", b"HP1:::::::", b"HP1:\xff", b"HP1:" + b"0" * 5000, b"HP1:BB8", b"HP1:BB8\n"]
)
def test_what_is_not_strict_base45_and_cbor_is_malformed(text: bytes) -> None:
    assert judge(text) == Refusal(Reason.MALFORMED, "HP1")


def test_a_newline_behind_a_code_is_malformed() -> None:
    assert refused(green().code_at(NOON) + "\n") is Reason.MALFORMED


def test_a_kid_that_the_bundle_does_not_know_is_an_unknown_issuer() -> None:
    assert judge(green().code_at(NOON), bundle=TrustBundle()) == Refusal(
        Reason.UNKNOWN_ISSUER, "HP1", b"EdDS"
    )


def test_a_signature_by_another_key_under_a_known_kid_is_bad() -> None:
    forger = Issuer(ES256.private_key, EDDSA.kid)
    assert judge(green(forger).code_at(NOON)) == Refusal(Reason.BAD_SIGNATURE, "HP1", b"EdDS")


@pytest.mark.parametrize("length", [0, 63, 65, 71])
def test_a_signature_of_another_length_is_bad(length: int) -> None:
    payload = cbor2.dumps(claims())
    message = cose.assemble(cose.protected_header(cose.Algorithm.ES256, ES256.kid), payload, bytes(length))
    assert refused("HP1:" + base45.encode(cbor.encode(message))) is Reason.BAD_SIGNATURE


@pytest.mark.parametrize(
    ("area", "roles", "accepted"),
    [
        ({"330100"}, set(), True),
        ({"330100/plant-7"}, {2, 3, 4}, True),
        ({"3301"}, set(), False),
        ({"330100/plant-70"}, set(), False),
        ({"440300", "330100"}, {2}, False),
    ],
)
def test_an_issuer_asserts_only_its_areas_and_roles(area: set[str], roles: set[int], accepted: bool) -> None:
    key = replace(BUNDLE.keys[EDDSA.kid], areas=frozenset(area), roles=frozenset(roles))
    expected = None if accepted else Reason.NOT_ASSERTABLE
    assert refused(green().code_at(NOON), bundle=TrustBundle(1, {key.kid: key})) is expected


def test_a_key_of_another_format_asserts_no_hp1_pass() -> None:
    key = IssuerKey(EDDSA.kid, EDDSA.private_key.public_key(), formats=frozenset({"HC1"}))
    assert refused(green().code_at(NOON), bundle=TrustBundle(1, {key.kid: key})) is Reason.NOT_ASSERTABLE


def test_a_pass_is_valid_from_its_first_second_to_the_one_before_its_last() -> None:
    shown = green(rotating=False, lifetime_s=600)
    code = shown.code_at(NOON)
    assert refused(code, at(-1)) is Reason.NOT_YET_VALID
    assert refused(code, at(0)) is None
    assert refused(code, at(599.9)) is None
    assert refused(code, at(600)) is Reason.EXPIRED


def test_a_rotating_code_lives_two_slots_before_and_after_its_own() -> None:
    shown = green()
    code = shown.code_at(NOON + timedelta(seconds=300))
    assert [refused(code, at(300 + 30 * n)) for n in (-3, -2, 0, 2, 3)] == [
        Reason.ROTATION_STALE,
        None,
        None,
        None,
        Reason.ROTATION_STALE,
    ]


def test_every_slot_of_a_day_leads_to_the_anchor() -> None:
    shown = green()
    for slot in (1, 2, 1440, 2879, 2880):
        moment = at(30.0 * (slot - 1))
        result = judge(shown.code_at(moment.utc), moment)
        assert isinstance(result, Credential)
        assert result.slot == int(NOON.timestamp()) // 30 + slot - 1


def test_a_day_that_starts_inside_a_slot_has_a_code_up_to_its_last_second() -> None:
    shown = EDDSA.issue(
        colour=Colour.GREEN, area="330100", valid_from=NOON + timedelta(seconds=29), lifetime_s=DAY_S
    )
    last = at(29 + DAY_S - 1)
    assert refused(shown.code_at(last.utc), last) is None


def test_the_public_anchor_is_no_reveal() -> None:
    shown = green()
    assert shown.rotation is not None
    assert refused(rotating_code(shown, 0, shown.rotation.anchor)) is Reason.ROTATION_INVALID


@pytest.mark.parametrize("slot", [-1, 0, 2, 2881, 2**40])
def test_a_reveal_proves_its_own_slot_only(slot: int) -> None:
    shown = green()
    assert shown.secret is not None
    first = walk_down(shown.cti, shown.secret, 2880, 1)
    assert refused(rotating_code(shown, 1, first)) is None
    assert refused(rotating_code(shown, slot, first)) is Reason.ROTATION_INVALID


def test_a_past_reveal_gives_away_no_coming_one() -> None:
    shown = green()
    assert shown.secret is not None
    seen = walk_down(shown.cti, shown.secret, 2880, 5)
    for guess in (seen, walk_down(shown.cti, seen, 6, 5), walk_down(shown.cti, seen, 5, 4)):
        assert refused(rotating_code(shown, 6, guess), at(150)) is Reason.ROTATION_INVALID


def test_a_rotating_pass_without_its_reveal_is_refused() -> None:
    assert refused("HP1:" + base45.encode(green().message)) is Reason.ROTATION_INVALID


def test_a_static_pass_dressed_as_a_rotating_one_is_refused() -> None:
    assert refused(rotating_code(green(rotating=False), 1, bytes(16))) is Reason.ROTATION_INVALID


@pytest.mark.parametrize(
    ("slot", "reveal"), [(True, bytes(16)), ("1", bytes(16)), (1, bytes(15)), (1, "x" * 16)]
)
def test_slot_and_reveal_of_another_shape_are_malformed(slot: object, reveal: object) -> None:
    assert refused(rotating_code(green(), slot, reveal)) is Reason.MALFORMED


@pytest.mark.parametrize(
    "changes",
    [
        {"area": ""},
        {"area": "3301 00"},
        {"area": "330100/" + "x" * 40},
        {"area": 330100},
        {"exp": int(NOON.timestamp())},
        {"exp": 2**40},
        {"iat": -1},
        {"cti": bytes(7)},
        {"cti": "12345678"},
        {"colour": 0},
        {"colour": 4},
        {"roles": [256]},
        {"roles": list(range(9))},
        {"roles": 2},
        {"rotation": [bytes(16), 0, 2881]},
        {"rotation": [bytes(16), 0]},
        {"name": ""},
        {"name": "x" * 25},
        {"name": "a\u202eb"},
        {"name": "a\nb"},
        {"index": -1},
        {"other": 1.5},
        {"other": None},
        {"other": True},
    ],
    ids=str,
)
def test_signed_claims_of_another_shape_are_malformed(changes: dict[str, object]) -> None:
    assert judge(signed(claims(**changes))) == Refusal(Reason.MALFORMED, "HP1", EDDSA.kid)


@pytest.mark.parametrize("missing", [3, 4, 6, 7, -65537])
def test_a_claim_that_is_needed_is_missed(missing: int) -> None:
    assert refused(signed({k: v for k, v in claims().items() if k != missing})) is Reason.MALFORMED


def test_claims_have_integers_for_keys_and_nothing_else() -> None:
    assert judge(signed({**claims(), "note": 1})) == Refusal(Reason.MALFORMED, "HP1", EDDSA.kid)


def test_a_claim_that_nobody_knows_is_passed_over() -> None:
    assert refused(signed(claims(other=[1, "x"]))) is None


def test_refusals_come_in_the_order_of_the_rules() -> None:
    """Too old, of a foreign area, and badly signed: what comes first in the list is said."""
    code = green(lifetime_s=60).code_at(NOON)
    foreign = replace(BUNDLE.keys[EDDSA.kid], areas=frozenset({"440300"}))
    stranger = replace(foreign, public_key=ES256.private_key.public_key())
    late = at(3600)
    assert refused(code, late, TrustBundle()) is Reason.UNKNOWN_ISSUER
    assert refused(code, late, TrustBundle(1, {stranger.kid: stranger})) is Reason.BAD_SIGNATURE
    assert refused(code, late, TrustBundle(1, {foreign.kid: foreign})) is Reason.NOT_ASSERTABLE
    assert refused(code, late) is Reason.EXPIRED
