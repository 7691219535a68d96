"""Batches as kiosks send them: in columns and compressed."""

from __future__ import annotations

import json
from typing import Any

import pytest
import zstandard
from typing_extensions import override

from kiosk.journal.envelope import seal, wire_entry
from kiosk.uplink import packing
from tests.hub.asgi import Answer, Caller
from tests.hub.conftest import NOON
from tests.hub.devices import FakeDevice

LOG = "/v1/logs/gate-1"
ZSTD = {"content-encoding": "zstd"}
PACKED = ZSTD | {"content-type": packing.MEDIA_TYPE}


class Kiosk(FakeDevice):
    """Its envelopes are those of a kiosk's journal, so that they travel lean."""

    @override
    def _entry(self, kind: str, data: Any) -> dict[str, Any]:
        draft = (kind, data, NOON, True)
        sealed = seal(self.device_id, len(self.entries), draft, self._random.randbytes)
        return wire_entry(sealed.envelope, sealed.data, sealed.salt)


@pytest.fixture
def kiosk(admin: Caller) -> Kiosk:
    kiosk = Kiosk()
    assert admin.post("/v1/devices", kiosk.registration).status == 201
    kiosk.record(3)
    return kiosk


def send(anyone: Caller, body: bytes, headers: dict[str, str]) -> Answer:
    return anyone.send("POST", f"{LOG}/entries", body, headers | {"content-length": str(len(body))})


def packed(batch: dict[str, Any]) -> bytes:
    return packing.pack("gate-1", batch)


def test_a_packed_batch_is_stored_as_the_kiosk_wrote_it(anyone: Caller, admin: Caller, kiosk: Kiosk) -> None:
    body = packed(kiosk.batch())
    assert b"datahash" not in packing.decompress(body)
    assert send(anyone, body, PACKED).json()["size"] == 3
    assert admin.get(f"{LOG}/entries").json()["entries"] == kiosk.entries


def test_plain_json_may_come_compressed_too(anyone: Caller, kiosk: Kiosk) -> None:
    body = packing.compress(json.dumps(kiosk.batch()).encode())
    assert send(anyone, body, ZSTD).json()["size"] == 3


@pytest.mark.parametrize("member", ["data", "salt"])
def test_what_is_changed_on_the_way_does_not_fit_the_signed_root(
    anyone: Caller, admin: Caller, kiosk: Kiosk, member: str
) -> None:
    batch = json.loads(json.dumps(kiosk.batch()))
    batch["entries"][1][member] = {"data": {"reason": "forged"}, "salt": "AAAAAAAAAAAAAAAAAAAAAA=="}[member]
    answer = send(anyone, packed(batch), PACKED)
    assert (answer.status, answer.json()["error"]) == (422, "the signed root is not that of the 3 entries")
    assert admin.get(LOG).json()["size"] == 0


def test_a_plain_batch_must_name_its_hashes(anyone: Caller, kiosk: Kiosk) -> None:
    batch = json.loads(json.dumps(kiosk.batch()))
    del batch["entries"][0]["envelope"]["datahash"]
    assert anyone.post(f"{LOG}/entries", batch).status == 400


def test_other_encodings_are_unsupported(anyone: Caller, kiosk: Kiosk) -> None:
    assert send(anyone, b"x", {"content-encoding": "gzip"}).status == 415
    assert send(anyone, b"x", PACKED | {"content-encoding": "gzip"}).status == 415


@pytest.mark.parametrize("headers", [ZSTD, PACKED])
def test_bombs_are_too_large_and_rubbish_is_refused(anyone: Caller, headers: dict[str, str]) -> None:
    bomb = zstandard.ZstdCompressor().compress(bytes(100_000_000))
    assert send(anyone, bomb, headers).status == 413
    assert send(anyone, b"rubbish", headers).status == 400


def test_a_small_body_grows_no_further_than_a_plain_one_may(admin: Caller) -> None:
    answer = admin.send("POST", "/v1/devices", packing.compress(b" " * 65_537), ZSTD)
    assert answer.status == 413
