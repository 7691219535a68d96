from __future__ import annotations

import base64
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.cli.checks import storage
from kiosk.config import Site
from kiosk.gatekeeper.finding import State
from kiosk.journal.device_key import load_or_create
from kiosk.journal.store import Journal
from tests.cli.bench import KEYS, NOW, failed
from tests.journal.conftest import draft


def test_a_state_folder_that_is_not_there_yet_is_no_failure_and_is_not_made(site: Site) -> None:
    assert storage.check_state_dir(site.site.state_dir).state is State.WARN
    assert storage.check_device_key(site.site.state_dir).state is State.WARN
    assert storage.check_journal(site.journal_path).state is State.WARN
    assert not site.site.state_dir.exists()


def test_a_state_folder_that_is_a_file_fails(site: Site) -> None:
    site.site.state_dir.touch()
    failed(storage.check_state_dir(site.site.state_dir), "state", "is a file")


@pytest.mark.parametrize(("free", "state"), [(10_000_000, State.FAIL), (200_000_000, State.WARN)])
def test_a_full_disk_is_said_before_it_is_full(
    free: int, state: State, state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert storage.check_state_dir(state_dir).state is State.OK
    usage = type("Usage", (), {"free": free})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert storage.check_state_dir(state_dir).state is state


def test_a_device_key_that_others_may_read_fails(state_dir: Path) -> None:
    path = state_dir / "device.key"
    load_or_create(path)
    assert storage.check_device_key(state_dir).state is State.OK
    path.chmod(0o644)
    failed(storage.check_device_key(state_dir), f"chmod 600 {path}")


def test_the_devices_public_key_is_shown_as_the_hub_takes_it(state_dir: Path) -> None:
    key = load_or_create(state_dir / "device.key").public_key().public_bytes_raw()
    said = storage.check_device_key(state_dir).text
    assert f"public key {base64.b64encode(key).decode()} \N{EM DASH} register it at the hub" in said


def test_a_journal_is_verified_and_what_waits_is_counted(site: Site, state_dir: Path) -> None:
    with Journal(site.journal_path, "kiosk-7") as journal:
        journal.append_many([draft(n) for n in range(5)])
        journal.acknowledge(2)
        finding = storage.check_journal(site.journal_path)
    assert (finding.state, finding.text) == (State.OK, "whole: 5 entries, 3 waiting for the hub")


def test_a_damaged_journal_fails(site: Site, state_dir: Path) -> None:
    site.journal_path.write_bytes(b"garbage" * 1000)
    failed(storage.check_journal(site.journal_path), str(site.journal_path), "keep the file")


def test_keys_are_counted_and_dated(site: Site, state_dir: Path) -> None:
    failed(storage.check_keys(site, NOW), "none are cached", "connect")
    site.keys_path.write_bytes(KEYS)
    finding = storage.check_keys(site, NOW)
    assert finding.state is State.OK
    assert finding.text.startswith(
        "version 3, 1 keys, issued 2026-11-29, 2 days ago; age alone makes none stale"
    )
    assert storage.check_keys(site, NOW - timedelta(days=9)).state is State.WARN


def test_keys_of_another_hub_fail(site: Site, state_dir: Path) -> None:
    site.keys_path.write_bytes(KEYS.replace(b'"version": 3', b'"version": 4'))
    failed(storage.check_keys(site, NOW), str(site.keys_path), "hub_public_key")
