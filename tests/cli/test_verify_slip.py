from __future__ import annotations

import argparse
import base64
import io
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.cli import verify
from kiosk.credentials.slip import Crew, Role, Written, kid_of
from tests.credentials.slips import DEVICE, HANDED_OVER, KEY, ORDER, SLIP, clinical, written

PUBLIC_KEY = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()
KID = kid_of(KEY.public_key()).hex()
DEVICES = {DEVICE: PUBLIC_KEY}


def ask(**changes: object) -> dict[str, Any]:
    line: dict[str, object] = {"payload": written(), "devices": DEVICES}
    answer: dict[str, Any] = verify.answer(json.dumps(line | changes).encode())
    return answer


def verdict(answer: dict[str, Any]) -> tuple[str, str]:
    assert answer["format"] == "MS1"
    return answer["outcome"], answer["reason"]


def test_a_genuine_slip_is_accepted_and_said() -> None:
    answer = ask()
    assert verdict(answer) == ("accept", "slip.valid")
    assert answer["kid"] == KID
    said = answer["slip"]
    assert (said["device"], said["place"], said["passage"]) == (DEVICE, SLIP.place, 1042)
    assert said["issued_at"] == HANDED_OVER.isoformat()
    assert [(crew["role"], crew["count"]) for crew in said["people"]] == [
        ("cook", 2),
        ("packer", 1),
        ("courier", 1),
    ]
    assert said["people"][2]["measured"] == [
        {
            "label": "oral_estimate",
            "celsius": 36.6,
            "expanded_u_celsius": 0.9,
            "at": HANDED_OVER.isoformat(),
            "within_limit": True,
        }
    ]


def test_a_clinical_thermometers_value_is_said_to_be_one_and_has_no_uncertainty() -> None:
    by_hand = replace(SLIP, people=(Crew(Role.COURIER, 1, (clinical(366),)),))
    answer = ask(payload=written(by_hand))
    assert verdict(answer) == ("accept", "slip.valid")
    (said,) = answer["slip"]["people"][0]["measured"]
    assert (said["label"], said["celsius"], said["expanded_u_celsius"]) == ("clinical", 36.6, None)


def test_a_slip_is_held_against_an_order() -> None:
    assert verdict(ask(order=ORDER)) == ("accept", "slip.valid")
    assert verdict(ask(order=ORDER.lower())) == ("accept", "slip.valid")
    other = ask(order="MT-20261128-0043")
    assert verdict(other) == ("refuse", "slip.other_order")
    assert other["slip"]["device"] == DEVICE


def test_the_link_that_a_kiosk_shows_is_judged_like_the_slip_in_it() -> None:
    link = Written(SLIP, written(), "https://hub.example/s").shown
    assert verdict(ask(payload=link, order=ORDER)) == ("accept", "slip.valid")


def test_an_unknown_kiosk_and_a_forged_slip_are_told_apart() -> None:
    assert verdict(ask(devices={})) == ("refuse", "credential.unknown_issuer")
    mallory = replace(SLIP, place="Elsewhere")
    forged = written(mallory, Ed25519PrivateKey.from_private_bytes(b"\x07" * 32))
    assert verdict(ask(payload=forged)) == ("refuse", "credential.bad_signature")


def test_a_slip_from_the_future_is_refused_where_a_time_is_given() -> None:
    assert verdict(ask(at="2026-11-27T00:00:00Z")) == ("refuse", "credential.not_yet_valid")


def test_what_is_no_slip_behind_its_prefix_is_malformed() -> None:
    answer = ask(payload="MS1:~~~")
    assert verdict(answer) == ("refuse", "credential.malformed")
    assert "alphabet" in answer["detail"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"devices": []}, "input.devices"),
        ({"devices": {"counter-1": "AAAA"}}, "input.devices"),
        ({"devices": {"counter-1": 7}}, "input.devices"),
        ({"order": 7}, "input.order"),
        ({"order": "x" * 513}, "input.order"),
        ({"at": "noon"}, "input.at"),
    ],
    ids=str,
)
def test_what_can_not_be_judged_says_what_is_wrong(changes: dict[str, object], reason: str) -> None:
    answer = ask(**changes)
    assert (answer["outcome"], answer["reason"]) == ("refuse", reason)
    assert answer["detail"]


def run(
    line: dict[str, object],
    devices: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "stdin", argparse.Namespace(buffer=io.BytesIO(json.dumps(line).encode())))
    status = verify.run(argparse.Namespace(devices=devices))
    return status, *capsys.readouterr()


def test_the_kiosks_may_stand_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "kiosks.json"
    file.write_text(json.dumps(DEVICES))
    status, out, _ = run({"payload": written(), "order": ORDER}, file, monkeypatch, capsys)
    assert (status, json.loads(out)["reason"]) == (0, "slip.valid")


@pytest.mark.parametrize("content", [None, b"{", b"[]"], ids=["none", "no JSON", "a list"])
def test_a_file_of_kiosks_that_can_not_be_read_is_named(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "kiosks.json"
    if content is not None:
        file.write_bytes(content)
    status, out, err = run({"payload": written()}, file, monkeypatch, capsys)
    assert (status, out) == (2, "")
    assert err.startswith("kiosk verify: ")
