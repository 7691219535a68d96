from __future__ import annotations

import argparse
import base64
import json
from pathlib import Path

import pytest

from kiosk.cli import trust
from kiosk.trust.cache import write_atomically
from tests.trust.test_cache import raw
from tests.trust.test_document import HUB

KEY = base64.b64encode(HUB.public_key().public_bytes_raw()).decode()


def command(*words: str) -> int:
    parser = argparse.ArgumentParser()
    trust.add_parser(parser.add_subparsers())
    args = parser.parse_args(["trust", *words])
    status: int = args.run(args)
    return status


def test_the_keys_that_are_held_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_atomically(tmp_path / "keys.json", raw())
    assert command("--state", str(tmp_path), "--hub-key", KEY) == 0
    assert capsys.readouterr().out.splitlines() == [
        "version 3, issued 2026-11-22T12:00:00+00:00, 2 keys",
        "  63697479  P-256  formats HP1  areas 330100  roles any",
        "  73746666  Ed25519  formats HC1, HP1  areas any  roles 9",
    ]
    assert command("--state", str(tmp_path), "--hub-key", KEY, "--json") == 0
    assert json.loads(capsys.readouterr().out)["version"] == 3


def test_a_kiosk_without_keys_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("--state", str(tmp_path), "--hub-key", KEY) == 1
    assert "connect the kiosk to its hub" in capsys.readouterr().out


def test_damaged_keys_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_atomically(tmp_path / "keys.json", b"{}")
    assert command("--state", str(tmp_path), "--hub-key", KEY) == 1
    assert "keys.json" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["--hub-key", "?"], ["--site", "/nowhere/site.toml"]])
def test_without_the_hubs_key_nothing_is_believed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    write_atomically(tmp_path / "keys.json", raw())
    assert command("--state", str(tmp_path), *words) == 2
    assert capsys.readouterr().err.startswith("kiosk trust: ")
