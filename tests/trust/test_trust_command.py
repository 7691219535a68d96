from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from kiosk.cli import trust
from kiosk.credentials.revocation import Revocations, bitmap_of
from kiosk.trust.content import SHARD_INDICES
from kiosk.trust.store import TrustStore
from tests.trust.repositories import CITY, STAFF, HubTrust


def command(*words: str) -> int:
    parser = argparse.ArgumentParser()
    trust.add_parser(parser.add_subparsers())
    args = parser.parse_args(["trust", *words])
    status: int = args.run(args)
    return status


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    hub = HubTrust(tmp_path / "hub")
    hub.publish(
        [CITY, STAFF], Revocations({b"city": bitmap_of({1, 2}, SHARD_INDICES)}, frozenset({b"x" * 16}))
    )
    store = TrustStore(tmp_path / "trust", hub.pinned_root)
    store.load()
    hub.give_to(store)
    return ["--state", str(tmp_path), "--root", str(hub.pinned_root)]


def test_what_is_in_force_is_shown(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command(*words) == 0
    assert capsys.readouterr().out.splitlines() == [
        "version 1, fresh until 2026-11-23 12:00 UTC, 2 keys, 3 revoked",
        "  root 1, expires 2027-11-22; timestamp 1, snapshot 1; targets 1, expires 2027-02-20",
        "  63697479  P-256  formats HP1  areas 330100  roles any",
        "  73746666  Ed25519  formats HC1, HP1  areas any  roles 9",
    ]
    assert command(*words, "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["version"], shown["revoked"], len(shown["keys"])) == (1, 3, 2)


def test_the_hours_of_the_policy_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    night = {"role": 3, "purpose": "entry", "from": "23:00", "until": "05:30", "then": "soft"}
    noon = {"purpose": "entry", "days": ["mon", "sun"], "from": "12:00", "until": "13:00", "then": "hard"}
    hub = HubTrust(tmp_path / "hub")
    hub.publish(policy=json.dumps({"windows": [night, noon]}).encode())
    store = TrustStore(tmp_path / "trust", hub.pinned_root)
    store.load()
    hub.give_to(store)
    words = ["--state", str(tmp_path), "--root", str(hub.pinned_root)]
    assert command(*words) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "  entry from 23:00 until 05:30 local time, role 3: soft",
        "  entry mon sun from 12:00 until 13:00 local time, everybody: hard",
    ]
    assert command(*words, "--json") == 0
    assert json.loads(capsys.readouterr().out)["windows"] == [night, noon]


def test_a_kiosk_without_trust_says_what_to_do(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "new").mkdir()
    assert command("--state", str(tmp_path / "new"), *words[2:]) == 1
    assert "connect the kiosk to its hub" in capsys.readouterr().out


def test_damage_is_said(words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "trust" / "generations" / "1-1-1-1.json").write_bytes(b"{}")
    assert command(*words) == 1
    assert "1-1-1-1.json: is damaged" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "status"), [([], 2), (["--root", "/nowhere"], 1), (["--site", "/nowhere"], 2)]
)
def test_without_the_pinned_root_nothing_is_believed(
    words: list[str], capsys: pytest.CaptureFixture[str], more: list[str], status: int
) -> None:
    assert command(*words[:2], *more) == status
    assert capsys.readouterr().err.startswith("kiosk trust: ")
