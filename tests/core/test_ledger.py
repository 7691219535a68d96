from __future__ import annotations

from kiosk.core import passage as entries
from kiosk.core.ledger import Ledger
from kiosk.core.passage import Passage
from kiosk.terms import Instant
from tests.core.playbook import GATE_IN, MORNING

AT = Instant(0.0, MORNING, True)


def test_a_grant_is_told_once_it_is_on_disk_and_once_only() -> None:
    ledger = Ledger(last_passage_id=6)
    passage = Passage(ledger.new_passage_id(), GATE_IN, AT)
    record = ledger.record(AT, entries.DECIDED, {}, grants=passage)
    other = ledger.record(AT, entries.HEARTBEAT, {})
    assert (passage.id, ledger.count) == (7, 2)
    assert ledger.recorded(other.record_id) is None
    assert ledger.recorded(record.record_id) is passage
    assert ledger.recorded(record.record_id) is None


def test_the_first_passage_of_a_kiosk_is_number_one() -> None:
    assert [Ledger().new_passage_id(), Ledger(last_passage_id=7).new_passage_id()] == [1, 8]


def test_a_grant_whose_record_has_failed_lets_nobody_through() -> None:
    ledger = Ledger()
    record = ledger.record(AT, entries.DECIDED, {}, grants=Passage(1, GATE_IN, AT))
    ledger.failed(record.record_id)
    assert ledger.recorded(record.record_id) is None
