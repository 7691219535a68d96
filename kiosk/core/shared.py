"""What all lanes of a checkpoint share: who is inside, records, trust, alarms, modes, cases, trips."""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.core.admissions import Admissions
from kiosk.core.alarms import Alarms
from kiosk.core.cases import Cases
from kiosk.core.commands import Command
from kiosk.core.counter import Counter
from kiosk.core.displays import Displays
from kiosk.core.ledger import Ledger
from kiosk.core.modes import Modes
from kiosk.core.rules import Rules
from kiosk.core.surroundings import Surroundings
from kiosk.core.trips import Trips


@dataclass(frozen=True, slots=True)
class Shared:
    """`out` collects what is asked for in one step; the checkpoint hands it out and empties it."""

    rules: Rules
    admissions: Admissions
    ledger: Ledger
    displays: Displays
    around: Surroundings
    alarms: Alarms
    modes: Modes
    cases: Cases
    trips: Trips
    counter: Counter
    out: list[Command] = field(default_factory=list)
