"""The driver switches the ignition off, and the power of the kiosk with it: no boarding is lost."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from kiosk.core import passage as entries
from kiosk.core.commands import JsonValue, Lamp, Light, Record
from kiosk.core.events import Event, Recorded
from kiosk.core.rules import AccessPoint, CredentialRules, PassbackRules, Purpose, TemperatureCheck
from kiosk.core.trips import RideRules, Trip
from kiosk.gatekeeper.restore import past_of
from kiosk.journal.epochs import open_journal
from kiosk.journal.errors import JournalError
from kiosk.journal.store import Journal
from kiosk.journal.verify import verify
from kiosk.terms import Strictness
from sim.disk import SimDisk
from tests.core.playbook import Playbook, code, rules_with
from tests.core.test_boarding import UNMEASURED
from tests.journal.power import DEVICE, KEY, NOW, TRUSTED

SHIFTS, MOST_PASSENGERS = 30, 60
DOOR = AccessPoint("door", Purpose.BOARDING, reader="camera", temperature=TemperatureCheck.OFF)
RULES = rules_with(
    access_points=(DOOR,),
    passback=PassbackRules(Strictness.OFF),
    credential=CredentialRules(paper=Strictness.OFF),
)
RIDE = RideRules("bus-17", trips=(Trip("early", "K7"),))
PASSENGERS = [code(cti=b"rider%03d" % number, rotating=False) for number in range(MOST_PASSENGERS)]


class Bus(Playbook):
    """The rules, and a journal on a disk that loses its power. `shown`: the boardings that a lamp told of."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(RULES, UNMEASURED, ride=RIDE)
        self._on_disk = journal
        self.shown: list[JsonValue] = []

    def happens(self, event: Event) -> Playbook:
        for command in self.checkpoint.step(event):
            if isinstance(command, Record):
                (seq,) = self._on_disk.append_many([(command.type, command.data, command.at.utc, True)])
                self.journal.append(command)
                self.happens(Recorded(self.now, command.record_id, seq))
            elif isinstance(command, Light) and command.lamp is Lamp.GRANTED:
                self.shown.append(self.recorded(entries.DECIDED)[-1].data["passage"])
        return self


def a_shift(folder: Path, seed: int, dies_at: int | None) -> tuple[Bus, SimDisk]:
    """Passengers board, all of it offline, until the power goes or the shift is over."""
    folder.mkdir()
    disk, random = SimDisk(seed, dies_at=dies_at), Random(seed)
    journal = Journal(folder / "journal.db", DEVICE, device_key=KEY, random=random.randbytes, vfs=disk.name)
    bus = Bus(journal)
    try:
        journal.open()
        for passenger in PASSENGERS[: random.randrange(20, MOST_PASSENGERS)]:
            bus.scan(passenger).wait(random.uniform(0.5, 3.0))
    except JournalError:
        pass
    journal._let_go()
    disk.close()
    return bus, disk


@pytest.mark.slow
def test_every_boarding_that_a_lamp_has_told_of_is_there_when_the_ignition_is_on_again(
    tmp_path: Path,
) -> None:
    told = 0
    for seed in range(SHIFTS):
        _, whole = a_shift(tmp_path / f"{seed}-whole", seed, None)
        dies_at = Random(seed).randrange(1, whole.operations)
        bus, disk = a_shift(tmp_path / f"{seed}-cut", seed, dies_at)
        disk.cut(tmp_path / f"{seed}-found")
        path = tmp_path / f"{seed}-found" / "journal.db"
        journal = Journal(path, DEVICE, device_key=KEY)
        opened = open_journal(journal, DEVICE, NOW, KEY)
        assert opened.statement is None, "nothing was lost"
        kept = journal.entries(0, journal.size)
        decided = {each.data["passage"]: each.data for each in kept if each.type == entries.DECIDED}
        assert set(bus.shown) <= set(decided), seed
        assert all(data["vehicle"] == "bus-17" for data in decided.values())
        assert past_of(journal).last_passage_id >= len(bus.shown), "numbers go on, none is given twice"
        journal.close()
        assert verify(path, TRUSTED).ok
        told += len(bus.shown)
    assert told > 5 * SHIFTS, "or nothing has been tried"
