"""What a start finds, and what it refuses to go on with."""

from __future__ import annotations

import shutil
from pathlib import Path

import apsw
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.journal.errors import JournalDamaged
from kiosk.journal.startup import Found
from kiosk.journal.store import Journal
from kiosk.journal.witness import witness_path
from tests.journal.conftest import draft
from tests.journal.tampering import receipt
from tests.journal.test_verify import tamper


@pytest.fixture
def written(path: Path, device_key: Ed25519PrivateKey) -> Path:
    with Journal(path, "kiosk-7", device_key=device_key) as journal:
        journal.append_many([draft(n) for n in range(256)])
        journal.append_many([draft(n) for n in range(256, 260)])
        journal.acknowledge(8, receipt(8, journal.root_at(8)))
    return path


def start(path: Path, device_key: Ed25519PrivateKey) -> Found:
    journal = Journal(path, "kiosk-7", device_key=device_key)
    try:
        return journal.open_and_examine()
    finally:
        journal.close()


def killed_after(path: Path, device_key: Ed25519PrivateKey, entries: int, to: Path) -> Path:
    """A copy of the files as they stand while a journal is open, as a killed process leaves them."""
    to.mkdir()
    with Journal(path, "kiosk-7", device_key=device_key) as journal:
        for number in range(entries):
            journal.append_many([draft(number)])
        for each in path.parent.glob("journal.db*"):
            if not each.name.endswith("-shm"):
                shutil.copy(each, to / each.name)
    return to / path.name


def test_a_first_start_finds_nothing(path: Path, device_key: Ed25519PrivateKey) -> None:
    assert start(path, device_key) == Found(0, 0, True, 0, 0, True)


def test_after_an_orderly_end_there_is_nothing_to_put_back(
    written: Path, device_key: Ed25519PrivateKey
) -> None:
    assert start(written, device_key) == Found(260, 8, True, 0, 260, True)


def test_a_run_that_broke_off_is_said_and_what_was_in_the_write_ahead_log_is_there(
    path: Path, device_key: Ed25519PrivateKey, tmp_path: Path
) -> None:
    left = killed_after(path, device_key, 30, tmp_path / "left")
    found = start(left, device_key)
    assert (found.entries, found.ended_in_order) == (30, False)
    assert found.wal_bytes > 30 * 4096
    assert start(left, device_key).ended_in_order


def test_a_log_that_is_shorter_than_its_witness_is_not_gone_on_with(
    written: Path, device_key: Ed25519PrivateKey, tmp_path: Path
) -> None:
    before = shutil.copy(written, tmp_path / "before.db")
    with Journal(written, "kiosk-7", device_key=device_key) as journal:
        journal.append_many([draft(n) for n in range(260, 265)])
    shutil.copy(before, written)
    with pytest.raises(JournalDamaged, match="entries 260 to 264 were on disk and are there no more"):
        start(written, device_key)


def test_a_journal_that_is_gone_is_missed_by_its_witness(
    written: Path, device_key: Ed25519PrivateKey
) -> None:
    written.unlink()
    with pytest.raises(JournalDamaged, match="is gone; its witness tells of 260 entries"):
        start(written, device_key)


def test_a_witness_of_another_key_or_none_is_said_and_made_anew(
    written: Path, device_key: Ed25519PrivateKey
) -> None:
    other = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
    assert not start(written, other).has_witness
    witness_path(written).unlink()
    assert not start(written, device_key).has_witness
    assert start(written, device_key).has_witness


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET envelope = x'7b7d' WHERE seq = 5",
        "UPDATE entry SET leaf_hash = zeroblob(32) WHERE seq = 5",
        "UPDATE entry SET subtree = zeroblob(32) WHERE seq = 15",
        "DELETE FROM entry WHERE seq = 5",
        "UPDATE entry SET subtree = zeroblob(32) WHERE seq = 9",
        "UPDATE entry SET data = x'7b7d' WHERE seq = 5",
        "UPDATE entry SET data = x'', salt = x'' WHERE seq = 5",
        "DELETE FROM entry WHERE seq >= 15",
        "DELETE FROM tree_head WHERE size = 256",
        "UPDATE tree_head SET note = '' WHERE size = 256",
        "UPDATE tree_head SET note = (SELECT note FROM tree_head WHERE size = 260) WHERE size = 256",
        "UPDATE tree_head SET note = substr(note, 1, length(note) - 40) || '\n' WHERE size = 256",
        "UPDATE tree_head SET note = replace(note, substr(note, -20, 9), 'AAAABBBBC') WHERE size = 256",
        "UPDATE tree_head SET size = 300 WHERE size = 260",
        "UPDATE receipt SET document = x'7b7d'",
        "UPDATE receipt SET size = 7",
        "UPDATE receipt SET time_s = 1",
        "INSERT INTO receipt VALUES (261, x'', NULL)",
        "UPDATE forgotten SET size = 9",
        "UPDATE forgotten SET size = 8, note = 'rubbish'",
        "DELETE FROM device",
    ],
)
def test_what_is_not_what_was_written_is_not_gone_on_with(
    written: Path, device_key: Ed25519PrivateKey, statement: str
) -> None:
    tamper(written, statement)
    with pytest.raises(JournalDamaged):
        start(written, device_key)


def test_a_page_of_rubbish_is_damage(written: Path, device_key: Ed25519PrivateKey) -> None:
    with apsw.Connection(str(written)) as connection:
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    connection.close()
    with written.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (written.stat().st_size - 4096))
    with pytest.raises(JournalDamaged):
        start(written, device_key)
