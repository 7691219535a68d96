from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from kiosk.credentials.credential import Colour, Credential
from kiosk.credentials.errors import CredentialError
from kiosk.credentials.policy import Policy, parse, stricter
from kiosk.terms import Instant, Reason, Strictness

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
AT = Instant(0.0, NOON, True)
GREEN = Credential("HP1", b"kid1", b"8 bytes!", Colour.GREEN, frozenset(), "330100", None, True, NOON, NOON)
YELLOW, RED = replace(GREEN, colour=Colour.YELLOW), replace(GREEN, colour=Colour.RED)
PAPER = replace(GREEN, rotating=False)


def test_a_policy_without_a_word_leaves_yellow_and_paper_to_the_site_and_denies_red() -> None:
    policy = Policy()
    assert policy.objection(YELLOW, AT) is None
    assert policy.objection(PAPER, AT) is None
    assert policy.objection(RED, AT) == (Strictness.HARD, Reason.COLOUR_RED)


def test_what_a_policy_names_is_answered_as_it_says() -> None:
    policy = parse({"colours": {"yellow": "soft", "red": "soft"}, "paper": "soft"})
    assert policy.objection(GREEN, AT) is None
    assert policy.objection(YELLOW, AT) == (Strictness.SOFT, Reason.COLOUR_YELLOW)
    assert policy.objection(PAPER, AT) == (Strictness.SOFT, Reason.PAPER)
    assert policy.objection(RED, AT) == (Strictness.SOFT, Reason.COLOUR_RED)


def test_an_empty_document_is_the_same_policy() -> None:
    assert parse({}) == Policy()


def test_what_a_role_says_stands_in_place_of_the_general_rule() -> None:
    policy = parse({"paper": "off", "roles": [{"role": 2, "paper": "hard", "colours": {"yellow": "hard"}}]})
    assert policy.objection(PAPER, AT) is None
    courier = replace(PAPER, roles=frozenset({2}))
    assert policy.objection(courier, AT) == (Strictness.HARD, Reason.PAPER)
    assert policy.objection(replace(YELLOW, roles=frozenset({2})), AT) == (
        Strictness.HARD,
        Reason.COLOUR_YELLOW,
    )


def test_somebody_with_several_roles_has_the_mildest_of_their_rules() -> None:
    policy = parse({"roles": [{"role": 1, "paper": "hard"}, {"role": 2, "paper": "off"}]})
    assert policy.objection(replace(PAPER, roles=frozenset({1, 2})), AT) is None


@pytest.mark.parametrize(
    ("document", "clue"),
    [
        ([], "not a JSON object"),
        ({"color": {}}, "unknown member 'color'"),
        ({"colours": {"green": "hard"}}, "unknown member 'green'"),
        ({"colours": {"red": "off"}}, "red is soft or hard"),
        ({"paper": "maybe"}, "off, soft or hard, and not 'maybe'"),
        ({"paper": ["off"]}, "off, soft or hard"),
        ({"roles": {}}, "a list"),
        ({"temperature": {"boarding": "soft"}}, "boarding is on or off, and not 'soft'"),
        ({"temperature": {"boarding": False}}, "on or off, and not False"),
        ({"temperature": {"entry": "off"}}, "unknown member 'entry'"),
        ({"temperature": "off"}, "not a JSON object"),
        ({"roles": [{"role": True}]}, "not True"),
        ({"roles": [{"role": 1}, {"role": 1}]}, "once each"),
    ],
)
def test_a_policy_that_says_anything_else_is_refused_with_the_reason(document: object, clue: str) -> None:
    with pytest.raises(CredentialError, match=clue):
        parse(document)


def test_a_boarding_needs_a_temperature_unless_the_policy_does_without() -> None:
    assert not Policy().boards_unmeasured
    assert not parse({"temperature": {}}).boards_unmeasured
    assert not parse({"temperature": {"boarding": "on"}}).boards_unmeasured
    assert parse({"temperature": {"boarding": "off"}}).boards_unmeasured


def test_of_two_rules_the_stricter_one_counts() -> None:
    assert stricter(Strictness.SOFT, Strictness.HARD) is Strictness.HARD
    assert stricter(Strictness.SOFT, Strictness.OFF) is Strictness.SOFT
