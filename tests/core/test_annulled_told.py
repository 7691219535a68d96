"""The end of a grant that is taken back says what its holder was told in its place."""

from __future__ import annotations

from kiosk.core import passage as entries
from kiosk.core.commands import Record
from kiosk.core.events import Recorded, StaffAction
from kiosk.terms import Outcome, Reason
from tests.core.playbook import Playbook, code
from tests.core.staff_play import does, signed_in


def told(play: Playbook) -> object:
    (annulled,) = play.recorded(entries.ANNULLED)
    return annulled.data["told"]


def test_one_that_staff_annul_says_so() -> None:
    play = does(signed_in().scan(code(), "exit-scanner"), StaffAction.ANNUL)
    assert told(play) == {"outcome": Outcome.REFER.value, "reason": Reason.PASSAGE_ANNULLED.value}


def test_one_that_is_on_disk_too_late_says_that_it_was_not_recorded() -> None:
    play = Playbook(journal_works=False).scan(code(), "exit-scanner")
    late = next(each for each in play.asked(Record) if each.type == entries.DECIDED)
    play.wait(9.0)
    play.journal_works = True
    play.happens(Recorded(play.now, late.record_id, 0))
    assert told(play) == {"outcome": Outcome.REFER.value, "reason": Reason.JOURNAL_UNAVAILABLE.value}
