from __future__ import annotations

import random

import pytest

from kiosk.credentials import base45
from kiosk.credentials.errors import CredentialError


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


@pytest.mark.parametrize("text", [b"A", b"BB8\n", b"bb8", b"GGW", b":::", b"ZZ", b"BB\xc3\xa4", b"0" * 4297])
def test_what_does_not_encode_to_itself_is_refused(text: bytes) -> None:
    with pytest.raises(CredentialError):
        base45.decode(text)
