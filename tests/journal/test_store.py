from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.journal.errors import EntryRefused, JournalError, JournalMissing, JournalUnavailable
from kiosk.journal.merkle import leaf_hash, root
from kiosk.journal.reader import JournalReader
from kiosk.journal.store import Journal
from tests.journal.conftest import draft
from tests.journal.tampering import receipt


def leaves(journal: Journal, count: int) -> list[bytes]:
    wire: Any = journal.wire_entries(0, count)
    return [leaf_hash(rfc8785.dumps(each["envelope"])) for each in wire]


def test_a_new_journal_is_empty(journal: Journal) -> None:
    assert (journal.size, journal.acknowledged, journal.root()) == (0, 0, root([]))
    assert journal.wire_entries(0, 256) == []


def test_entries_are_numbered_without_gaps_over_several_commits(journal: Journal) -> None:
    assert journal.append_many([draft(0)]) == [0]
    assert journal.append_many([draft(1), draft(2)]) == [1, 2]
    assert journal.append_many([]) == []
    assert [entry.seq for entry in journal.entries(0, 10)] == [0, 1, 2]
    assert journal.entries(1, 1)[0].data["passage_id"] == 1


def test_the_root_at_every_earlier_size_is_that_of_the_first_leaves(journal: Journal) -> None:
    journal.append_many([draft(n) for n in range(21)])
    hashes = leaves(journal, 21)
    assert [journal.root_at(size) for size in range(22)] == [root(hashes[:size]) for size in range(22)]
    with pytest.raises(JournalUnavailable):
        journal.root_at(22)


def test_a_journal_that_was_closed_goes_on_where_it_was(journal: Journal, path: Path) -> None:
    journal.append_many([draft(n) for n in range(5)])
    before = journal.root()
    journal.acknowledge(3, receipt(3, journal.root_at(3)))
    journal.close()
    with Journal(path, "kiosk-7") as reopened:
        assert (reopened.size, reopened.root(), reopened.acknowledged) == (5, before, 3)
        assert reopened.append_many([draft(5)]) == [5]
        assert reopened.root() == root(leaves(reopened, 6))


def test_an_unfit_entry_fails_its_whole_commit_and_leaves_nothing_behind(journal: Journal) -> None:
    journal.append_many([draft(0)])
    type_, _, utc, trusted = draft(1)
    with pytest.raises(EntryRefused):
        journal.append_many([draft(1), (type_, {"bad": float("inf")}, utc, trusted)])
    assert journal.append_many([draft(1)]) == [1]
    assert journal.root() == root(leaves(journal, 2))


def test_a_batch_ends_before_it_grows_too_large_but_is_never_empty(journal: Journal) -> None:
    journal.append_many([draft(n) for n in range(10)])
    assert len(journal.wire_entries(0, 4)) == 4
    assert 1 < len(journal.wire_entries(0, 10, max_bytes=1500)) < 10
    assert len(journal.wire_entries(0, 10, max_bytes=1)) == 1


def test_an_acknowledgement_never_goes_back(journal: Journal) -> None:
    journal.append_many([draft(n) for n in range(5)])
    assert journal.acknowledge(4, b"later") == 4
    assert journal.acknowledge(2, b"earlier") == 4
    with JournalReader(journal.path) as reader:
        assert reader.acknowledged == 4


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM entry WHERE seq = 1",
        "UPDATE entry SET data = x'00' WHERE seq = 1",
        "UPDATE entry SET seq = 9 WHERE seq = 2",
        "INSERT INTO entry SELECT 7, envelope, data, salt, leaf_hash, subtree FROM entry WHERE seq = 0",
        "UPDATE entry SET data = x'', salt = x'' WHERE seq = 2",
        "DELETE FROM tree_head",
        "UPDATE tree_head SET note = ''",
        "DELETE FROM receipt",
        "UPDATE receipt SET document = x'00'",
        "INSERT INTO receipt VALUES (1, x'00', NULL)",
    ],
)
def test_the_database_itself_refuses_to_change_what_was_written(
    path: Path, device_key: Ed25519PrivateKey, statement: str
) -> None:
    journal = Journal(path, "kiosk-7", device_key=device_key).open()
    journal.append_many([draft(n) for n in range(3)])
    journal.acknowledge(2)
    journal.close()
    connection = apsw.Connection(str(journal.path))
    with pytest.raises(apsw.ConstraintError):
        connection.execute(statement)
    connection.close()


def test_it_reads_beside_a_process_that_writes(journal: Journal) -> None:
    journal.append_many([draft(0)])
    with JournalReader(journal.path) as reader:
        journal.append_many([draft(1)])
        assert reader.size == 2
        journal.append_many([draft(2)])
        assert [entry.seq for entry in reader.entries(0, 9)] == [0, 1, 2]


def test_salts_come_from_the_given_randomness(journal: Journal, salts: Callable[[int], bytes]) -> None:
    journal.append_many([draft(0)])
    salt = base64.b64decode(str(journal.wire_entries(0, 1)[0]["salt"]))
    assert len(salt) == 16
    assert salt != salts(16)


def test_a_locked_database_is_said_and_passes(journal: Journal) -> None:
    other = apsw.Connection(str(journal.path))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalUnavailable, match="locked"):
        journal.append_many([draft(0)])
    other.execute("ROLLBACK")
    other.close()
    assert journal.append_many([draft(0)]) == [0]


def test_a_full_disk_is_said_and_passes(journal: Journal) -> None:
    journal.append_many([draft(0)])
    writer = journal._connection_for_writing()
    pages = writer.execute("PRAGMA page_count").get
    writer.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(JournalUnavailable, match="disk is full"):
        journal.append_many([draft(n) for n in range(1, 50)])
    writer.execute("PRAGMA max_page_count = 100000")
    assert journal.append_many([draft(1)]) == [1]
    assert journal.root() == root(leaves(journal, 2))


def test_the_journal_of_another_device_is_refused(journal: Journal, path: Path) -> None:
    journal.close()
    with pytest.raises(JournalError, match=r"kiosk-7.*site\.device_id"):
        Journal(path, "kiosk-8").open()


def test_a_file_that_is_no_journal_is_refused_and_kept(path: Path) -> None:
    path.write_bytes(b"something else entirely" * 100)
    with pytest.raises(JournalUnavailable):
        Journal(path, "kiosk-7").open()
    other = path.with_name("other.db")
    connection = apsw.Connection(str(other))
    connection.execute("CREATE TABLE precious (a)")
    connection.close()
    with pytest.raises(JournalUnavailable, match="not a journal"):
        JournalReader(other).open()
    assert path.read_bytes().startswith(b"something else")


def test_a_missing_journal_is_said_when_reading(path: Path) -> None:
    with pytest.raises(JournalMissing, match="--state"):
        JournalReader(path).open()
    assert not path.exists()


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(JournalUnavailable, match="cannot be opened"):
        Journal(tmp_path / "no" / "journal.db", "kiosk-7").open()


def test_a_closed_journal_says_so(path: Path) -> None:
    journal = Journal(path, "kiosk-7")
    with pytest.raises(JournalUnavailable, match="not open"):
        journal.append_many([draft(0)])
    with pytest.raises(JournalUnavailable, match="not open"):
        _ = journal.size


def test_a_device_id_that_no_tree_head_can_carry_is_refused(path: Path) -> None:
    with pytest.raises(JournalError, match=r"site\.device_id"):
        Journal(path, "kiosk 7\n")
