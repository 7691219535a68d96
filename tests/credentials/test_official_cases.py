"""The 38 official HC1 cases: each outcome as declared, each refusal for the declared reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from drivers.qr import QrDecoder
from drivers.qr.picture import load
from kiosk.cli.verify import answer
from tests.credentials.official import ABSENT, Case, cases

CASES = cases()
pytestmark = pytest.mark.skipif(not CASES, reason=ABSENT)

# What a stage that is declared to fail must be refused for: the reason, and how its detail begins.
REFUSED_FOR = {
    "UNPREFIX": [("credential.not_a_pass", "")],
    "B45DECODE": [("credential.malformed", "base45")],
    "COMPRESSION": [("credential.malformed", "zlib")],
    "DECODE": [("credential.malformed", "the claims hold no certificate")],
    "VERIFY": [
        ("credential.bad_signature", ""),
        ("credential.unknown_issuer", ""),
        ("credential.malformed", "CBOR"),
    ],
    "SCHEMAVALIDATION": [("credential.schema", "")],
    "EXPIRATIONCHECK": [("credential.expired", ""), ("credential.not_yet_valid", "")],
    "KEYUSAGE": [("credential.key_usage", "")],
}

# The cases whose stage leaves a choice, by what their description says is wrong with them.
EXACTLY = {
    "CBO2": "credential.malformed",
    "CO5": "credential.bad_signature",
    "CO16": "credential.not_yet_valid",
    "CO17": "credential.expired",
    "CO22": "credential.unknown_issuer",
    "CO23": "credential.unknown_issuer",
}


def judged(case: Case) -> dict[str, object]:
    return answer(json.dumps(case.line).encode())


def test_all_cases_are_there() -> None:
    assert len(CASES) == 38


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_official_case_is_judged_as_declared(case: Case) -> None:
    said = judged(case)
    failing = [stage for stage, passes in case.expected.items() if not passes and stage != "PICTUREDECODE"]
    if not failing:
        assert (said["outcome"], said["reason"]) == ("accept", "credential.valid")
        return
    assert len(failing) == 1
    assert said["outcome"] == "refuse"
    detail = str(said.get("detail", ""))
    assert any(
        said["reason"] == reason and detail.startswith(start) for reason, start in REFUSED_FOR[failing[0]]
    ), said
    assert said["reason"] == EXACTLY.get(case.name, said["reason"])


PICTURES = [case for case in CASES if "PICTUREDECODE" in case.expected and case.picture]


@pytest.mark.parametrize("case", PICTURES, ids=lambda case: case.name)
def test_a_picture_is_read_where_it_can_be(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "code.png"
    path.write_bytes(case.picture)
    picture = load(path)
    found = [] if picture is None else QrDecoder().decode(picture.grey)
    assert bool(found) == case.expected["PICTUREDECODE"]
    assert {code.payload.decode() for code in found} <= {case.payload}
