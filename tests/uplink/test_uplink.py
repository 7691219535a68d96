from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kiosk.core.events import TrustChanged
from kiosk.credentials.credential import Colour, Credential, Refusal
from kiosk.credentials.verifier import verify
from kiosk.terms import Reason
from sim.network import Fault, Faults, Outage, Rates
from tests.uplink.world import DEVICE, World, script


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.enrol()
    yield world
    world.close()


def trust_changes(world: World) -> int:
    return sum(isinstance(event, TrustChanged) for event in world.posted)


def test_at_start_the_trust_comes_down_and_the_journal_goes_up(world: World) -> None:
    world.write(3)
    world.run(1)
    assert trust_changes(world) == 1
    assert world.stored() == (3, world.journal.root())
    assert world.journal.acknowledged == 3
    assert (world.links[-1].connected, world.links[-1].waiting) == (True, 0)


def test_a_long_journal_goes_up_in_batches_of_at_most_256(world: World) -> None:
    hub = script(world)
    world.write(600)
    world.run(1)
    assert [(batch["start"], len(batch["entries"])) for batch in hub.batches] == [
        (0, 256),
        (256, 256),
        (512, 88),
    ]
    assert world.stored() == (600, world.journal.root())


def test_a_new_entry_is_at_the_hub_within_two_seconds(world: World) -> None:
    world.run(10)
    world.write(1)
    assert world.run_until_drained(2) < 2


def test_the_trust_is_asked_for_each_refresh_period_and_posted_only_when_new(world: World) -> None:
    world.run(20)
    hub = script(world)
    world.run(75)
    assert hub.asked.count("GET") == 3
    assert trust_changes(world) == 1


def test_offline_is_reported_with_how_many_wait_and_ends_by_itself(tmp_path: Path) -> None:
    world = World(tmp_path, lambda clock: Faults(clock.mono, seed=1, outages=[Outage(5, 3600)]))
    world.enrol()
    world.run(10)
    world.write(2)
    world.run(300)
    offline = world.links[-1]
    assert (offline.connected, offline.waiting) == (False, 2)
    assert offline.offline_since is not None
    world.write(1)
    world.run(10)
    assert (world.links[-1].waiting, world.links[-1].offline_since) == (3, offline.offline_since)
    world.run(3300)
    assert world.run_until_drained(310) <= 310
    assert (world.links[-1].connected, world.links[-1].offline_since) == (True, None)
    world.close()


def test_the_last_receipt_is_told_also_when_nothing_else_has_changed(world: World) -> None:
    world.run(1)
    assert [link.last_receipt for link in world.links] == [None] * len(world.links)
    for _ in range(2):
        world.write(1)
        before = world.clock.utc()
        world.run(60)
        receipt = world.links[-1].last_receipt
        assert receipt is not None
        assert before <= receipt < before + timedelta(seconds=3)


def test_the_uplink_tells_of_the_link_in_numbers_alone_so_that_no_error_of_a_library_is_shown(
    tmp_path: Path,
) -> None:
    world = World(tmp_path, lambda clock: Faults(clock.mono, seed=1, outages=[Outage(0, 3600)]))
    said: list[dict[str, object]] = []
    request = world.desk.request

    def noting(message: dict[str, Any]) -> dict[str, Any]:
        said.append(message)
        return request(message)

    world.desk.request = noting  # type: ignore[method-assign]
    world.run(60)
    links = [message for message in said if message["op"] == "link"]
    assert links == [{"op": "link", "connected": False, "waiting": 0, "refused": False}]
    world.close()


@pytest.mark.slow
@pytest.mark.parametrize(("cut_s", "within_s"), [(100, 15), (600, 30), (3000, 110), (20_000, 130)])
def test_what_waited_for_a_connection_goes_up_soon_after_its_return_the_sooner_the_shorter_the_cut(
    world: World, cut_s: float, within_s: float
) -> None:
    world.run(1)
    world.faults.cut()
    world.write(3)
    world.run(cut_s)
    world.faults.restore()
    assert world.run_until_drained(within_s) < within_s


def test_uploads_that_fail_while_probes_go_through_back_off_all_the_same(world: World) -> None:
    hub = script(world, *[(500, {}, {})] * 1000)
    world.write(1)
    world.run(3000)
    assert len(hub.batches) < 60


