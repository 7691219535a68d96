"""Whatever somebody changes is refused, and placed to 256 entries; `tests.bench.tampering` does more."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.journal.merkle import leaf_hash
from kiosk.journal.store import Journal
from kiosk.journal.tree_head import TreeHead, sign
from kiosk.journal.verify import Trusted, verify
from kiosk.journal.witness import witness_path
from tests.journal.conftest import draft
from tests.journal.tampering import DEVICE, DEVICE_KEY, KINDS, TRUSTED, Forger, judge, write

ENTRIES, ACKNOWLEDGED = 700, 600


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("honest") / "journal.db", ENTRIES, ACKNOWLEDGED)


def test_an_honest_journal_stands_up_to_everything_that_is_held_against_it(honest: Path) -> None:
    report = verify(honest, TRUSTED)
    assert report.problems == ()
    assert (report.entries, report.acknowledged, report.vouched_for) == (700, 600, 700)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_change_is_refused_and_located(honest: Path, tmp_path: Path, kind: Callable[[Forger], int]) -> None:
    for seed in range(6):
        assert judge(honest, tmp_path / str(seed), kind, seed) == (True, True), (kind.__name__, seed)


def test_without_the_keys_it_is_not_noticed_that_another_key_has_signed(honest: Path, tmp_path: Path) -> None:
    """Why `kiosk journal verify` asks for them."""
    forger = Forger.of(honest, tmp_path / "forged", 19)
    while forger.fork() < ACKNOWLEDGED:
        shutil.rmtree(tmp_path / "forged")
        forger = Forger.of(honest, tmp_path / "forged", forger.random.randrange(1000))
    assert verify(forger.path, Trusted()).ok
    assert not verify(forger.path, TRUSTED).ok


def test_a_fork_by_the_holder_of_the_device_key_is_found_by_a_tree_head_kept_elsewhere(
    honest: Path, tmp_path: Path
) -> None:
    with Journal(honest, DEVICE) as journal:
        kept = sign(TreeHead(DEVICE, 650, journal.root_at(650)), DEVICE_KEY)
    forger = Forger.of(honest, tmp_path / "forged", 1)
    forger._write_anew(640, drop=0)
    forger._run(("DELETE FROM tree_head WHERE size > 640", ()))
    trusted = Trusted(DEVICE_KEY.public_key(), TRUSTED.hub_key, tree_heads=(kept,))
    (problem,) = verify(forger.path, trusted).problems
    assert problem == "the tree head kept elsewhere for 650 entries is of another history than this."


def test_a_tree_head_kept_elsewhere_finds_what_was_cut_off(honest: Path, tmp_path: Path) -> None:
    kept = sign(TreeHead(DEVICE, 720, leaf_hash(b"")), DEVICE_KEY)
    report = verify(honest, Trusted(tree_heads=(kept,)))
    assert report.problems == ("a tree head kept elsewhere is for 720 entries; 700 are here.",)


def test_a_witness_that_was_removed_is_missed(honest: Path, tmp_path: Path) -> None:
    forger = Forger.of(honest, tmp_path / "forged", 1)
    witness_path(forger.path).unlink()
    assert "witness beside the journal is missing" in verify(forger.path, TRUSTED).problems[0]


def test_tree_heads_that_were_removed_are_missed(honest: Path, tmp_path: Path) -> None:
    for where in ("size = 256", "size > 0"):
        forger = Forger.of(honest, tmp_path / where, 1)
        forger._run((f"DELETE FROM tree_head WHERE {where}", ()))
        assert not verify(forger.path, TRUSTED).ok


def test_a_journal_that_is_being_written_verifies_with_its_witness(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.db", DEVICE, device_key=DEVICE_KEY) as journal:
        for number in range(300):
            journal.append_many([draft(number)])
        assert verify(journal.path, TRUSTED).ok
