from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import TypeAdapter

from kiosk.core.as_json import as_json
from kiosk.core.in_force import lasts_longer, trust_data
from kiosk.core.rules import Rules
from kiosk.credentials.bundle import TrustBundle
from kiosk.credentials.policy import Policy, parse
from tests.core.playbook import BUNDLE, RULES

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_rules_and_policy_read_back_equal() -> None:
    policy = parse(
        {
            "colours": {"yellow": "soft"},
            "roles": [{"role": 2, "paper": "hard"}],
            "hc1": [{"type": "test", "max_age_hours": 72, "kinds": ["LP6464-4"]}],
            "windows": [{"days": ["fri", "sun"], "from": "23:00", "until": "05:30", "then": "soft"}],
        }
    )
    assert TypeAdapter(Policy).validate_python(json.loads(json.dumps(as_json(policy)))) == policy
    assert TypeAdapter(Rules).validate_python(json.loads(json.dumps(as_json(RULES)))) == RULES


def test_moments_durations_and_sets_have_one_form() -> None:
    assert as_json(NOON) == "2026-11-23T12:00:00+00:00"
    assert as_json({3, 1, 2}) == [1, 2, 3]
    assert as_json({"a": timedelta(minutes=1), "b": (None, True)}) == {"a": 60.0, "b": [None, True]}


def test_what_has_no_form_is_refused() -> None:
    with pytest.raises(TypeError, match="bytes has no form"):
        as_json(b"raw")


def test_trust_is_kept_by_its_version_its_times_its_policy_and_how_many_keys_it_has() -> None:
    bundle = replace(BUNDLE, version=3, issued_at=NOON, fresh_until=NOON + timedelta(hours=1))
    assert trust_data(bundle) == {
        "version": 3,
        "keys": 1,
        "issued_at": "2026-11-23T12:00:00+00:00",
        "fresh_until": "2026-11-23T13:00:00+00:00",
        "policy": as_json(bundle.policy),
    }


def test_trust_is_told_again_where_it_lasts_a_day_longer_or_is_endless_now() -> None:
    def until(hours: float | None) -> TrustBundle:
        return TrustBundle(fresh_until=None if hours is None else NOON + timedelta(hours=hours))

    assert [lasts_longer(until(new), until(24.0)) for new in (25.0, 48.0, None)] == [False, True, True]
    assert not lasts_longer(until(None), until(None))
