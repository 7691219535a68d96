from __future__ import annotations

from kiosk.core.passback import Passback


def test_who_has_entered_is_inside_until_he_leaves() -> None:
    passback = Passback()
    passback.enter(("today", "yesterday"))
    assert passback.is_inside(("today",))
    assert passback.occupancy == 1
    assert passback.leave(("today", "yesterday")) == "today"
    assert not passback.is_inside(("today",))
    assert passback.occupancy == 0


def test_somebody_is_known_by_the_name_under_which_he_entered_yesterday() -> None:
    passback = Passback(["yesterday"])
    assert passback.is_inside(("today", "yesterday"))
    assert passback.leave(("today", "yesterday")) == "yesterday"


def test_whoever_leaves_without_having_entered_leaves_under_no_name() -> None:
    passback = Passback(["another"])
    assert passback.leave(("today",)) is None
    assert passback.occupancy == 1


def test_somebody_who_stands_in_the_book_under_two_names_leaves_under_both() -> None:
    passback = Passback(["today", "yesterday"])
    passback.leave(("today", "yesterday"))
    assert passback.occupancy == 0


def test_nobody_without_a_name_is_inside() -> None:
    assert not Passback(["somebody"]).is_inside(())
