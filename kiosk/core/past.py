"""What a checkpoint must know of the time before its start, as the journal tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from kiosk.core.commands import JsonValue
from kiosk.core.reentry import Measured
from kiosk.core.roster import CheckIn
from kiosk.core.spent import Spending
from kiosk.core.view import Mode

OpenCase = tuple[Mapping[str, JsonValue], datetime]
"""What was recorded of somebody who was referred, and when."""


@dataclass(frozen=True, slots=True)
class Past:
    """`inside` are the pseudonyms inside, each with when it came in (None: at a time that was not trusted),
    `open_grants` the grants that nothing followed, `spent` the slots that were spent lately, `measured` who
    was measured normal when he came in, `trusted_until` the time of the last entry written at trusted time,
    `calibration` what temperatures were taken with then, None where nothing tells.

    `unnamed` is the count of those inside without a name, `open_cases` those who were referred and still
    wait, `overrides` when staff overruled the kiosk, `mode` and `held` what they had set the site to,
    `trip` what the driver has chosen, `check_ins` those of the staff of a counter.
    """

    inside: Mapping[str, datetime | None] = field(default_factory=dict)
    trusted_until: datetime | None = None
    last_passage_id: int = 0
    open_grants: tuple[Mapping[str, JsonValue], ...] = ()
    spent: tuple[Spending, ...] = ()
    measured: Mapping[str, Measured] = field(default_factory=dict)
    calibration: Mapping[str, JsonValue] | None = None
    unnamed: int = 0
    open_cases: tuple[OpenCase, ...] = ()
    overrides: tuple[datetime, ...] = ()
    mode: Mode = Mode.NORMAL
    held: frozenset[str] = frozenset()
    trip: str | None = None
    check_ins: tuple[CheckIn, ...] = ()
