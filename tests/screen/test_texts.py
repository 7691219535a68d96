from __future__ import annotations

import string
from collections.abc import Iterable

import pytest

from kiosk.core.events import StaffAction, StaffReason
from kiosk.core.view import Guidance, Mode, Notice, Page
from kiosk.screen import page_texts, staff_texts, texts
from kiosk.screen.texts import Text
from kiosk.terms import Outcome, Reason

ALL_TEXTS = [
    *texts.OUTCOMES.values(),
    *texts.RIDE_OUTCOMES.values(),
    *(entry.fact for entry in texts.RIDE_REASONS.values()),
    *(entry.advice for entry in texts.RIDE_REASONS.values() if entry.advice),
    *texts.PAGES.values(),
    *texts.PAGE_ADVICE.values(),
    *page_texts.RIDE_PAGES.values(),
    *page_texts.RIDE_PAGE_ADVICE.values(),
    *(entry.fact for entry in page_texts.RIDE_ALARMS.values()),
    *(entry.advice for entry in page_texts.RIDE_ALARMS.values() if entry.advice),
    *texts.GUIDANCE.values(),
    *texts.FAULTS.values(),
    *texts.CODE_HINTS.values(),
    *staff_texts.ACTIONS.values(),
    *staff_texts.REASONS.values(),
    *staff_texts.NOTICES.values(),
    *staff_texts.MODES.values(),
    *staff_texts.RIDE_ACTIONS.values(),
    *staff_texts.RIDE_MODES.values(),
    *(entry.fact for entry in texts.REASONS.values()),
    *(entry.advice for entry in texts.REASONS.values() if entry.advice),
    *(value for module in (texts, staff_texts) for value in vars(module).values() if isinstance(value, Text)),
]


def is_chinese(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"


@pytest.mark.parametrize(
    ("kinds", "table"),
    [
        (Reason, texts.REASONS),
        (Page, texts.PAGES),
        (Guidance, texts.GUIDANCE),
        (Outcome, texts.OUTCOMES),
        (StaffAction, staff_texts.ACTIONS),
        (StaffReason, staff_texts.REASONS),
        (Notice, staff_texts.NOTICES),
        (Mode, staff_texts.MODES),
    ],
)
def test_nothing_that_the_gatekeeper_can_say_or_be_asked_for_lacks_its_text(
    kinds: Iterable[object], table: dict[object, object]
) -> None:
    assert set(table) == set(kinds)


@pytest.mark.parametrize("text", ALL_TEXTS, ids=lambda text: text.en)
def test_every_text_is_chinese_in_chinese_and_english_in_english(text: Text) -> None:
    assert any(is_chinese(character) for character in text.zh_CN)
    assert set(text.en) <= set(string.printable)
    assert any(character.isalpha() for character in text.en)


@pytest.mark.parametrize("text", ALL_TEXTS, ids=lambda text: text.en)
def test_every_sentence_is_short(text: Text) -> None:
    assert len(text.zh_CN) <= 18
    assert len(text.en.split()) <= 10


@pytest.mark.parametrize("text", ALL_TEXTS, ids=lambda text: text.en)
def test_no_text_names_a_diagnosis(text: Text) -> None:
    for word in ("fever", "ill", "sick", "infect", "covid"):
        assert word not in text.en.lower().split()
    for word in ("发烧", "发热", "病", "感染", "体温"):
        assert word not in text.zh_CN


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason.startswith("temperature.")])
def test_a_temperature_reason_says_what_was_measured_or_with_what(reason: Reason) -> None:
    fact = texts.REASONS[reason].fact
    assert any(word in fact.en for word in ("skin", "sensor", "clinical thermometer"))


GRANTED_OR_LEFT = {
    Reason.CHECKED_IN,
    Reason.GRANTED,
    Reason.EXIT_RECORDED,
    Reason.EXIT_UNVERIFIED,
    Reason.STAFF_ADMITTED,
    Reason.CLINICAL_NORMAL,
}


@pytest.mark.parametrize("reason", sorted(set(Reason) - GRANTED_OR_LEFT))
def test_every_reason_against_admission_says_what_to_do_next(reason: Reason) -> None:
    assert texts.REASONS[reason].advice is not None


def test_a_fault_that_has_no_text_stands_for_itself() -> None:
    assert texts.fault_text("north-door") == Text("north-door", "north-door")
