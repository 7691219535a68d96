from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from kiosk.credentials.bundle import TrustBundle
from kiosk.credentials.revocation import Revocations, bitmap_of
from kiosk.trust.content import SHARD_INDICES
from kiosk.trust.errors import TrustError
from kiosk.trust.store import TrustStore
from tests.trust.repositories import CITY, NOON, STAFF, HubTrust, at, later


@pytest.fixture
def hub(tmp_path: Path) -> HubTrust:
    hub = HubTrust(tmp_path / "hub")
    hub.publish()
    return hub


@pytest.fixture
def opened(tmp_path: Path, hub: HubTrust) -> Callable[[], TrustStore]:
    """The store as after a restart."""

    def start() -> TrustStore:
        store = TrustStore(tmp_path / "trust", hub.pinned_root)
        store.load()
        return store

    return start


def generations(store_folder: Path) -> list[str]:
    return sorted(path.name for path in (store_folder / "generations").iterdir())


def test_before_the_first_connection_there_are_no_keys(
    opened: Callable[[], TrustStore], tmp_path: Path
) -> None:
    assert opened().bundle == TrustBundle()
    assert not (tmp_path / "trust").exists()


def test_what_was_handed_in_is_there_after_a_restart(hub: HubTrust, opened: Callable[[], TrustStore]) -> None:
    bundle = hub.give_to(opened())
    assert bundle.keys == {b"city": CITY, b"stff": STAFF}
    assert (bundle.version, bundle.issued_at, bundle.fresh_until) == (1, NOON, later(hours=24))
    assert opened().bundle == bundle


def test_nothing_is_in_force_before_the_last_target_has_come(
    hub: HubTrust, opened: Callable[[], TrustStore]
) -> None:
    store = opened()
    assert store.offer(hub.metadata(), at()) == ("keys.json",)
    assert store.bundle == opened().bundle == TrustBundle()
    assert store.take("keys.json", hub.target("keys.json")) == ()
    assert opened().bundle.version == 1


def test_only_the_shard_that_has_changed_is_asked_for(
    hub: HubTrust, opened: Callable[[], TrustStore]
) -> None:
    hub.publish([CITY], Revocations({b"city": bitmap_of({1}, 4 * SHARD_INDICES)}))
    hub.give_to(opened())
    hub.publish([CITY], Revocations({b"city": bitmap_of({1, 3 * SHARD_INDICES}, 4 * SHARD_INDICES)}))
    store = opened()
    assert store.offer(hub.metadata(), at()) == ("revocations/63697479/003.bits",)


def test_a_timestamp_that_is_signed_anew_needs_no_target(
    hub: HubTrust, opened: Callable[[], TrustStore]
) -> None:
    store = opened()
    hub.give_to(store)
    hub.repository.renew(later(hours=2))
    assert store.offer(hub.metadata(), at()) == ()
    assert (store.bundle.version, store.bundle.fresh_until) == (1, later(hours=26))


def test_an_older_state_is_refused_after_a_restart_too(
    hub: HubTrust, opened: Callable[[], TrustStore]
) -> None:
    old = hub.metadata()
    hub.publish([CITY])
    store = opened()
    hub.give_to(store)
    for holder in (store, opened()):
        with pytest.raises(TrustError, match="timestamp metadata that is offered is version 1, older than 2"):
            holder.offer(old, at())
    assert opened().bundle.version == 2


def test_what_does_not_verify_changes_nothing(
    hub: HubTrust, opened: Callable[[], TrustStore], tmp_path: Path
) -> None:
    store = opened()
    before = hub.give_to(store)
    other = HubTrust(tmp_path / "other")
    for _ in range(3):
        other.publish([CITY])
    with pytest.raises(TrustError):
        store.offer(other.metadata(), at())
    hub.publish([CITY])
    store.offer(hub.metadata(), at())
    with pytest.raises(TrustError, match=r"keys\.json: is not what the metadata lists"):
        store.take("keys.json", hub.target("keys.json") + b" ")
    with pytest.raises(TrustError, match="is not listed"):
        store.take("other.json", b"{}")
    assert store.bundle == opened().bundle == before


def test_a_target_without_metadata_is_refused(opened: Callable[[], TrustStore]) -> None:
    with pytest.raises(TrustError, match="no metadata was offered"):
        opened().take("keys.json", b"{}")


