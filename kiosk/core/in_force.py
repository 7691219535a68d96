"""What is in force, as the journal keeps it: the site's rules and what decides of the trust.

With it an export from the field can be replayed (`kiosk.core.replay`) without the site file and the keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from kiosk.core import passage as entries
from kiosk.core.as_json import as_json
from kiosk.core.json_value import JsonValue
from kiosk.core.rules import Rules
from kiosk.credentials.bundle import TrustBundle

IN_FORCE = ("rules", "zone", "trust")
"""The names under which it stands at a start; the zone is the site's, for the policy's hours."""

TOLD_AGAIN_AFTER = timedelta(days=1)
"""How much longer trust must last than was recorded before that is recorded: less than it may be stale."""


def rules_data(rules: Rules) -> JsonValue:
    return as_json(rules)


def trust_data(bundle: TrustBundle) -> dict[str, JsonValue]:
    """`keys` is their number; the keys themselves have done their part when a code was verified."""
    return {
        "version": bundle.version,
        "keys": len(bundle.keys),
        "issued_at": as_json(bundle.issued_at),
        "fresh_until": as_json(bundle.fresh_until),
        "policy": as_json(bundle.policy),
    }


def lasts_longer(bundle: TrustBundle, recorded: TrustBundle) -> bool:
    """Whether trust that was signed anew outlasts by much what the journal says of it."""
    if bundle.fresh_until is None or recorded.fresh_until is None:
        return bundle.fresh_until is not recorded.fresh_until
    return bundle.fresh_until - recorded.fresh_until >= TOLD_AGAIN_AFTER


def in_force_then(kept: dict[str, Any], kind: str, data: Mapping[str, Any]) -> None:
    """Keep in `kept["in_force"]` what an entry changes of it, where it is known at all."""
    if kind == entries.STARTED:
        known = all(name in data for name in IN_FORCE)
        kept["in_force"] = {name: data[name] for name in IN_FORCE} if known else None
    elif kept.get("in_force") is None:
        return
    elif kind == entries.TRUST_CHANGED:
        kept["in_force"]["trust"] = dict(data)
    elif kind == entries.TRUST_AGED:
        kept["in_force"]["trust"] = {**kept["in_force"]["trust"], "fresh_until": data.get("fresh_until")}
