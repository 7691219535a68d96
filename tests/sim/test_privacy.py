"""A whole day with passes that are known here, and nothing of them in what the kiosk writes or says."""

from __future__ import annotations

import base64
import json
import sqlite3
from pathlib import Path

import pytest

from hub.tracing import open_subject
from kiosk.core.passage import DECIDED
from kiosk.journal.store import Journal
from sim.cli import main
from sim.provision import DEVICE_ID

pytestmark = pytest.mark.slow
PIECE = 24
"""So many bytes of a message in a row are no chance."""


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    state = tmp_path_factory.mktemp("day")
    assert main(["--speed", "max", "--headless", "--people", "16", "--seed", "5", "--state", str(state)]) == 0
    return state


@pytest.fixture(scope="module")
def wallets(day: Path) -> list[dict[str, str]]:
    with sqlite3.connect(day / "hub" / "hub.db") as database:
        rows = database.execute("SELECT wallet FROM passes").fetchall()
    database.close()
    return [json.loads(row[0]) for row in rows]


def traces(wallet: dict[str, str]) -> list[bytes]:
    """The forms in which a holder or a code could be written down."""
    cti, message = base64.b64decode(wallet["cti"]), base64.b64decode(wallet["cose"])
    pieces = [message[at : at + PIECE] for at in range(0, len(message) - PIECE, PIECE)]
    spelt = [form(cti) for form in (bytes.hex, lambda data: base64.b64encode(data).decode())]
    return [
        cti,
        *pieces,
        *(text.strip("=").encode() for text in spelt),
        *(piece.hex().encode() for piece in pieces),
    ]


def test_nothing_that_the_kiosk_has_written_names_a_holder_or_holds_a_code(
    day: Path, wallets: list[dict[str, str]]
) -> None:
    files = [path for path in day.rglob("*") if path.is_file() and "hub" not in path.relative_to(day).parts]
    assert {"journal.db", "site.toml", "pseudonyms.json"} <= {path.name for path in files}
    wanted = [trace for wallet in wallets for trace in traces(wallet)] + [b"HP1:", b"HC1:"]
    assert len(wallets) >= 5
    for path in files:
        raw = path.read_bytes()
        assert [trace for trace in wanted if trace in raw] == [], path


def test_what_the_hub_was_sent_names_nobody_either(day: Path, wallets: list[dict[str, str]]) -> None:
    with sqlite3.connect(day / "hub" / "hub.db") as database:
        rows = database.execute("SELECT entry FROM entries").fetchall()
    database.close()
    text = "".join(row[0] for row in rows).encode()
    assert rows
    assert [trace for wallet in wallets for trace in traces(wallet) if trace in text] == []


def test_both_tracers_together_find_the_holder_of_each_decision(
    day: Path, wallets: list[dict[str, str]]
) -> None:
    shares = day / "tracers" / "first.share", day / "tracers" / "second.share"
    known = {base64.b64decode(wallet["cti"]) for wallet in wallets}
    found = []
    with Journal(day / "journal.db", DEVICE_ID) as journal:
        for entry in journal.entries(0, 1000):
            data = entry.data
            if entry.type == DECIDED and isinstance(data, dict) and data.get("subject") is not None:
                sealed, passage = data["sealed_subject"], data["passage"]
                assert isinstance(sealed, str)
                assert isinstance(passage, int)
                found.append(open_subject(sealed, DEVICE_ID, passage, shares))
    assert len(found) >= 5
    assert set(found) <= known