def test_signed_content_that_makes_no_sense_is_refused_and_the_last_good_stays(
    hub: HubTrust, opened: Callable[[], TrustStore]
) -> None:
    store = opened()
    before = hub.give_to(store)
    hub.publish([CITY], policy=b'{"papier": "hard"}')
    with pytest.raises(TrustError, match=r"policy\.json"):
        hub.give_to(store)
    assert store.bundle == opened().bundle == before
    hub.publish([CITY], policy=b'{"paper": "hard"}')
    assert hub.give_to(store).version == 3


def test_expired_metadata_is_refused_at_trusted_time_alone(
    hub: HubTrust, opened: Callable[[], TrustStore]
) -> None:
    store = opened()
    with pytest.raises(TrustError, match="timestamp metadata that is offered has expired"):
        hub.give_to(store, at(later(hours=24)))
    assert hub.give_to(store, at(later(days=365), trusted=False)).version == 1


@pytest.mark.parametrize("moment", [datetime(1970, 1, 1, tzinfo=NOON.tzinfo), later(days=400)])
def test_with_a_wrong_clock_the_last_good_state_is_loaded_all_the_same(
    hub: HubTrust, opened: Callable[[], TrustStore], moment: datetime
) -> None:
    hub.give_to(opened(), at(moment, trusted=False))
    assert opened().bundle.version == 1


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "zeros": lambda raw: bytes(len(raw)),
    "cut": lambda raw: raw[:-9],
    "flipped": lambda raw: raw.replace(b"timestamp", b"timestamq", 1),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_where_the_newest_state_is_damaged_the_one_before_serves_until_it_is_replaced(
    hub: HubTrust, opened: Callable[[], TrustStore], tmp_path: Path, kind: str
) -> None:
    store = opened()
    hub.give_to(store)
    old = hub.metadata()
    hub.publish([CITY])
    hub.give_to(store)
    hub.publish([STAFF])
    hub.give_to(store)
    newest = tmp_path / "trust" / "generations" / generations(tmp_path / "trust")[-1]
    newest.write_bytes(DAMAGE[kind](newest.read_bytes()))
    restarted = opened()
    assert restarted.bundle.version == 2
    assert restarted.damage is not None
    assert newest.name in restarted.damage
    with pytest.raises(TrustError, match="older than"):
        restarted.offer(old, at())
    assert hub.give_to(restarted).version == 3
    assert not restarted.damage
    assert not opened().damage


def test_the_state_before_bars_the_way_back_behind_a_damaged_one(
    hub: HubTrust, opened: Callable[[], TrustStore], tmp_path: Path
) -> None:
    """What is held is version 1; but version 3 was in force, as its file's name still says."""
    store = opened()
    hub.give_to(store)
    hub.publish([CITY])
    second = hub.metadata()
    hub.publish([STAFF])
    hub.give_to(store)
    newest = tmp_path / "trust" / "generations" / "1-3-3-3.json"
    newest.write_bytes(b"")
    with pytest.raises(
        TrustError, match="root 1 with timestamp 2 is older than 1 with 3, which was in force"
    ):
        opened().offer(second, at())


@pytest.mark.parametrize("folder", ["targets", "generations"])
def test_without_any_whole_state_the_damage_is_named_and_the_hub_repairs_it(
    hub: HubTrust, opened: Callable[[], TrustStore], tmp_path: Path, folder: str
) -> None:
    hub.give_to(opened())
    for path in (tmp_path / "trust" / folder).iterdir():
        path.write_bytes(b"?")
    store = TrustStore(tmp_path / "trust", hub.pinned_root)
    with pytest.raises(TrustError, match=r"1-1-1-1\.json: .*it is replaced when the hub is reached"):
        store.load()
    assert hub.give_to(store).version == opened().bundle.version == 1


