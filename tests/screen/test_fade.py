from __future__ import annotations

from kiosk.screen.fade import LONGEST_S, STEP_S, STRETCH, Fade

COLD, WARM = bytes(768), bytes([200]) * 768


def shown(fade: Fade) -> list[int]:
    """The first value, step by step."""
    values = []
    while not fade.is_over:
        values.append(fade.step()[0])
    return values


def test_a_picture_comes_in_steps_between_the_two_and_ends_with_the_new_one() -> None:
    values = shown(Fade(COLD, WARM, 0.25))
    assert values == sorted(values)
    assert values[-1] == 200
    assert max(later - earlier for earlier, later in zip([0, *values], values, strict=False)) < 30


def test_the_steps_last_until_the_next_picture_is_due_and_a_third_longer() -> None:
    lasts_s = len(shown(Fade(COLD, WARM, 0.5))) * STEP_S
    assert 0.5 * STRETCH - STEP_S <= lasts_s <= 0.5 * STRETCH + STEP_S


def test_pictures_far_apart_are_shown_at_once() -> None:
    fade = Fade(COLD, WARM, LONGEST_S + 0.1)
    assert fade.is_over
    assert fade.step() == WARM


def test_a_picture_like_the_last_one_needs_no_steps() -> None:
    assert Fade(WARM, WARM, 0.25).is_over
