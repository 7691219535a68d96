from __future__ import annotations

import cbor2
import pytest

from kiosk.credentials import cbor
from kiosk.credentials.errors import CredentialError


@pytest.mark.parametrize(
    "item", [0, 23, 24, 2**64 - 1, -1, b"", b"x" * 300, "", "张", [], [1, [2]], {}, {1: {2: b"3"}}], ids=repr
)
def test_what_is_encoded_decodes_to_itself(item: object) -> None:
    assert cbor.decode(cbor.encode(item)) == item


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("nothing", ""),
        ("bytes behind the item", "0000"),
        ("a number not in its shortest form", "1800"),
        ("a length not in its shortest form", "580100"),
        ("a key that stands twice", "a201000100"),
        ("an indefinite array", "9fff"),
        ("an indefinite byte string", "5f4100ff"),
        ("a lone break", "ff"),
        ("a reserved length", "1c"),
        ("a float", "f93c00"),
        ("true", "f5"),
        ("null", "f6"),
        ("a bignum", "c2410a"),
        ("a decimal fraction", "c48220190100"),
        ("a decimal fraction of astronomic size", "c4821b7fffffffffffffff01"),
        ("a shared reference", "d81c80"),
        ("an array longer than the data", "9affffffff"),
        ("a byte string longer than the data", "5bffffffffffffffff"),
        ("a map longer than the data", "bbffffffffffffffff"),
        ("nine arrays in each other", "81" * 9 + "00"),
        ("a thousand arrays in each other", "81" * 1000 + "00"),
        ("text that is not UTF-8", "61ff"),
        ("an array as a key", "a18000"),
        ("half a head", "19"),
    ],
)
def test_what_is_not_strict_is_refused(name: str, data: str) -> None:
    with pytest.raises(CredentialError):
        cbor.decode(bytes.fromhex(data))


def test_an_item_over_the_size_limit_is_refused_unread() -> None:
    with pytest.raises(CredentialError, match="at most 4096"):
        cbor.decode(bytes(5000))


@pytest.mark.parametrize("length", [0, 1, 23, 24, 255, 256, 4000, 65_535])
def test_a_byte_string_is_found_where_it_begins(length: int) -> None:
    value = b"x" * length
    encoded = cbor.encode(value)
    assert cbor.byte_string_at(b"\x80" + encoded + b"\0", 1) == (value, 1 + len(encoded))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("nothing", ""),
        ("half a head", "58"),
        ("half a head of three bytes", "5901"),
        ("one byte too few", "41"),
        ("one byte too few after a long head", "5818" + "00" * 23),
        ("a length of 23 in two bytes", "5817" + "00" * 23),
        ("a length of 255 in three bytes", "5900ff" + "00" * 255),
        ("a length of 256 in five bytes", "5a00000100" + "00" * 256),
        ("an indefinite one", "5f4100ff"),
        ("a text", "6161"),
        ("an array", "8141"),
    ],
)
def test_no_byte_string_is_found_where_none_begins_or_its_head_is_too_long(name: str, data: str) -> None:
    with pytest.raises(IndexError):
        cbor.byte_string_at(bytes.fromhex(data), 0)


@pytest.mark.parametrize(
    "item",
    [
        1.5,
        None,
        True,
        [[1, [2.5]]],
        {1: {2: [None]}},
        [0, "1", b"2", {3: False}],
        {1: 2, b"3": 4},
        {1: {(): 1}},
    ],
    ids=repr,
)
def test_what_has_no_place_in_a_code_is_found_at_any_depth(item: object) -> None:
    with pytest.raises(CredentialError, match=r"float or simple value|map's key"):
        cbor.decode(cbor2.dumps(item))
    with pytest.raises(CredentialError, match=r"float or simple value|map's key"):
        cbor.decode(cbor2.dumps(cbor2.CBORTag(18, [item])), tags=frozenset({18}))


def test_only_the_tags_that_are_named_are_allowed() -> None:
    tagged = bytes.fromhex("d28101")
    assert cbor.encode(cbor.decode(tagged, tags=frozenset({18}))) == tagged
    with pytest.raises(CredentialError, match="CBOR: none"):
        cbor.decode(tagged, tags=frozenset({17}))
