from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.core.commands import JsonValue
from kiosk.journal.envelope import Draft
from kiosk.journal.store import Journal

START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def draft(number: int) -> Draft:
    """The entry that a passage leaves behind."""
    data: dict[str, JsonValue] = {
        "passage_id": number,
        "outcome": "grant",
        "face_skin_celsius": 34.5 + number / 100,
        "name": "王*",
    }
    return "kiosk.passage.decided", data, START + timedelta(seconds=number), True


@pytest.fixture
def device_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(b"d" * 32)


@pytest.fixture
def salts() -> Callable[[int], bytes]:
    return random.Random(7).randbytes


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def journal(path: Path, salts: Callable[[int], bytes]) -> Iterator[Journal]:
    with Journal(path, "kiosk-7", random=salts) as opened:
        yield opened
