"""What the journal keeps of a decision: the decision, and the facts that it rests on."""

from __future__ import annotations

from collections.abc import Collection

from kiosk.core.commands import JsonValue
from kiosk.core.decision import Verdict
from kiosk.core.facts import facts_of
from kiosk.core.passage import Passage, decided_data
from kiosk.core.shared import Shared
from kiosk.terms import Instant


def testimony(
    at: Instant, passage: Passage, verdict: Verdict, shared: Shared, faults: Collection[str]
) -> dict[str, JsonValue]:
    """`faults` are those that stand in the passage's lane."""
    known_as, policy = shared.admissions.known_as(at, passage), shared.around.bundle.policy
    facts = facts_of(passage, at, policy, faults, shared.modes.mode, known_as)
    since = shared.ledger.asked_since(passage.course.records_before)
    if since and passage.staff is None:
        facts["recorded_since"] = since
    decided = decided_data(passage, verdict, at)
    if "slot" in decided:  # it stands there already, as spent
        del facts["slot"]
    trip = shared.trips.of(at, passage.access_point)
    return {**decided, **trip, "facts": facts}
