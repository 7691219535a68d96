"""A damaged journal is set aside, whenever the power goes, and the next log says what may be lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.journal.epoch_statement import EPOCH_BEGAN
from kiosk.journal.epochs import Opened, open_journal, told
from kiosk.journal.errors import JournalError
from kiosk.journal.log_id import check_device_id, log_id
from kiosk.journal.signed_note import open_note_text
from kiosk.journal.store import Journal
from kiosk.journal.tree_head import open_note, sign
from kiosk.journal.verify import verify
from kiosk.terms import LONGEST_DEVICE_ID, is_device_id
from tests.journal.conftest import draft
from tests.journal.power import NOW
from tests.journal.tampering import receipt
from tests.journal.test_verify import tamper


@pytest.fixture
def damaged(path: Path, device_key: Ed25519PrivateKey) -> Path:
    """Twenty entries, eight of them acknowledged, the twelfth changed."""
    with Journal(path, "kiosk-7", device_key=device_key) as journal:
        journal.append_many([draft(n) for n in range(20)])
        journal.acknowledge(8, receipt(8, journal.root_at(8)))
    tamper(path, "UPDATE entry SET envelope = x'7b7d' WHERE seq = 12")
    return path


def start(path: Path, key: Ed25519PrivateKey) -> tuple[Opened, Journal]:
    journal = Journal(path, "kiosk-7", device_key=key)
    return open_journal(journal, "kiosk-7", NOW, key), journal


def test_the_statement_names_what_the_hub_does_not_hold_and_stands_first_in_the_new_log(
    damaged: Path, device_key: Ed25519PrivateKey
) -> None:
    opened, journal = start(damaged, device_key)
    (first,) = journal.entries(0, 9)
    assert (first.type, first.data) == (EPOCH_BEGAN, opened.statement)
    assert first.data["may_be_lost"] == {"start": 8, "known_to": 20}
    assert "entry 12 is not what was written" in first.data["cause"]
    text = open_note_text(
        first.data["statement"], "checkpoint-kiosk/kiosk-7.epoch-2", device_key.public_key()
    )
    assert text.splitlines() == [
        "checkpoint-kiosk/kiosk-7.epoch-2",
        "follows checkpoint-kiosk/kiosk-7",
        "entries that may be lost: from 8 on, of at least 20",
    ]
    assert "kept as journal.db.damaged-1" in told(opened)[0]
    journal.close()
    assert verify(damaged).ok


def test_the_damaged_file_is_kept_as_it_was(damaged: Path, device_key: Ed25519PrivateKey) -> None:
    start(damaged, device_key)[1].close()
    aside = damaged.with_name("journal.db.damaged-1")
    assert verify(aside).entries == 20
    assert not verify(aside).ok


def test_a_second_damage_begins_a_third_log(damaged: Path, device_key: Ed25519PrivateKey) -> None:
    start(damaged, device_key)[1].close()
    damaged.write_bytes(b"\xff" * 8192)
    opened, journal = start(damaged, device_key)
    assert journal.device_id == "kiosk-7.epoch-3"
    assert opened.statement is not None
    assert opened.statement["follows"] == "kiosk-7.epoch-2"
    assert opened.set_aside == damaged.with_name("journal.db.damaged-2")
    journal.close()


@pytest.mark.parametrize("moved", [1, 2, 3])
def test_power_that_goes_between_two_of_the_moves_is_no_silent_restart(
    damaged: Path, device_key: Ed25519PrivateKey, moved: int
) -> None:
    damaged.with_name("journal.db-wal").write_bytes(b"")
    for part in ["-wal", "", ".witness"][:moved]:
        source = damaged.with_name(damaged.name + part)
        source.rename(source.with_name(f"journal.db.damaged-1{part}"))
    opened, journal = start(damaged, device_key)
    journal.close()
    assert journal.device_id == "kiosk-7.epoch-2"
    assert opened.statement is not None
    assert opened.statement["may_be_lost"] in ({"start": 8, "known_to": 20}, {"start": 0, "known_to": 20})


def test_power_that_goes_before_the_statement_leaves_it_to_the_next_start(
    damaged: Path, device_key: Ed25519PrivateKey
) -> None:
    shutil.move(damaged, damaged.with_name("journal.db.damaged-1"))
    shutil.move(damaged.with_name("journal.db.witness"), damaged.with_name("journal.db.damaged-1.witness"))
    cut_off = Journal(damaged, "kiosk-7", device_key=device_key)
    cut_off.open_and_examine(new_epoch=2)
    cut_off.close()
    opened, journal = start(damaged, device_key)
    assert opened.statement is not None
    assert opened.statement["may_be_lost"] == {"start": 8, "known_to": 20}
    assert journal.size == 1
    journal.close()
    assert start(damaged, device_key)[0].statement is None, "once"


def test_tree_heads_of_the_new_log_are_never_those_of_the_old(
    damaged: Path, device_key: Ed25519PrivateKey
) -> None:
    _, journal = start(damaged, device_key)
    head = open_note(sign(journal.tree_head(), device_key), device_key.public_key())
    assert head.origin == "checkpoint-kiosk/kiosk-7.epoch-2"
    journal.close()


def test_every_log_of_every_device_has_a_name_that_a_tree_head_can_carry() -> None:
    longest = "x" * LONGEST_DEVICE_ID
    check_device_id(longest)
    assert is_device_id(log_id(longest, 99_999))
    with pytest.raises(JournalError, match=r"site\.device_id"):
        check_device_id(longest + "x")
