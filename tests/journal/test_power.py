"""The power goes at any write or flush. Some cuts of it here, a thousand in `tests.bench.power`."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from sim.disk import SimDisk
from tests.journal.power import a_cut

CUTS = 20


@pytest.mark.slow
def test_on_an_honest_disk_a_cut_loses_nothing_that_was_answered_and_nothing_is_said_to_be_lost(
    tmp_path: Path,
) -> None:
    for seed in range(CUTS):
        outcome = a_cut(tmp_path / str(seed), seed)
        assert (outcome.lost, outcome.is_sound, outcome.stated) == (0, True, None), (seed, outcome)


@pytest.mark.slow
@pytest.mark.parametrize("honest_one_in", [5, 100_000])
def test_on_a_disk_that_lies_about_flushing_every_loss_is_stated(tmp_path: Path, honest_one_in: int) -> None:
    losses = 0
    for seed in range(CUTS):
        outcome = a_cut(tmp_path / str(seed), seed, honest_one_in=honest_one_in)
        losses += outcome.lost > 0
        assert outcome.is_sound
        assert outcome.is_stated is (outcome.lost > 0), (seed, outcome)
    assert losses > CUTS / 3, "or nothing has been tried"


def test_a_page_of_tree_heads_that_the_disk_has_torn_is_found_at_the_start(tmp_path: Path) -> None:
    """Of a thousand cuts the one after which all entries were whole, and a tree head among them was not."""
    outcome = a_cut(tmp_path / "cut", 936, honest_one_in=3)
    assert outcome.is_sound
    assert outcome.is_stated, "from what the hub holds on"


def after_a_cut(folder: Path, seed: int, synced: int, *, honest_one_in: int = 1) -> bytes:
    """What is found of a file of 0x11 in which 0x22 was flushed up to `synced`, and 0x33 written after it."""
    disk = SimDisk(seed, honest_one_in=honest_one_in)
    flags = apsw.SQLITE_OPEN_SUPER_JOURNAL | apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    file = apsw.VFSFile(disk.name, str(folder / "f"), [flags, 0])
    file.xWrite(b"\x22" * synced, 0)
    file.xSync(apsw.SQLITE_SYNC_NORMAL)
    file.xWrite(b"\x33" * 4096, synced)
    file.xClose()
    disk.close()
    return (disk.cut(folder / f"after-{seed}") / "f").read_bytes()


def test_the_disk_keeps_what_was_flushed_and_anything_may_become_of_the_rest(tmp_path: Path) -> None:
    found = [after_a_cut(tmp_path, seed, 1024) for seed in range(30)]
    assert all(content.startswith(b"\x22" * 1024) for content in found)
    tails = [content[1024:].ljust(4096, b"\0") for content in found]
    sectors = {tail[start : start + 512] for tail in tails for start in range(0, 4096, 512)}
    assert b"\x33" * 512 in sectors
    assert b"\0" * 512 in sectors
    assert any(sector.count(0x33) not in (0, 512) for sector in sectors), "torn ones"


def test_a_disk_that_lies_may_lose_what_was_flushed(tmp_path: Path) -> None:
    file_is_gone_or_short = 0
    for seed in range(30):
        try:
            content = after_a_cut(tmp_path, seed, 1024, honest_one_in=10**9)
        except FileNotFoundError:
            content = b""
        file_is_gone_or_short += not content.startswith(b"\x22" * 1024)
    assert file_is_gone_or_short > 20
