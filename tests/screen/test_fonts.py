from __future__ import annotations

from kiosk.screen.fonts import choose_family


def test_the_preferred_family_is_chosen_among_those_installed() -> None:
    assert choose_family(["Unifont", "WenQuanYi Micro Hei"]) == "WenQuanYi Micro Hei"


def test_any_chinese_family_is_better_than_none() -> None:
    assert choose_family(["Unifont"]) == "Unifont"


def test_without_a_chinese_family_there_is_no_choice() -> None:
    assert choose_family([]) is None
