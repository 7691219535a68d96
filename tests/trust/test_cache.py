from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from kiosk.credentials.bundle import TrustBundle
from kiosk.trust.cache import KeyCache, write_atomically
from kiosk.trust.errors import TrustError
from tests.trust.test_document import HUB, document


def raw(version: int = 3) -> bytes:
    return json.dumps(document(version)).encode()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "keys.json"


def cache(path: Path) -> KeyCache:
    return KeyCache(path, HUB.public_key())


def test_without_a_file_there_are_no_keys(path: Path) -> None:
    assert cache(path).load() == TrustBundle()
    assert not path.parent.exists()


def test_what_was_offered_is_there_after_a_restart(path: Path) -> None:
    offered = cache(path).offer(raw())
    assert offered.version == 3
    assert cache(path).load() == offered


def test_an_older_version_is_refused_after_a_restart_too(path: Path) -> None:
    kept = cache(path)
    kept.offer(raw(3))
    for holder in (kept, cache(path)):
        with pytest.raises(TrustError, match="version 2 is older than 3"):
            holder.offer(raw(2))
    assert cache(path).load().version == 3


def test_the_same_and_a_newer_version_are_taken(path: Path) -> None:
    kept = cache(path)
    assert [kept.offer(raw(version)).version for version in (3, 3, 4)] == [3, 3, 4]


def test_what_does_not_verify_leaves_the_cache_as_it_is(path: Path) -> None:
    kept = cache(path)
    kept.offer(raw())
    with pytest.raises(TrustError):
        kept.offer(raw().replace(b"330100", b"440300"))
    assert path.read_bytes() == raw()


@pytest.mark.parametrize("damage", [b"", b"\x00" * 700, raw()[:-9], raw().replace(b"330100", b"330101")])
def test_a_damaged_file_is_named_and_the_next_document_replaces_it(path: Path, damage: bytes) -> None:
    write_atomically(path, damage)
    kept = cache(path)
    with pytest.raises(TrustError, match=r"keys\.json: .*fetch the keys from the hub again"):
        kept.load()
    assert kept.offer(raw()).version == 3
    assert kept.load().version == 3


def test_damage_does_not_lower_the_floor_of_a_running_kiosk(path: Path) -> None:
    kept = cache(path)
    kept.offer(raw(3))
    path.write_bytes(b"damaged")
    with pytest.raises(TrustError, match="older than 3"):
        kept.offer(raw(2))


def test_a_power_cut_before_the_rename_leaves_the_old_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache(path).offer(raw(3))

    def cut(descriptor: int) -> None:
        raise OSError(5, "power cut")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", cut)
        with pytest.raises(TrustError, match="can't be written"):
            cache(path).offer(raw(4))
    assert cache(path).load().version == 3
    assert cache(path).offer(raw(4)).version == 4
    assert [each.name for each in path.parent.iterdir()] == ["keys.json"]


def test_a_folder_in_its_place_is_named(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(TrustError, match="can't be read"):
        cache(path).load()
    with pytest.raises(TrustError, match="can't be written"):
        cache(path).offer(raw())
