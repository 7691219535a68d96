from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from kiosk.gatekeeper.sealing import SUITE, Sealer, info_of
from tests.core.playbook import BUNDLE, WELL, Playbook, code

SUBJECT = b"somebody"
KEY = X25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()


def opened(sealed: str, device_id: str = "kiosk-7", passage_id: int = 1) -> bytes:
    return SUITE.decrypt(base64.b64decode(sealed), KEY, info_of(device_id, passage_id))


def test_a_decision_carries_its_subject_as_only_the_tracing_key_opens_it() -> None:
    playbook = Playbook(bundle=replace(BUNDLE, tracing_key=PUBLIC), seal=Sealer("kiosk-7"))
    playbook.scan(code(cti=SUBJECT)).sample(WELL)
    (decided,) = playbook.recorded("kiosk.passage.decided")
    sealed = decided.data["sealed_subject"]
    assert isinstance(sealed, str)
    assert opened(sealed) == SUBJECT


def test_without_a_tracing_key_or_a_subject_nothing_is_sealed() -> None:
    for playbook, payload in (
        (Playbook(seal=Sealer("kiosk-7")), code()),
        (Playbook(bundle=replace(BUNDLE, tracing_key=PUBLIC), seal=Sealer("kiosk-7")), b"no pass"),
    ):
        playbook.scan(payload).wait(10.0)
        assert all("sealed_subject" not in record.data for record in playbook.journal)


def test_a_sealed_subject_opens_at_its_own_kiosk_and_passage_only_and_never_twice_the_same() -> None:
    sealer = Sealer("kiosk-7")
    sealed = sealer(SUBJECT, PUBLIC, 1)
    assert sealed is not None
    assert sealed != sealer(SUBJECT, PUBLIC, 1)
    for device_id, passage_id in (("kiosk-8", 1), ("kiosk-7", 2)):
        with pytest.raises(InvalidTag):
            opened(sealed, device_id, passage_id)


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(32)])
def test_a_key_that_is_none_seals_nothing_and_raises_nothing(key: bytes) -> None:
    assert Sealer("kiosk-7")(SUBJECT, key, 1) is None
