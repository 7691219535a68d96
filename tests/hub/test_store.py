"""What only a database with several users must do, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError

from hub import logs
from hub.errors import RequestError, StateError
from hub.store import Store
from tests.credentials.issuers import green
from tests.hub.conftest import NOON, ON_BOTH
from tests.hub.devices import FakeDevice

pytestmark = ON_BOTH
T = TypeVar("T")
LONGEST_WAIT_S = 30.0


@pytest.fixture
def where(database: URL | None, tmp_path: Path) -> URL | Path:
    return database or tmp_path / "hub.db"


@pytest.fixture
def stores(where: URL | Path) -> Iterator[Callable[[], Store]]:
    """Stores as so many processes open them: each with connections of its own."""
    with ExitStack() as opened:

        def open_one() -> Store:
            store = Store(where)
            store.open()
            opened.callback(store.close)
            return store

        yield open_one


@pytest.fixture
def store(stores: Callable[[], Store]) -> Store:
    return stores()


def add(store: Store, device: FakeDevice) -> None:
    store.add_device(device.device_id, device.key.public_key().public_bytes_raw(), NOON)


def at_once(*works: Callable[[], T]) -> list[T | Exception]:
    """What became of each, started together in threads of their own."""
    gate, results = threading.Barrier(len(works)), list[T | Exception | None]([None] * len(works))

    def run(place: int, work: Callable[[], T]) -> None:
        gate.wait(LONGEST_WAIT_S)
        try:
            results[place] = work()
        except (SQLAlchemyError, RequestError, StateError) as error:
            results[place] = error

    threads = [threading.Thread(target=run, args=each) for each in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONGEST_WAIT_S)
    return [each for each in results if each is not None]


def test_one_batch_sent_to_four_workers_at_once_is_stored_once(
    store: Store, stores: Callable[[], Store]
) -> None:
    device = FakeDevice()
    device.record(100)
    add(store, device)
    batch = logs.read_batch(device.batch())
    taken = at_once(*(partial(logs.take, stores(), "gate-1", batch, NOON) for _ in range(4)))
    assert taken == [logs.Taken(100, device.root())] * 4
    assert store.entry_count() == 100


def test_two_forks_sent_at_once_leave_one_history_and_one_alarm(
    store: Store, stores: Callable[[], Store]
) -> None:
    device, fork = FakeDevice(), FakeDevice()
    device.record(50)
    fork.record(50, reason="denied")
    add(store, device)
    batches = [logs.read_batch(each.batch()) for each in (device, fork)]
    results = at_once(*(partial(logs.take, stores(), "gate-1", each, NOON) for each in batches))
    assert sorted(type(each).__name__ for each in results) == ["HistoryChanged", "Taken"]
    assert store.entry_count() == 50
    assert [(each.kind, each.times) for each in store.alarms()] == [(logs.REWRITTEN, 1)]


def test_a_batch_that_is_refused_leaves_nothing_but_its_alarm(store: Store) -> None:
    device = FakeDevice()
    device.record(3)
    add(store, device)
    batch = device.batch() | {"tree_head": device.tree_head(root=bytes(32))}
    for _ in range(3):
        with pytest.raises(RequestError):
            logs.take(store, "gate-1", logs.read_batch(batch), NOON)
    (alarm,) = store.alarms()
    assert (alarm.kind, alarm.times, alarm.note) == (logs.UNPROVEN, 3, batch["tree_head"])
    assert store.entry_count() == 0


def test_a_device_that_is_added_twice_at_once_keeps_one_key(
    store: Store, stores: Callable[[], Store]
) -> None:
    keys = at_once(*(partial(stores().add_device, "gate-1", bytes([n] * 32), NOON) for n in (1, 2)))
    device = store.device("gate-1")
    assert device is not None
    assert keys == [device.public_key] * 2


def test_no_two_passes_get_one_index(store: Store, stores: Callable[[], Store]) -> None:
    def take_one(other: Store) -> int:
        with other.next_pass() as place:
            place.keep(green(), NOON)
            return place.index

    indices = at_once(*(partial(take_one, stores()) for _ in range(3)))
    assert {0, 1, 2} == set(indices)


def test_several_may_make_the_tables_at_once(where: URL | Path) -> None:
    made = [Store(where) for _ in range(4)]
    assert at_once(*(partial(_opened, each) for each in made)) == made
    assert [each.devices() for each in made] == [[]] * 4
    for each in made:
        each.close()


def _opened(store: Store) -> Store:
    store.open()
    return store
