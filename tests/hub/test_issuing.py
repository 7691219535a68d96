from __future__ import annotations

import json
from datetime import timedelta

import pytest

from hub.errors import IssuingError
from hub.issuing import Pass
from kiosk.credentials.credential import Colour
from tests.credentials.issuers import DAY_S, EDDSA, NOON, green


@pytest.mark.parametrize("rotating", [True, False])
def test_a_pass_survives_the_wallet(rotating: bool) -> None:
    shown = green(rotating=rotating)
    assert Pass.from_wallet(json.loads(json.dumps(shown.wallet_json()))) == shown


@pytest.mark.parametrize(
    "wallet", [{}, {"rotation": None}, green().wallet_json() | {"cti": "?"}], ids=["", "r", "c"]
)
def test_what_is_no_wallet_is_said(wallet: dict[str, object]) -> None:
    with pytest.raises(IssuingError, match="not a wallet's pass"):
        Pass.from_wallet(wallet)


def test_a_code_changes_every_thirty_seconds() -> None:
    shown = green()
    codes = [shown.code_at(NOON + timedelta(seconds=s)) for s in (0, 29, 30, 59, 60)]
    assert codes[0] == codes[1] != codes[2] == codes[3] != codes[4]


def test_outside_its_time_a_pass_shows_its_nearest_code() -> None:
    shown = green(lifetime_s=90)
    assert shown.code_at(NOON - timedelta(hours=1)) == shown.code_at(NOON)
    assert shown.code_at(NOON + timedelta(hours=1)) == shown.code_at(NOON + timedelta(seconds=60))


def test_a_rotating_pass_of_more_than_a_day_is_not_issued() -> None:
    with pytest.raises(IssuingError, match="at most 86400 seconds"):
        EDDSA.issue(colour=Colour.GREEN, area="330100", valid_from=NOON, lifetime_s=DAY_S + 1)


def test_a_holder_keeps_a_pseudonym_and_a_stranger_gets_a_new_one() -> None:
    mine, other = green(), green()
    assert mine.cti != other.cti
    again = EDDSA.issue(colour=Colour.RED, area="330100", valid_from=NOON, lifetime_s=60, cti=mine.cti)
    assert again.cti == mine.cti
