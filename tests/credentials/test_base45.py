from __future__ import annotations

import itertools
import random

import pytest

from kiosk.credentials import base45
from kiosk.credentials.errors import CredentialError

ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


@pytest.mark.parametrize(
    ("data", "text"), [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"ietf!", "QED8WEX0")]
)
def test_the_examples_of_rfc_9285(data: bytes, text: str) -> None:
    assert base45.encode(data) == text
    assert base45.decode(text.encode()) == data


def test_any_bytes_come_back() -> None:
    rng = random.Random(45)
    for length in range(60):
        data = rng.randbytes(length)
        assert base45.decode(base45.encode(data).encode()) == data


def test_every_text_of_three_and_of_two_characters_stands_for_what_the_rfc_says_or_is_refused() -> None:
    for text in [*itertools.product(range(45), repeat=2), *itertools.product(range(45), repeat=3)]:
        number, most = sum(digit * 45**place for place, digit in enumerate(text)), 256 ** (len(text) - 1) - 1
        characters = bytes(ALPHABET[digit] for digit in text)
        if number > most:
            with pytest.raises(CredentialError):
                base45.decode(characters)
        else:
            assert base45.decode(characters) == number.to_bytes(len(text) - 1, "big")


def test_a_group_beyond_its_bytes_is_refused_wherever_it_stands() -> None:
    good = base45.encode(bytes(range(61))).encode()
    for place in range(0, len(good) - 2, 3):
        with pytest.raises(CredentialError):
            base45.decode(good[:place] + b"GGW" + good[place + 3 :])
    with pytest.raises(CredentialError):
        base45.decode(good[:-2] + b"V5")  # 31 + 45 * 5 = 256


def test_the_longest_text_comes_back() -> None:
    data = random.Random(1).randbytes(base45.MAX_CHARACTERS // 3 * 2)
    assert base45.decode(base45.encode(data).encode()) == data


@pytest.mark.parametrize("text", [b"A", b"BB8\n", b"bb8", b"GGW", b":::", b"ZZ", b"BB\xc3\xa4", b"0" * 4297])
def test_what_does_not_encode_to_itself_is_refused(text: bytes) -> None:
    with pytest.raises(CredentialError):
        base45.decode(text)
