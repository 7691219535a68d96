from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import URL

from hub import logs
from hub.__main__ import main
from hub.forwarder import BATCH, POLL_S, Forwarder
from hub.store import Store
from hub.webhook import Mode, Webhook
from kiosk.uplink.backoff import Backoff
from tests.hub.bus import Bus, open_bus
from tests.hub.conftest import NOON, ON_BOTH
from tests.hub.devices import FakeDevice
from tests.processes import wait_until

Forwarding = Callable[..., Forwarder]


@pytest.fixture
def bus() -> Iterator[Bus]:
    with open_bus() as bus:
        yield bus


@pytest.fixture
def store(database: URL | None, tmp_path: Path) -> Iterator[Store]:
    with closing(Store(database or tmp_path / "hub.db")) as store:
        store.open()
        yield store


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def forwarding(store: Store, bus: Bus, said: list[str]) -> Iterator[Forwarding]:
    """Makes a forwarder, as a start of `kiosk-hub forward` does."""
    opened: list[Webhook] = []

    def start(mode: Mode = Mode.BATCHED, token: str | None = None) -> Forwarder:
        opened.append(Webhook(bus.url, mode, token=token))
        return Forwarder(store, opened[-1], Backoff(random.Random(1)), said.append)

    yield start
    for each in opened:
        each.close()


def kiosk(store: Store, name: str, entries: int, **data: object) -> FakeDevice:
    """A device whose first entries are stored."""
    device = FakeDevice(name)
    store.add_device(name, device.key.public_key().public_bytes_raw(), NOON)
    grow(store, device, entries, **data)
    return device


def grow(store: Store, device: FakeDevice, entries: int, **data: object) -> None:
    for _ in range(entries):
        device.record(1, **data)
    for start in range(len(device.entries) - entries, len(device.entries), logs.MAX_ENTRIES):
        end = min(start + logs.MAX_ENTRIES, len(device.entries))
        logs.take(store, device.device_id, logs.read_batch(device.batch(start, end)), NOON)


def numbers(name: str, start: int, end: int) -> list[tuple[str, int]]:
    return [(name, number) for number in range(start, end)]


@ON_BOTH
def test_every_entry_is_sent_once_in_the_order_of_its_log(
    store: Store, bus: Bus, forwarding: Forwarding
) -> None:
    first = kiosk(store, "gate-1", BATCH + 10)
    kiosk(store, "gate-2", 3)
    forwarder = forwarding()
    assert [forwarder.run_once() for _ in range(3)] == [0.0, 0.0, POLL_S]
    assert sorted(bus.numbers) == numbers("gate-1", 0, BATCH + 10) + numbers("gate-2", 0, 3)
    assert [n for name, n in bus.numbers if name == "gate-1"] == list(range(BATCH + 10))
    grow(store, first, 2)
    forwarder.run_once()
    assert bus.numbers[-2:] == numbers("gate-1", BATCH + 10, BATCH + 12)


@ON_BOTH
def test_another_start_goes_on_where_the_last_one_ended(
    store: Store, bus: Bus, forwarding: Forwarding
) -> None:
    device = kiosk(store, "gate-1", 5)
    forwarding().run_once()
    grow(store, device, 5)
    forwarding().run_once()
    assert bus.numbers == numbers("gate-1", 0, 10)


def test_each_target_is_sent_everything(store: Store, bus: Bus, forwarding: Forwarding) -> None:
    kiosk(store, "gate-1", 5)
    forwarding().run_once()
    with open_bus() as other, closing(Webhook(other.url, Mode.BATCHED)) as webhook:
        Forwarder(store, webhook, Backoff(random.Random(1)), print).run_once()
        assert other.numbers == bus.numbers == numbers("gate-1", 0, 5)


@pytest.mark.parametrize("status", [302, 400, 401, 404, 410, 415, 500, 503])
def test_no_status_leaves_an_event_out(
    store: Store, bus: Bus, forwarding: Forwarding, said: list[str], status: int
) -> None:
    kiosk(store, "gate-1", 5)
    forwarder = forwarding()
    bus.answers = [status] * 3
    waits_s = [forwarder.run_once() for _ in range(3)]
    assert bus.taken == []
    assert all(0.0 < wait_s <= 4.0 for wait_s in waits_s)
    forwarder.run_once()
    assert bus.numbers == numbers("gate-1", 0, 5)
    assert said == [f"{bus.url} answers {status}; nothing is left out, trying again", "forwarding goes on"]


