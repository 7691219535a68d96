"""Whether a kiosk's own entry of a slip has arrived, as the page of slips says it."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from urllib.parse import urlencode

import pytest
from sqlalchemy import select
from sqlalchemy.dialects import sqlite

from hub import slip_page
from hub.slip_entries import SLIP_WRITTEN, digest_in, logs_with
from hub.state import HubState
from hub.tables import slip_entries
from kiosk.core.passage import SLIP_WRITTEN as RECORDED_AS
from tests.credentials.slips import DEVICE, HANDED_OVER, KEY, ORDER, written
from tests.hub.asgi import Caller
from tests.hub.conftest import ON_BOTH, SetClock
from tests.hub.devices import FakeDevice
from tests.hub.test_slips import FORM

DIGEST = sha256(written().encode()).hexdigest()


@pytest.fixture
def kiosk(admin: Caller, clock: SetClock) -> FakeDevice:
    """The one at the counter; its slip was written a minute ago, and nothing has come of it yet."""
    clock.now = HANDED_OVER + timedelta(minutes=1)
    return registered(admin, FakeDevice(DEVICE), own_key=False)


def registered(admin: Caller, device: FakeDevice, *, own_key: bool = True) -> FakeDevice:
    if not own_key:
        device.key = KEY
    assert admin.post("/v1/devices", device.registration).status == 201
    return device


def tells_of(device: FakeDevice, digest: str = DIGEST) -> None:
    """An entry more, which is that of a slip."""
    device.tell(SLIP_WRITTEN, {"digest": digest})


def send(anyone: Caller, device: FakeDevice) -> None:
    assert anyone.post(f"/v1/logs/{device.device_id}/entries", device.batch()).status == 200


def said(anyone: Caller, slip: str = "", order: str = "") -> str:
    form = urlencode({"slip": slip or written(), "order": order}).encode()
    return anyone.send("POST", "/slips", form, FORM).text


def is_recorded(anyone: Caller) -> bool:
    answer = said(anyone)
    assert (slip_page.RECORDED in unescaped(answer)) is not (slip_page.NOT_ARRIVED in unescaped(answer))
    return slip_page.RECORDED in unescaped(answer)


def unescaped(page: str) -> str:
    return page.replace("&#x27;", "'")


def test_the_entry_is_called_as_the_kiosk_calls_it() -> None:
    assert SLIP_WRITTEN == RECORDED_AS


@ON_BOTH
def test_a_slip_has_not_arrived_until_its_entry_has(kiosk: FakeDevice, anyone: Caller) -> None:
    kiosk.record(3)
    send(anyone, kiosk)
    assert not is_recorded(anyone)
    tells_of(kiosk)
    tells_of(kiosk, "0" * 64)
    assert anyone.post(f"/v1/logs/{DEVICE}/entries", kiosk.batch(3)).status == 200
    assert is_recorded(anyone)


def test_the_entry_of_another_slip_bears_nothing_out(kiosk: FakeDevice, anyone: Caller) -> None:
    tells_of(kiosk, "0" * 64)
    kiosk.record(digest=DIGEST)
    send(anyone, kiosk)
    assert not is_recorded(anyone)


@pytest.mark.parametrize("name", ["counter-2", f"{DEVICE}0", f"{DEVICE}.epoch-x", "counter"])
def test_another_kiosk_that_copies_the_entry_bears_nothing_out_and_keeps_nobody_from_it(
    name: str, kiosk: FakeDevice, admin: Caller, anyone: Caller
) -> None:
    thief = registered(admin, FakeDevice(name, seed=2))
    tells_of(thief)
    tells_of(thief)
    send(anyone, thief)
    assert not is_recorded(anyone)
    tells_of(kiosk)
    send(anyone, kiosk)
    assert is_recorded(anyone)


def test_a_later_log_of_the_same_kiosk_counts(kiosk: FakeDevice, hub: HubState, anyone: Caller) -> None:
    later = f"{DEVICE}.epoch-2"
    hub.store.add_device(later, KEY.public_key().public_bytes_raw(), HANDED_OVER)
    after = FakeDevice(later)
    after.key = KEY
    tells_of(after)
    send(anyone, after)
    assert is_recorded(anyone)


def test_a_batch_that_comes_twice_is_recorded_once(kiosk: FakeDevice, anyone: Caller) -> None:
    tells_of(kiosk)
    send(anyone, kiosk)
    send(anyone, kiosk)
    assert is_recorded(anyone)


def test_a_slip_that_was_pasted_with_spaces_is_looked_for_as_it_was_written(
    kiosk: FakeDevice, anyone: Caller
) -> None:
    tells_of(kiosk)
    send(anyone, kiosk)
    assert slip_page.RECORDED in unescaped(said(anyone, f"  {written()} \n", ORDER))


def test_of_a_forged_slip_nothing_is_said(kiosk: FakeDevice, anyone: Caller) -> None:
    answer = unescaped(said(anyone, written(key=FakeDevice(seed=3).key)))
    assert slip_page.RECORDED not in answer
    assert slip_page.NOT_ARRIVED not in answer


@ON_BOTH
def test_the_slips_of_a_hub_of_before_are_found_too(kiosk: FakeDevice, hub: HubState, anyone: Caller) -> None:
    kiosk.record(2)
    tells_of(kiosk)
    kiosk.record(note=f"no {SLIP_WRITTEN}")
    send(anyone, kiosk)
    with hub.store.engine.begin() as connection:
        slip_entries.drop(connection)
    hub.store.open()
    assert is_recorded(anyone)
    with hub.store.engine.connect() as connection:
        assert connection.execute(select(slip_entries.c.device_id, slip_entries.c.seq)).all() == [(DEVICE, 2)]


def test_looking_for_a_slip_reads_no_entries(hub: HubState) -> None:
    """Anybody may ask: what that costs must not grow with what is stored."""
    query = logs_with(DEVICE, written()).compile(dialect=sqlite.dialect())
    with hub.store.engine.connect() as connection:
        values = tuple(query.params[name] for name in query.positiontup or ())
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values).all()
    assert "USING INDEX ix_slip_entries_digest" in str(plan)


@pytest.mark.parametrize("digest", [None, 7, "0" * 63, "0" * 65, "G" * 64, "A" * 64, ["0" * 64], "０" * 64])
def test_what_is_no_hash_is_none(digest: object) -> None:
    assert digest_in({"type": SLIP_WRITTEN}, {"digest": digest}) is None
    assert digest_in({"type": SLIP_WRITTEN}, ["digest"]) is None
