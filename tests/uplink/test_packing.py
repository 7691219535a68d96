from __future__ import annotations

import random
from typing import Any

import pytest
import zstandard

from kiosk.journal.envelope import Draft, seal, wire_entry
from kiosk.uplink import packing
from kiosk.uplink.packing import PackingError, TooLarge
from tests.bench.month_offline import entries

DEVICE = "kiosk-7"


def batch(start: int, drafts: list[Draft]) -> dict[str, Any]:
    """As gatekeeper's desk gives it."""
    rng = random.Random(2)
    sealed = [seal(DEVICE, seq, draft, rng.randbytes) for seq, draft in enumerate(drafts, start)]
    listed = [wire_entry(each.envelope, each.data, each.salt) for each in sealed]
    return {"start": start, "entries": listed, "tree_head": "a head"}


def without_hashes(whole: dict[str, Any]) -> dict[str, Any]:
    listed = [
        each | {"envelope": {k: v for k, v in each["envelope"].items() if k != "datahash"}}
        for each in whole["entries"]
    ]
    return whole | {"entries": listed}


def test_a_batch_comes_out_as_the_journal_wrote_it_but_for_the_hashes_that_follow_from_it() -> None:
    whole = batch(7, list(entries(DEVICE, 40)))
    assert packing.unpack(DEVICE, packing.pack(DEVICE, whole)) == without_hashes(whole)


def test_entries_of_a_month_take_less_than_80_bytes_each() -> None:
    whole = batch(0, list(entries(DEVICE, 256)))
    assert len(packing.pack(DEVICE, whole)) < 80 * 256


@pytest.mark.parametrize(
    "change",
    [{"id": "9"}, {"source": "elsewhere"}, {"time": "2026-11-22T08:00:00Z"}, {"time": 5}, {"more": "x"}],
)
def test_an_envelope_that_the_other_side_could_not_make_goes_as_it_is(change: dict[str, object]) -> None:
    whole = batch(0, list(entries(DEVICE, 4)))
    whole["entries"][1]["envelope"].update(change)
    unpacked = packing.unpack(DEVICE, packing.pack(DEVICE, whole))
    assert unpacked["entries"][1] == whole["entries"][1]
    assert unpacked["entries"][2] == without_hashes(whole)["entries"][2]


@pytest.mark.slow
def test_a_bomb_is_not_made_larger_than_a_batch_may_be() -> None:
    bomb = zstandard.ZstdCompressor(level=19).compress(bytes(1_000_000_000))
    assert len(bomb) < 100_000
    with pytest.raises(TooLarge):
        packing.unpack(DEVICE, bomb)


@pytest.mark.slow
def test_shapes_that_would_grow_beyond_a_batch_are_refused_before_they_are_made() -> None:
    whole = batch(0, list(entries(DEVICE, 2)))
    for _ in range(7):
        whole["entries"] += whole["entries"]
    for entry in whole["entries"]:
        entry["data"]["wide"] = [[]] * 10_000
    with pytest.raises(PackingError, match="characters"):
        packing.unpack(DEVICE, packing.pack(DEVICE, whole))


def test_a_body_with_any_byte_lost_or_changed_is_refused_or_another_batch_but_never_an_error() -> None:
    body = packing.pack(DEVICE, batch(0, list(entries(DEVICE, 8))))
    rng = random.Random(4)
    refused = 0
    for _ in range(300):
        at = rng.randrange(len(body))
        broken = body[:at] if rng.random() < 0.5 else body[:at] + rng.randbytes(1) + body[at + 1 :]
        try:
            packing.unpack(DEVICE, broken)
        except PackingError:
            refused += 1
    assert refused > 150


@pytest.mark.parametrize(
    "plain", [b"", b"\0\0", b"\0\0\0\2{}", b"\0\0\0\2[]", b"\xff\xff\xff\xff{}", b"\0\0\0\1\xff"]
)
def test_what_is_no_batch_is_refused(plain: bytes) -> None:
    with pytest.raises(PackingError):
        packing.unpack(DEVICE, packing.compress(plain))