BAD_TRUST = {
    "not ASCII": (200, {}, "é".encode() * 180_000),
    "long once escaped": (200, {}, b"\x00" * 262_144),
    "no UTF-8": (200, {}, b"\xff" * 262_144),
    "endless": (200, {}, b"x" * 3_000_000),
    "deep": (200, {}, b"[" * 200_000),
    "refused": (404, {}, {"error": "none"}),
    "broken": (500, {}, {}),
    "busy": (503, {"Retry-After": "40"}, {}),
}


@pytest.mark.parametrize("name", BAD_TRUST)
def test_whatever_comes_as_trust_the_journal_goes_up_and_the_hub_is_not_pressed(
    world: World, name: str
) -> None:
    hub = script(world)
    hub.trust = BAD_TRUST[name]
    for _ in range(10):
        world.write(1)
        world.run(60)
    assert world.journal.acknowledged == 10
    assert hub.asked.count("GET") <= 30  # two for a try: the next root, then the timestamp


def test_trust_that_gatekeeper_dies_of_does_not_keep_the_journal(world: World) -> None:
    hub = script(world)
    world.desk.dies_of.add("trust")
    world.write(1)
    world.run(600)
    assert world.journal.acknowledged == 1
    assert hub.asked.count("GET") <= 28
    world.desk.dies_of.clear()
    world.run(300)
    assert (trust_changes(world), world.uplink.troubles) == (1, ())


def test_a_timestamp_that_is_too_long_is_not_handed_in(world: World) -> None:
    hub = script(world)
    hub.trust = (200, {}, b"x" * 262_145)
    world.run(1)
    assert "trust" not in world.desk.requests
    assert "The hub's trust is not taken" in world.uplink.troubles[0]


def test_without_a_gatekeeper_the_hub_is_let_alone(world: World) -> None:
    hub = script(world)
    world.desk.is_there = False
    world.run(5)
    assert hub.asked == []


def test_a_hub_that_lost_entries_gets_them_again_from_where_it_says(world: World) -> None:
    world.write(600)
    world.run(1)
    world.lose_the_hubs_database()
    world.write(1)
    world.run(10)
    assert world.stored() == (601, world.journal.root())
    assert world.journal.acknowledged == 601
    assert (world.links[-1].waiting, world.uplink.troubles) == (0, ())


def test_too_large_a_batch_is_halved_until_it_is_taken(world: World) -> None:
    hub = script(world, *[(413, {}, {})] * 3)
    world.write(100)
    world.run(1)
    assert [len(batch["entries"]) for batch in hub.batches][:4] == [100, 50, 25, 12]
    assert world.journal.acknowledged == 100


@pytest.mark.parametrize("status", [429, 503])
def test_the_wait_that_the_hub_asks_for_is_kept(world: World, status: int) -> None:
    hub = script(world, (status, {"Retry-After": "40"}, {}))
    world.write(1)
    world.run(39.9)
    assert len(hub.batches) == 1
    world.run(2)
    assert world.journal.acknowledged == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 301, 422])
