from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.credentials import base45, cbor, cose, slip
from kiosk.credentials.credential import Refusal
from kiosk.credentials.errors import CredentialError
from kiosk.credentials.slip import Crew, Role, Slip, Written, kid_of, listed, open_slip, order_key, text_of
from kiosk.terms import Reason
from tests.credentials.slips import (
    HANDED_OVER,
    KEY,
    LARGEST,
    ORDER,
    SLIP,
    clinical,
    key_of,
    measured,
    written,
)
from tests.credentials.test_hostile_codes import ITEMS

MODULES_OF_VERSION_15 = 77
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(reversed(range(32))))
COURIER = SLIP.people[2]
MUTANTS = 1500


def signed(payload: bytes, key: Ed25519PrivateKey = KEY, kid: bytes | None = None) -> bytes:
    """A slip of whatever claims, with a good signature."""
    protected = cose.protected_header(cose.Algorithm.EDDSA, kid or kid_of(key.public_key()))
    message = cose.assemble(protected, payload, key.sign(cose.sig_structure(protected, payload)))
    return slip.PREFIX + base45.encode(cbor.encode(message)).encode()


def claims(**changed: object) -> dict[int, object]:
    names = {
        "iss": slip.ISS,
        "iat": slip.IAT,
        "cti": slip.CTI,
        "place": slip.PLACE,
        "order": slip.ORDER,
        "people": slip.PEOPLE,
    }
    inner = cose.decode(base45.decode(written().encode()[4:])).payload
    fields = cbor.decode(inner)
    assert isinstance(fields, dict)
    return fields | {names[name]: value for name, value in changed.items()}


def reason_of(text: bytes) -> Reason:
    answer = open_slip(text, key_of, HANDED_OVER)
    assert isinstance(answer, Refusal)
    return answer.reason


def test_a_slip_says_what_was_written_on_it() -> None:
    assert open_slip(written().encode(), key_of, HANDED_OVER) == SLIP


def test_a_clinical_thermometers_value_stands_without_an_uncertainty() -> None:
    cooks = Crew(Role.COOK, 2, (clinical(368, 4.5), measured(365, 4.4)))
    by_hand = replace(SLIP, people=(cooks, Crew(Role.COURIER, 1, (clinical(366),))))
    assert open_slip(written(by_hand).encode(), key_of, HANDED_OVER) == by_hand
    (said,) = slip.people_of(by_hand)[1]["measured"]
    assert (said["label"], said["celsius"], said["expanded_u_celsius"]) == ("clinical", 36.6, None)
    with pytest.raises(CredentialError):
        written(replace(SLIP, people=(Crew(Role.COURIER, 1, (replace(clinical(366), u_tenths=3),)),)))


WRITTEN_BEFORE_CLINICAL_VALUES = (
    "MS1:RRQ+D9P60CO0$+AWKB8CK.DK180UPC2%E7WEOJE+86DF3%D19 Q779XVD78EPED:$5100D00W3F.3EDVC6$C1Q582B "
    "QEX349ECDZC/IA2EC/E7V509Z17N0/E7V50D.1S44ONNCJ4+G6DC73P9H44XSG+FI$0IVD9+.J4UR.I6R58JGRM71100G00"
    "7SGX50NMG.B0580Y61008T80.B0880Y610$7R80IB0$GG.B0780Y610P7R804H0$GG.B0680961T70V88+GA I5O9NJ*BDU"
    "HK-HO*AMHGV741%80CL:GPM5CMVP-J1A$QHZIB 0*/OMWIUKV2.KD6AS:J6GDOMFHLHT692O19XTS7J60"
)


def test_a_slip_of_before_there_were_clinical_values_is_still_genuine() -> None:
    assert open_slip(WRITTEN_BEFORE_CLINICAL_VALUES.encode(), key_of, HANDED_OVER) == SLIP


def test_a_slip_is_of_its_order_however_that_is_typed() -> None:
    assert SLIP.is_of(ORDER)
    assert SLIP.is_of(" mt-20261128- 0042\n")
    assert not SLIP.is_of("MT-20261128-0043")
    assert not SLIP.is_of("")


