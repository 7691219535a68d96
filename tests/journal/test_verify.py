from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from kiosk.journal.errors import JournalMissing, JournalUnavailable
from kiosk.journal.store import Journal
from kiosk.journal.verify import MAX_PROBLEMS, verify
from tests.journal.conftest import draft
from tests.journal.tampering import receipt

ENTRIES = 20


@pytest.fixture
def written(journal: Journal, path: Path) -> Path:
    journal.append_many([draft(n) for n in range(ENTRIES)])
    journal.acknowledge(8, receipt(8, journal.root_at(8)))
    journal.close()
    return path


def tamper(path: Path, *statements: str) -> None:
    """Change rows as somebody would who owns the file: past the triggers."""
    connection = apsw.Connection(str(path))
    for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    connection.close()


def test_an_honest_journal_verifies(written: Path) -> None:
    report = verify(written)
    with Journal(written, "kiosk-7") as journal:
        assert (report.ok, report.entries, report.root) == (True, ENTRIES, journal.root())
    assert (report.acknowledged, report.problems) == (8, ())


def test_an_empty_journal_verifies(journal: Journal, path: Path) -> None:
    assert verify(path).ok
    assert verify(path).entries == 0


def test_it_verifies_while_the_gatekeeper_writes(journal: Journal, path: Path) -> None:
    journal.append_many([draft(0)])
    assert verify(path).entries == 1


SWAP = "UPDATE entry SET {0} = (SELECT {0} FROM entry WHERE seq = 4) WHERE seq = 5"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE entry SET data = x'7b7d' WHERE seq = 5", "entry 5: its data"),
        ("UPDATE entry SET salt = zeroblob(16) WHERE seq = 5", "entry 5: its data"),
        ("UPDATE entry SET envelope = x'7b7d' WHERE seq = 5", "entry 5: its envelope cannot be read"),
        (SWAP.format("envelope"), "entry 5: its envelope is that of another entry"),
        (SWAP.format("leaf_hash"), "entry 5: its envelope is not the one that was hashed"),
        (SWAP.format("subtree"), "entry 5: it or one before it"),
        ("DELETE FROM entry WHERE seq = 5", "entry 5: missing; the next one here is 6"),
        ("DELETE FROM entry WHERE seq >= 5", "the hub has acknowledged 8 entries; 5 are here"),
        ("UPDATE receipt SET document = x'7b7d'", "the receipt for 8 entries does not verify"),
        ("UPDATE entry SET data = x'', salt = x'' WHERE seq = 5", "entry 5: its data"),
        ("UPDATE forgotten SET size = 9", "the data of 9 entries is deleted; 8 are acknowledged"),
        ("DELETE FROM forgotten", "own tables are not as they were made"),
        ("DELETE FROM device", "own tables are not as they were made"),
    ],
)
def test_tampering_is_found_and_located(written: Path, statement: str, said: str) -> None:
    tamper(written, statement)
    report = verify(written)
    assert not report.ok
    assert any(said in problem for problem in report.problems), report.problems


def test_a_history_rewritten_with_all_its_hashes_is_found_by_the_receipt(
    written: Path, tmp_path: Path
) -> None:
    rewritten = tmp_path / "rewritten.db"
    with Journal(rewritten, "kiosk-7") as journal:
        journal.append_many([draft(n + 1) for n in range(ENTRIES)])
    receipt = apsw.Connection(str(written)).execute("SELECT document FROM receipt").get
    connection = apsw.Connection(str(rewritten))
    connection.execute("INSERT INTO receipt VALUES (8, ?, NULL)", (receipt,))
    connection.close()
    assert verify(rewritten).problems == ("the receipt for 8 entries is for another history than this.",)


def test_a_page_of_rubbish_is_a_problem_and_not_a_crash(written: Path) -> None:
    size = written.stat().st_size
    with written.open("r+b") as file:
        file.seek(size - 8192)
        file.write(b"\xff" * 4096)
    assert not verify(written).ok


def test_many_problems_are_cut_short(written: Path) -> None:
    with Journal(written, "kiosk-7") as journal:
        journal.append_many([draft(n) for n in range(200)])
    tamper(written, "UPDATE entry SET salt = zeroblob(16)")
    assert len(verify(written).problems) == MAX_PROBLEMS + 1


def test_what_is_no_journal_is_said(tmp_path: Path) -> None:
    with pytest.raises(JournalMissing):
        verify(tmp_path / "journal.db")
    (tmp_path / "journal.db").write_bytes(b"")
    with pytest.raises(JournalUnavailable):
        verify(tmp_path / "journal.db")


WRITER = """
import sys
from pathlib import Path
from kiosk.journal.store import Journal
from tests.journal.conftest import draft
with Journal(Path(sys.argv[1]), "kiosk-7") as journal:
    number = journal.size
    while True:
        for seq in journal.append_many([draft(number + i) for i in range(1 + number % 3)]):
            sys.stdout.write(f"{seq}\\n")
            sys.stdout.flush()
            number = seq + 1
"""


@pytest.mark.slow
def test_a_writer_killed_in_the_middle_loses_no_entry_that_it_had_acknowledged(path: Path) -> None:
    last = -1
    for kill in range(5):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)],
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": "."},
        )
        assert process.stdout is not None
        for _ in range(30 + 17 * kill):
            last = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        last = max([last, *(int(line) for line in process.stdout.read().split(b"\n")[:-1])])
        process.stdout.close()
        process.wait()
        report = verify(path)
        assert report.ok, report.problems
        assert report.entries > last
