"""Whatever happens, in whatever order: what was recorded of it gives the same decisions again.

Time stands still unless it is let pass, or somebody shows a code: that is stricter than any clock is.
"""

from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.events import Started
from kiosk.core.rules import Rules
from tests.core.replay.replaying import all_come_again
from tests.core.test_invariants import DAYS, DOORS, Happening, Watched
from tests.search import search


@pytest.mark.slow
@search(300)
@given(st.sampled_from(DOORS), DAYS)
def test_what_was_recorded_of_any_day_gives_the_same_decisions(
    rules: Rules, days: list[list[Happening]]
) -> None:
    watched = Watched(rules)
    watched.play.happens(Started(watched.play.now, {}, {}))
    watched.look()
    for happening in chain.from_iterable(days):
        watched.live(happening)
    watched.come_to_an_end()
    all_come_again(watched.journal)
