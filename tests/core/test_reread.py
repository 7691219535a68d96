from __future__ import annotations

import pytest

from kiosk.core.reread import AWAY_S, REREAD_S, Reread


@pytest.fixture
def reread() -> Reread:
    return Reread()


def test_the_first_sighting_is_new_until_it_is_dealt_with(reread: Reread) -> None:
    assert reread.seen(b"a", 0.0)
    assert reread.seen(b"a", 0.1)
    reread.take(b"a", 0.1)
    assert not reread.seen(b"a", 0.2)


def test_another_one_is_new_at_once(reread: Reread) -> None:
    reread.take(b"a", 0.0)
    assert reread.seen(b"b", 0.1)


def test_what_is_held_up_for_ever_is_one_showing(reread: Reread) -> None:
    reread.take(b"a", 0.0)
    assert not any(reread.seen(b"a", tenth / 10) for tenth in range(1, 600))


def test_what_was_away_for_a_moment_only_is_the_same_showing(reread: Reread) -> None:
    reread.take(b"a", 0.0)
    assert not reread.seen(b"a", 0.9 * AWAY_S)


def test_what_was_away_and_comes_back_after_its_time_is_new(reread: Reread) -> None:
    reread.take(b"a", 0.0)
    assert reread.seen(b"a", REREAD_S)


def test_what_comes_back_too_soon_is_new_once_its_time_is_over(reread: Reread) -> None:
    reread.take(b"a", 0.0)
    assert not reread.seen(b"a", 2.0)
    assert not reread.seen(b"a", 4.9)
    assert reread.seen(b"a", REREAD_S)


def test_the_code_itself_is_not_kept(reread: Reread) -> None:
    reread.take(b"a secret code", 0.0)
    kept = repr([getattr(reread, name) for name in vars(reread)])
    assert "secret" not in kept


def test_what_was_away_is_the_same_showing_until_its_time_is_over(reread: Reread) -> None:
    reread.take(b"a", 1000.0)
    assert not reread.seen(b"a", 1000.0 + AWAY_S)
    assert not reread.seen(b"a", 1000.0 + REREAD_S - 0.1)
    assert reread.seen(b"a", 1000.0 + REREAD_S)


def test_away_for_exactly_long_enough_is_away(reread: Reread) -> None:
    reread.take(b"a", 1000.0)
    at_s = 1000.0
    while at_s < 1000.0 + REREAD_S:
        at_s += AWAY_S / 2
        reread.seen(b"a", at_s)
    assert not reread.seen(b"a", at_s)
    assert reread.seen(b"a", at_s + AWAY_S)