def test_two_slips_of_one_order_have_nothing_of_it_in_common() -> None:
    key = order_key(ORDER.encode())
    assert slip.order_digest(b"slip-one", key) != slip.order_digest(b"slip-two", key)
    assert ORDER.encode() not in cbor.encode(claims())
    assert key not in cbor.encode(claims())


def test_no_claim_names_anybody() -> None:
    """All that a slip holds of a person: a role, and a temperature with its uncertainty, time and verdict."""
    for role, count, listed_ in claims()[slip.PEOPLE]:  # type: ignore[attr-defined]
        assert (type(role), type(count)) == (int, int)
        assert all(type(number) is int for each in listed_ for number in each)


def test_the_largest_slip_fits_version_15_m() -> None:
    text = written(LARGEST)
    assert open_slip(text.encode(), key_of) == LARGEST
    assert len(text) <= slip.MAX_CHARACTERS
    image = zxingcpp.write_barcode_to_image(
        zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M"),
        scale=1,
        add_quiet_zones=False,
    )
    assert np.asarray(image).shape[0] <= MODULES_OF_VERSION_15


def test_a_kiosk_that_nobody_knows_is_said_to_be_unknown() -> None:
    stranger = replace(SLIP, device_id="counter-2")
    assert reason_of(written(stranger).encode()) is Reason.UNKNOWN_ISSUER


def test_a_slip_that_another_key_has_signed_is_forged() -> None:
    assert reason_of(written(key=OTHER_KEY).encode()) is Reason.BAD_SIGNATURE


def test_a_kid_that_is_not_the_keys_is_refused() -> None:
    assert reason_of(signed(cbor.encode(claims()), kid=b"else")) is Reason.BAD_SIGNATURE


def test_a_slip_from_the_future_is_refused_where_the_date_is_asked_about() -> None:
    text = written().encode()
    early = HANDED_OVER - slip.AHEAD
    assert isinstance(open_slip(text, key_of, early), Slip)
    answer = open_slip(text, key_of, early - timedelta(seconds=1))
    assert isinstance(answer, Refusal)
    assert answer.reason is Reason.NOT_YET_VALID
    assert isinstance(open_slip(text, key_of), Slip)


TOO_MANY = [[1, 1, 365, 9, 0, 1]] * 3


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "no such/name"},
        {"iss": "k" * 53},
        {"iat": True},
        {"iat": 2**40},
        {"iat": 0},
        {"cti": b"short"},
        {"order": b"short"},
        {"place": "line\nbreak"},
        {"place": "right\u202eleft"},
        {"place": "店" * 14},
        {"people": []},
        {"people": [[1, 0, []]]},
        {"people": [[3, 1, []], [3, 1, []]]},
        {"people": [[3, 2, []]]},
        {"people": [[4, 1, []], [3, 1, []]]},
        {"people": [[3, 1, [[1, 365, 9, 0, 1]] * 2]]},
        {"people": [[1, 1000, []], [3, 1, []]]},
        {"people": [[1, 900, [[1, 365, 9, 0, 1]] * 10], [3, 1, []]]},
        {"people": [[1, 9, [[1, 365, 9, 0, 1]] * 5], [2, 9, [[1, 365, 9, 0, 1]] * 5], [3, 1, []]]},
        {"people": [[3, 1, [[4, 365, 9, 0, 1]]]]},
        {"people": [[3, 1, [[3, 365, 9, 0, 1]]]]},
        {"people": [[3, 1, [[3, 365, 0]]]]},
        {"people": [[3, 1, [[2, 365, 0, 1]]]]},
        {"people": [[3, 1, [[3, 365, 172801, 1]]]]},
        {"people": [[3, 1, [[1, 3001, 9, 0, 1]]]]},
        {"people": [[3, 1, [[1, 365, -1, 0, 1]]]]},
        {"people": [[3, 1, [[1, 365, 9, -1, 1]]]]},
        {"people": [[3, 1, [[1, 365, 9, 0, 2]]]]},
        {"people": [[3, 1, [[1, 365, 9, 0]]]]},
        {"people": [[3, 1]]},
        {"people": {"cook": 1}},
    ],
    ids=str,
)
def test_claims_that_are_not_those_of_a_slip_are_malformed_though_they_are_signed(
    changed: dict[str, object],
) -> None:
    assert reason_of(signed(cbor.encode(claims(**changed)))) is Reason.MALFORMED


