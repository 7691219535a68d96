from __future__ import annotations

from kiosk.core.follow_ups import FollowUps
from kiosk.core.passage import ANNULLED, PASSED


def test_what_failed_is_due_again_once_the_journal_works_and_what_is_under_way_is_not() -> None:
    owed = FollowUps()
    owed.add(PASSED, {"passage": 1})
    owed.add(ANNULLED, {"passage": 2})
    for number, each in enumerate(owed.due(), start=1):
        each.submitted_as(number)
    owed.failed(2)
    assert owed.due() == []
    owed.recorded(7)  # another entry: the journal takes records again
    assert [each.data for each in owed.due()] == [{"passage": 2}]
    owed.recorded(1)
    assert [each.data for each in owed.due()] == [{"passage": 2}]