def test_a_card_that_is_pulled_at_any_write_holds_a_whole_state(
    hub: HubTrust, opened: Callable[[], TrustStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every call that reaches the disk, one after the other, is the last one that is made."""
    hub.give_to(opened())
    hub.publish([CITY], Revocations({b"city": bitmap_of({1}, 2 * SHARD_INDICES)}))
    real = {"fsync": os.fsync, "replace": os.replace, "open": os.open}
    seen, cut_at = set(), 0
    while 2 not in seen:
        cut_at += 1
        calls = 0

        def call(name: str, *arguments: object, cut_at: int = cut_at, **more: object) -> object:
            nonlocal calls
            calls += 1
            if calls >= cut_at:
                raise OSError(5, "the card is gone")
            return real[name](*arguments, **more)  # type: ignore[operator]

        store = opened()
        with monkeypatch.context() as patch:
            for name in real:
                patch.setattr(os, name, lambda *a, name=name, **k: call(name, *a, **k))
            with contextlib.suppress(TrustError, OSError):
                hub.give_to(store)
        restarted = opened()
        assert restarted.damage is None
        seen.add(restarted.bundle.version)
        assert restarted.bundle.version in (1, 2)
    assert seen == {1, 2}
    assert cut_at > 10


def test_what_is_no_longer_needed_is_removed(
    hub: HubTrust, opened: Callable[[], TrustStore], tmp_path: Path
) -> None:
    store = opened()
    for n in range(6):
        hub.publish([CITY], Revocations({b"city": bitmap_of({n}, SHARD_INDICES)}))
        hub.give_to(store)
    assert generations(tmp_path / "trust") == ["1-6-6-6.json", "1-7-7-7.json"]
    assert len(list((tmp_path / "trust" / "targets").iterdir())) == 3


def test_what_is_offered_once_more_is_not_written_once_more(
    hub: HubTrust, opened: Callable[[], TrustStore], tmp_path: Path
) -> None:
    store = opened()
    bundle = hub.give_to(store)
    (generation,) = (tmp_path / "trust" / "generations").iterdir()
    before = generation.stat()
    for _ in range(3):
        assert hub.give_to(store) == bundle
    assert (generation.stat().st_ino, generation.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_without_the_pinned_root_nothing_is_believed(
    hub: HubTrust, opened: Callable[[], TrustStore], tmp_path: Path
) -> None:
    hub.give_to(opened())
    for content, said in ((None, "copy it from the hub"), (b"{}", "not the root metadata of a hub")):
        root = tmp_path / "root.json"
        if content is not None:
            root.write_bytes(content)
        store = TrustStore(tmp_path / "trust", root)
        with pytest.raises(TrustError, match=said):
            store.load()
        with pytest.raises(TrustError, match=said):
            store.offer(hub.metadata(), at())


def test_a_kiosk_that_is_given_to_another_hub_begins_anew(
    hub: HubTrust, opened: Callable[[], TrustStore], tmp_path: Path
) -> None:
    store = opened()
    for _ in range(3):
        hub.give_to(store)
        hub.repository.renew(later(hours=2))
    other = HubTrust(tmp_path / "other")
    other.publish([STAFF])
    moved = TrustStore(tmp_path / "trust", other.pinned_root)
    assert moved.load() == TrustBundle()
    assert other.give_to(moved).keys == {b"stff": STAFF}


def test_roots_are_followed_and_a_newer_pinned_one_is_as_good(
    hub: HubTrust, opened: Callable[[], TrustStore], tmp_path: Path
) -> None:
    store = opened()
    hub.give_to(store)
    hub.rotate_root(NOON, "timestamp")
    hub.give_to(store)
    hub.rotate_root(NOON, "snapshot", "targets")
    hub.give_to(store)
    assert (store.versions.root, opened().versions.root) == (3, 3)
    shutil.copy(hub.repository.root_path, tmp_path / "root.json")
    newer = TrustStore(tmp_path / "trust", tmp_path / "root.json")
    assert newer.load() == store.bundle


def test_a_hub_recovers_from_a_stolen_timestamp_key_by_a_new_root(
    hub: HubTrust, opened: Callable[[], TrustStore]
) -> None:
    """The thief has signed a version far too high (TUF 5.3.11)."""
    store = opened()
    hub.give_to(store)
    kept = hub.repository.folder / "metadata" / "timestamp.json"
    honest = kept.read_bytes()
    for _ in range(9):
        hub.repository.renew(later(hours=2))
        kept_high = kept.read_bytes()
        hub.repository.renew(NOON)
    hub.give_to(store)
    assert kept.read_bytes() != kept_high
    assert store.versions.timestamp == 19
    kept.write_bytes(honest)
    with pytest.raises(TrustError, match="older than 19"):
        hub.give_to(store)
    hub.rotate_root(NOON, "timestamp")
    hub.give_to(store)
    assert (store.versions.root, store.versions.timestamp) == (2, 2)


def test_thirty_days_offline_with_restarts_the_last_good_state_is_there(
    hub: HubTrust, opened: Callable[[], TrustStore]
) -> None:
    bundle = hub.give_to(opened())
    for day in range(30):
        store = opened()
        assert store.bundle == bundle
        assert store.metadata is not None
        assert (store.metadata.expired(later(days=day)) is None) is (day < 1)
    hub.publish([CITY], now=later(days=30))
    assert hub.give_to(opened(), at(later(days=30))).version == 2