def test_a_claim_more_or_less_is_malformed() -> None:
    fields = claims()
    assert reason_of(signed(cbor.encode(fields | {99: "张伟"}))) is Reason.MALFORMED
    del fields[slip.PLACE]
    assert reason_of(signed(cbor.encode(fields))) is Reason.MALFORMED


def test_what_is_longer_than_a_slip_can_be_is_not_looked_at() -> None:
    assert reason_of(slip.PREFIX + b"0" * slip.MAX_CHARACTERS) is Reason.MALFORMED


@pytest.mark.parametrize("text", [b"", b"MS1:", b"ms1:0", b"HP1:6BF", b"\xff\xfe"])
def test_what_is_no_slip_is_malformed(text: bytes) -> None:
    assert reason_of(text) is Reason.MALFORMED


def test_a_slip_that_could_not_be_read_is_not_written() -> None:
    for unfit in (
        replace(SLIP, place="x" * 41),
        replace(SLIP, issued_at=HANDED_OVER + timedelta(microseconds=1)),
        replace(SLIP, people=(Crew(Role.COOK, 1, ()),)),
    ):
        with pytest.raises(CredentialError):
            written(unfit)


def test_of_more_people_than_there_is_room_for_the_highest_are_listed() -> None:
    crew = listed(Role.COOK, (measured(361), measured(371), measured(366)), room=2)
    assert (crew.count, [each.tenths for each in crew.measured]) == (3, [371, 366])
    by_hand = listed(Role.COOK, (measured(361), measured(371), clinical(364), measured(366)), room=2)
    assert [each.tenths for each in by_hand.measured] == [364, 371], "what rests on a decision of staff first"


PAGE = "https://hub.example/s"


def test_a_slip_may_be_shown_as_a_link_that_loses_nothing() -> None:
    text = written(LARGEST)
    assert Written(LARGEST, text).shown == text
    shown = Written(LARGEST, text, PAGE).shown
    assert shown.startswith(f"{PAGE}#MS1%3A")
    assert " " not in shown
    assert text_of(shown) == text
    assert text_of(text) == text


@pytest.mark.parametrize("text", ["", "#", "MS1:%20#%41", "hub.example/s#MS1%3A", "javascript:x#MS1%3A"])
def test_what_is_no_link_to_a_page_is_taken_as_it_stands(text: str) -> None:
    assert text_of(text) == text


@pytest.mark.slow
def test_no_mutant_of_a_slip_is_genuine() -> None:
    rng = random.Random(7)
    text = written().encode()
    inner = base45.decode(text[4:])
    wraps: list[tuple[bytes, Callable[[bytes], bytes]]] = [(text, bytes), (inner, as_slip)]
    for data, wrap in wraps:
        for length in range(0, len(data), 3):
            assert isinstance(open_slip(wrap(data[:length]), key_of), Refusal)
        for _ in range(MUTANTS):
            changed = bytearray(data)
            changed[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
            assert isinstance(open_slip(wrap(bytes(changed)), key_of), Refusal)
        for extra in (b"\x00", b"0", b"\n", b" "):
            assert isinstance(open_slip(wrap(data + extra), key_of), Refusal)
            assert isinstance(open_slip(wrap(extra + data), key_of), Refusal)


def as_slip(data: bytes) -> bytes:
    return slip.PREFIX + base45.encode(data).encode()


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(st.binary(max_size=700))
def test_no_bytes_raise(data: bytes) -> None:
    for text in (data, slip.PREFIX + data, as_slip(data)):
        assert isinstance(open_slip(text, key_of), Refusal)


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(ITEMS)
def test_no_signed_claims_raise(item: object) -> None:
    assert isinstance(open_slip(signed(cbor.encode(item)), key_of), Refusal)


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(sorted(claims())), ITEMS)
def test_no_signed_claim_of_another_kind_raises(claim: int, item: object) -> None:
    """One claim of a genuine slip replaced: whatever is read then is within the format's bounds."""
    answer = open_slip(signed(cbor.encode(claims() | {claim: item})), key_of)
    if isinstance(answer, Slip):
        assert open_slip(written(answer).encode(), key_of) == answer