def test_a_lost_reply_makes_events_come_again(store: Store, bus: Bus, forwarding: Forwarding) -> None:
    kiosk(store, "gate-1", 5)
    forwarder = forwarding()
    bus.drops_reply = True
    forwarder.run_once()
    bus.drops_reply = False
    forwarder.run_once()
    assert bus.numbers == numbers("gate-1", 0, 5) * 2


def test_the_wait_that_the_target_asks_for_is_kept(store: Store, bus: Bus, forwarding: Forwarding) -> None:
    kiosk(store, "gate-1", 1)
    bus.answers, bus.retry_after = [429], "120"
    assert 120.0 <= forwarding().run_once() <= 121.0


def test_a_batch_that_is_too_large_is_halved(store: Store, bus: Bus, forwarding: Forwarding) -> None:
    kiosk(store, "gate-1", 100)
    bus.most = 30
    forwarder = forwarding()
    while forwarder.run_once() == 0.0:
        pass
    assert bus.numbers == numbers("gate-1", 0, 100)


def test_in_binary_mode_what_was_taken_before_a_refusal_is_not_sent_again(
    store: Store, bus: Bus, forwarding: Forwarding
) -> None:
    kiosk(store, "gate-1", 5)
    forwarder = forwarding(Mode.BINARY)
    bus.answers = [200, 202, 500]
    forwarder.run_once()
    forwarder.run_once()
    assert bus.numbers == numbers("gate-1", 0, 5)
    assert len(bus.requests) == 6


@pytest.mark.parametrize("mode", list(Mode))
def test_an_event_carries_its_envelope_its_data_and_where_it_stands(
    store: Store, bus: Bus, forwarding: Forwarding, mode: Mode
) -> None:
    device = kiosk(store, "gate-1", 1, text="张 “3 %”")
    forwarding(mode, token="let-me-in").run_once()
    (event,) = bus.taken
    entry = device.entries[0]
    own = {"device": "gate-1", "sequence": "0", "datacontenttype": "application/json"}
    assert event == {**entry["envelope"], **own, "data": entry["data"]}
    assert bus.requests[0][0]["authorization"] == "Bearer let-me-in"


def test_what_stands_in_an_envelope_cannot_become_another_header(
    store: Store, bus: Bus, forwarding: Forwarding
) -> None:
    device = FakeDevice()
    device.record(1)
    envelope = device.entries[0]["envelope"]
    odd = {"type": 'a\r\nX-Evil: 1 "%', "x-evil": "1", "A\r\nb": "1", "nested": {"a": 1}, "device": "gate-9"}
    envelope |= odd | {"timetrusted": False, "zone": "北门"}
    device.leaves.clear()
    store.add_device("gate-1", device.key.public_key().public_bytes_raw(), NOON)
    batch = logs.read_batch({"start": 0, "entries": device.entries, "tree_head": ""})
    device.leaves.append(batch.entries[0].leaf_hash)
    logs.take(store, "gate-1", logs.read_batch(device.batch()), NOON)
    forwarding(Mode.BINARY).run_once()
    headers, _ = bus.requests[0]
    assert headers["ce-type"] == "a%0D%0AX-Evil:%201%20%22%25"
    assert headers["ce-timetrusted"] == "false"
    assert headers["ce-zone"] == "%E5%8C%97%E9%97%A8"
    assert headers["ce-device"] == "gate-1"
    assert not {"x-evil", "ce-x-evil", "ce-nested", "ce-a"} & set(headers)


@pytest.mark.parametrize("address", ["ftp://there/", "there", "http://"])
def test_what_is_no_address_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str], address: str) -> None:
    assert main(["forward", "--state", str(tmp_path), "--to", address]) == 2
    assert "the target is an address like https://HOST/PATH" in capsys.readouterr().err


@pytest.mark.slow
def test_the_command_forwards_until_a_signal_ends_it(bus: Bus, tmp_path: Path) -> None:
    with closing(Store(tmp_path / "hub.db")) as store:
        store.open()
        kiosk(store, "gate-1", 5)
        command = [sys.executable, "-m", "hub", "forward", "--state", str(tmp_path), "--to", bus.url]
        with subprocess.Popen([*command, "--mode", "binary"], stderr=subprocess.PIPE) as process:
            wait_until(lambda: len(bus.taken) == 5, 20, "five events")
            process.send_signal(signal.SIGTERM)
            _, err = process.communicate(timeout=10)
    assert (process.returncode, err) == (0, b"")
