"""What staff did with somebody's case long after it was referred comes out the same."""

from __future__ import annotations

import pytest

from kiosk.core import passage as entries
from kiosk.core.events import StaffAction
from tests.core.playbook import WARM, WELL, code
from tests.core.replay.replaying import Recorded, changed, replayed, seqs

HOUR_S = 3600


@pytest.mark.parametrize("action", [StaffAction.RECHECK, StaffAction.CLINICAL])
def test_a_code_that_has_expired_by_then_is_refused_again(action: StaffAction) -> None:
    play = Recorded()
    play.scan(code(lifetime_s=3 * HOUR_S)).sample(WARM).wait(2.5 * HOUR_S)
    play.acts(action, case=1, celsius=36.5).wait(9.0)
    play.scan(code(cti=b"another!", shown_at=play.now.utc)).sample(WELL).wait(9.0)
    report = play.again()
    assert (report.difference, report.decisions, report.statements) == (None, 3, [])
    refused = seqs(play.entries(), entries.DECIDED)[1]
    assert play.entries()[refused].data["reason"] == "credential.expired"
    report = replayed(changed(play.entries(), refused, outcome="refer"))
    assert report.difference is not None
    assert report.difference.seq == refused


def test_who_is_measured_again_long_after_with_a_code_that_holds_comes_in_again() -> None:
    play = Recorded()
    play.scan(code(lifetime_s=9 * HOUR_S)).sample(WARM).wait(2.5 * HOUR_S)
    play.acts(StaffAction.RECHECK, case=1).wait(0.5).sample(WELL)
    play.goes_through()
    report = play.again()
    assert (report.difference, report.decisions, report.passed) == (None, 2, 1)
