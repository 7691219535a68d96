"""One life of a journal on a disk that loses its power, and what the next start makes of what is left."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.core.commands import JsonValue
from kiosk.journal.envelope import Draft
from kiosk.journal.epoch_statement import EPOCH_BEGAN
from kiosk.journal.epochs import open_journal
from kiosk.journal.errors import JournalError
from kiosk.journal.reader import Entry
from kiosk.journal.store import Journal
from kiosk.journal.verify import Trusted, verify
from kiosk.journal.witness import witness_key
from kiosk.terms import Instant
from sim.disk import SimDisk
from tests.journal.tampering import receipt

DEVICE, KEY = "kiosk-7", Ed25519PrivateKey.from_private_bytes(b"d" * 32)
NOW = Instant(1.0, datetime(2026, 11, 22, 9, 0, tzinfo=UTC), True)
TRUSTED = Trusted(KEY.public_key(), None, witness_key(KEY))
MOST_COMMITS = 40


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a cut has led to.

    `answered` entries had been given their number when the power went, the first `received` had a receipt of
    the hub. `kept` of those answered stand in the log that the next start goes on with. `stated` is the first
    entry that the start has said may be lost, None where it has said nothing. `is_sound`: the log that it
    goes on with verifies, gaps and all.
    """

    answered: int
    received: int
    kept: int
    is_sound: bool
    stated: int | None

    @property
    def lost(self) -> int:
        """How many entries were answered and are not in the log."""
        return self.answered - self.kept

    @property
    def is_stated(self) -> bool:
        """Whether a statement covers everything that is lost, and that the hub does not hold."""
        return self.stated is not None and self.stated <= self.received


def a_cut(folder: Path, seed: int, *, honest_one_in: int = 1) -> Outcome:
    """Write, acknowledge, forget and copy at random until the power goes; then start from what is left."""
    random = Random(seed)
    before = folder / "before"
    before.mkdir(parents=True)
    began_before = random.random() < 0.8 or honest_one_in > 1
    earlier = _earlier_day(before / "journal.db", random) if began_before else {}
    shutil.copytree(before, folder / "again")
    whole = _life(before, random.randrange(2**31), seed, None, honest_one_in)
    dies_at = random.randrange(1, max(whole.operations, 2))
    life = _life(folder / "again", random.randrange(2**31), seed, dies_at, honest_one_in)
    life.answered.update(earlier)
    life.disk.cut(folder / "after")
    return _next_start(folder / "after" / "journal.db", life)


def _earlier_day(path: Path, random: Random) -> dict[int, int]:
    """What stands on the medium for good before anything goes wrong."""
    size = random.choice([1, 30, 300])
    with Journal(path, DEVICE, device_key=KEY) as journal:
        journal.append_many([_draft(-2, n, random) for n in range(size)])
    return dict.fromkeys(range(size), -2)


@dataclass(slots=True)
class _Life:
    """`answered` maps the number of each entry that was answered to what is written in it."""

    disk: SimDisk
    answered: dict[int, int]
    received: int = 0
    operations: int = 0


def _life(folder: Path, disk_seed: int, seed: int, dies_at: int | None, honest_one_in: int) -> _Life:
    disk = SimDisk(disk_seed, honest_one_in=honest_one_in, dies_at=dies_at, holds=folder)
    random, life = Random(seed), _Life(disk, {})
    journal = Journal(folder / "journal.db", DEVICE, device_key=KEY, random=random.randbytes, vfs=disk.name)
    try:
        journal.open()
        for number in range(random.randrange(1, MOST_COMMITS)):
            _do_something(journal, random, number, life)
        if random.random() < 0.3:
            journal.close()
    except JournalError:
        pass
    life.operations = disk.operations
    journal._let_go()
    disk.close()
    return life


def _do_something(journal: Journal, random: Random, number: int, life: _Life) -> None:
    chance = random.random()
    if chance < 0.8 or not journal.size:
        count = random.choice([1, 1, 1, 2, 64])
        seqs = journal.append_many([_draft(number, n, random) for n in range(count)])
        life.answered.update(dict.fromkeys(seqs, number))
        journal.bear_witness()
    elif chance < 0.9:
        journal._copy_wal()
    elif journal.size > journal.acknowledged:
        life.received = journal.size
        journal.acknowledge(journal.size, receipt(journal.size, journal.root()))
        journal.forget(journal.size // 2, "")


def _draft(number: int, n: int, random: Random) -> Draft:
    data: dict[str, JsonValue] = {"number": number, "n": n, "padding": "x" * random.randrange(3000)}
    return "kiosk.test", data, NOW.utc, True


def _was_answered(entry: Entry, answered: dict[int, int]) -> bool:
    """Whether it is what was answered under its number, as far as its data is still there."""
    number = answered.get(entry.seq)
    return number is not None and (entry.data is None or entry.data["number"] == number)


def _next_start(path: Path, life: _Life) -> Outcome:
    journal = Journal(path, DEVICE, device_key=KEY)
    opened = open_journal(journal, DEVICE, NOW, KEY)
    stated, kept = None, 0
    entries = journal.entries(0, journal.size)
    if opened.statement is None:
        kept = sum(_was_answered(entry, life.answered) for entry in entries)
    else:
        assert entries[0].type == EPOCH_BEGAN
        stated = entries[0].data["may_be_lost"]["start"]
    journal.append_many([("kiosk.test", {"number": -1}, NOW.utc, True)])
    journal.close()
    return Outcome(len(life.answered), life.received, kept, verify(path, TRUSTED).ok, stated)
