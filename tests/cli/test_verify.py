from __future__ import annotations

import argparse
import base64
import io
import json
import sys
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from hub.issuing import Issuer
from kiosk.cli import verify
from kiosk.cli.verify_input import MAX_LINE_BYTES
from kiosk.trust.certificates import certificate_kid
from kiosk.trust.jwk import jwk_from_issuer_key
from tests.credentials.issuers import BUNDLE, ES256, NOON, green

JWKS = {"keys": [jwk_from_issuer_key(key) for key in BUNDLE.keys.values()]}
AT = "2026-11-22T12:00:00Z"
CODE = green().code_at(NOON)
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Issuer")])


def ask(**changes: object) -> dict[str, Any]:
    line: dict[str, object] = {"payload": CODE, "at": AT, "keys": JWKS}
    answer: dict[str, Any] = verify.answer(json.dumps(line | changes).encode())
    return answer


def certificate(private_key: Any) -> bytes:
    builder = x509.CertificateBuilder().subject_name(NAME).issuer_name(NAME).serial_number(1)
    builder = builder.not_valid_before(NOON).not_valid_after(NOON + timedelta(days=1))
    signed = builder.public_key(private_key.public_key()).sign(ES256.private_key, SHA256())
    return signed.public_bytes(Encoding.DER)


def test_a_valid_code_is_accepted() -> None:
    assert ask() == {"outcome": "accept", "reason": "credential.valid", "format": "HP1", "kid": b"EdDS".hex()}


def test_a_refused_code_says_why() -> None:
    assert ask(at="2026-11-24T12:00:00+00:00")["reason"] == "credential.expired"
    assert ask(keys={"keys": []})["reason"] == "credential.unknown_issuer"
    assert ask(payload="https://example.org") == {
        "outcome": "refuse",
        "reason": "credential.not_a_pass",
        "format": None,
        "kid": None,
    }


def test_a_kid_may_be_in_hex() -> None:
    keys = [
        key | {"kid": base64.urlsafe_b64decode(key["kid"] + "==").hex()}
        for key in map(dict[str, Any], JWKS["keys"])
    ]
    assert ask(keys={"keys": keys})["outcome"] == "accept"


def test_a_certificate_is_known_by_the_start_of_its_hash() -> None:
    der = certificate(ES256.private_key)
    issuer = Issuer(ES256.private_key, certificate_kid(der))
    rsa = certificate(generate_private_key(65537, 2048))
    keys = [base64.b64encode(each).decode() for each in (rsa, der)]
    answer = ask(payload=green(issuer).code_at(NOON), keys=keys)
    assert (answer["outcome"], answer["kid"]) == ("accept", certificate_kid(der).hex())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"payload": None}, "input.payload"),
        ({"payload": 7}, "input.payload"),
        ({"at": None}, "input.at"),
        ({"at": "2026-11-22T12:00:00"}, "input.at"),
        ({"at": "0001-01-01T00:00:00+23:00"}, "input.at"),
        ({"at": "x"}, "input.at"),
        ({"keys": None}, "input.keys"),
        ({"keys": "x"}, "input.keys"),
        ({"keys": ["?"]}, "input.keys"),
        ({"keys": ["AAAA"]}, "input.keys"),
        ({"keys": [7]}, "input.keys"),
        ({"keys": {"keys": [7]}}, "input.keys"),
        ({"keys": {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AA", "kid": "AAAAAA"}]}}, "input.keys"),
        ({"keys": {"keys": [{**JWKS["keys"][0], "kid": "x"}]}}, "input.keys"),
        ({"keys": {"keys": JWKS["keys"] * 2}}, "input.keys"),
    ],
    ids=str,
)
def test_what_can_not_be_judged_says_what_is_wrong(changes: dict[str, object], reason: str) -> None:
    answer = ask(**changes)
    assert (answer["outcome"], answer["reason"], answer["format"], answer["kid"]) == (
        "refuse",
        reason,
        None,
        None,
    )
    assert answer["detail"]


def test_the_loop_goes_on_after_every_bad_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = json.dumps({"payload": CODE, "at": AT, "keys": JWKS}).encode()
    bad = [b"{", b"\xff\x00", b"[]", b"[" * 100_000, b"1" * 10_000, b'"\\ud800"', b"x" * (3 * MAX_LINE_BYTES)]
    lines = b"\n".join([good, b"", *(line for each in bad for line in (each, good))])
    monkeypatch.setattr(sys, "stdin", argparse.Namespace(buffer=io.BytesIO(lines)))
    assert verify.run(argparse.Namespace(devices=None)) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["outcome"] for each in answers] == ["accept"] + ["refuse", "accept"] * len(bad)
    assert {each["reason"] for each in answers[1::2]} == {"input.json", "input.too_long"}


def test_the_command_is_added_to_a_parser() -> None:
    parser = argparse.ArgumentParser()
    verify.add_parser(parser.add_subparsers())
    assert parser.parse_args(["verify"]).run is verify.run