def test_a_refused_batch_is_held_and_said_once_and_never_dropped(
    world: World, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    hub = script(world, *[(status, {}, {"error": "no\n\x1b[31m"})] * 3)
    world.write(2)
    with caplog.at_level(logging.WARNING):
        world.run(290)
        assert len(hub.batches) == 1
        world.run(650)
    assert [batch["start"] for batch in hub.batches] == [0, 0, 0, 0]
    assert world.journal.acknowledged == 2
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2
    assert str(status) in said[0]
    assert said[1] == f"No more: {said[0]}"
    assert said[0].isprintable()


def test_a_kiosk_that_the_hub_does_not_know_holds_everything_and_says_so(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.write(2)
    world.run(30)
    (trouble,) = world.uplink.troubles
    assert "does not take entries of this kiosk: 403" in trouble
    assert DEVICE in trouble
    assert world.links[-1].waiting == 2
    world.enrol()
    world.run(300)
    assert world.journal.acknowledged == 2
    assert world.uplink.troubles == ()
    world.close()


@pytest.mark.parametrize(
    "answer",
    [
        (200, {}, {}),
        (200, {}, []),
        (200, {}, {"device": DEVICE, "size": 2, "root": "", "time": "", "signature": ""}),
        (409, {}, {}),
        (409, {}, {"resume_at": 0}),
        (409, {}, {"resume_at": 99}),
        (409, {}, {"resume_at": True}),
        (413, {}, {}),
        (500, {}, {}),
        (503, {"Retry-After": "-1"}, {}),
        (503, {"Retry-After": "soon"}, {}),
        (429, {"Retry-After": "9" * 400}, {}),
        (204, {}, {}),
        (200, {}, {"device": "é" * 180_000}),
        (200, {}, b"x" * 2_000_000),
    ],
)
def test_a_senseless_answer_is_survived_without_loss_or_haste(
    world: World, answer: tuple[int, dict[str, str], object]
) -> None:
    hub = script(world, *[answer] * 2)
    world.write(1)
    world.run(1)
    assert len(hub.batches) <= 3
    world.run_until_drained(2 * 3900)
    assert world.stored() == (1, world.journal.root())
    assert world.journal.acknowledged == 1


def test_a_hub_that_sends_the_uplink_to_and_fro_is_not_followed_in_a_tight_loop(world: World) -> None:
    hub = script(world, *[(409, {}, {"resume_at": n % 2 + 1}) for n in range(30)])
    world.write(5)
    world.run(60)
    assert len(hub.batches) < 20
    assert world.run_until_drained(40_000)


def test_an_old_receipt_again_is_no_progress(world: World) -> None:
    world.write(1)
    world.run(1)
    old = world.journal.receipt
    hub = script(world, *[(200, {}, json.loads(old))] * 2)
    world.write(1)
    world.run(100)
    assert len(hub.batches) == 1
    assert "receipt is for 1 entries" in world.uplink.troubles[0]
    world.run(600)
    assert world.journal.acknowledged == 2


def test_gatekeeper_away_is_waited_for_and_told_the_link_again(world: World) -> None:
    world.run(2)
    world.desk.is_there = False
    world.run(5)
    assert "Gatekeeper does not serve" in world.uplink.troubles[0]
    world.desk.is_there = True
    told = len(world.links)
    world.run(2)
    assert world.uplink.troubles == ()
    assert len(world.links) == told + 1


def test_trust_of_another_hub_is_refused_and_said(world: World, tmp_path: Path) -> None:
    other = World(tmp_path / "other")
    world.session.mount("http://hub", other.session.get_adapter("http://hub"))
    world.run(5)
    assert trust_changes(world) == 0
    assert "trust is not taken" in world.uplink.troubles[0]
    other.close()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_over_a_bad_network_and_restarts_every_entry_arrives_exactly_once(tmp_path: Path, seed: int) -> None:
    rates = Rates(cut=0.1, server_error=0.1, lost_reply=0.1, delay_s=(0.0, 0.5))
    world = World(
        tmp_path,
        lambda clock: Faults(clock.mono, seed=seed, rates=rates, outages=[Outage(60, 300)]),
        seed=seed,
    )
    world.enrol()
    for _ in range(40):
        world.write(23)
        world.run(20)
        world.uplink = world.new_uplink()
    world.run_until_drained(2000)
    assert world.stored() == (920, world.journal.root())
    entries = world.hub.store.entries(DEVICE, 0, 1000)
    assert [each.entry["data"]["n"] for each in entries] == list(range(920))
    assert all(world.faults.counts[fault] for fault in Fault)
    world.close()


def test_a_pass_that_the_hub_takes_back_is_refused_at_a_connected_kiosk_within_a_minute(world: World) -> None:
    issued = world.hub.issuer.issue(
        colour=Colour.GREEN,
        area="330100",
        valid_from=world.clock.utc(),
        lifetime_s=3600,
        rotating=False,
        revocation_index=3,
    )
    code = issued.code_at(world.clock.utc()).encode()
    world.run(100)

    def judged() -> Credential | Refusal:
        bundle = [event for event in world.posted if isinstance(event, TrustChanged)][-1].bundle
        return verify(code, bundle, world.now())

    assert isinstance(judged(), Credential)
    world.hub.publisher.revoke_pass(3, world.clock.utc())
    world.run(60)
    result = judged()
    assert isinstance(result, Refusal)
    assert result.reason is Reason.REVOKED
