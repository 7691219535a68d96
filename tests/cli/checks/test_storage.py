from __future__ import annotations

import base64
import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.cli.checks import storage
from kiosk.config import Site
from kiosk.gatekeeper.finding import State
from kiosk.journal.device_key import load_or_create
from kiosk.journal.store import Journal
from kiosk.trust.signed import sign
from kiosk.trust.store import TrustStore
from tests.cli.bench import ISSUER_KEY, NOW, failed
from tests.cli.sites import HUB_KEY
from tests.journal.conftest import draft
from tests.journal.tampering import receipt
from tests.journal.test_verify import tamper
from tests.trust.repositories import HubTrust, at


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
    key = load_or_create(state_dir / "device.key")
    with Journal(site.journal_path, "kiosk-7", device_key=key) as journal:
        journal.append_many([draft(n) for n in range(5)])
        root = base64.b64encode(journal.root_at(2)).decode()
        given = {"device": "kiosk-7", "size": 2, "root": root, "time": NOW.isoformat()}
        journal.acknowledge(2, json.dumps(sign(given, HUB_KEY)).encode())
        finding = storage.check_journal(site.journal_path, site.hub_key)
    assert (finding.state, finding.text) == (State.OK, "whole: 5 entries, 3 waiting for the hub")
    (state_dir / "device.key").unlink()
    said = storage.check_journal(site.journal_path, site.hub_key).text
    assert said.endswith("not held against the device's key, which this user may not read")


def test_a_journal_is_held_against_the_devices_key_its_witness_and_the_hubs_receipts(
    site: Site, state_dir: Path
) -> None:
    key = load_or_create(state_dir / "device.key")
    with Journal(site.journal_path, "kiosk-7", device_key=key) as journal:
        journal.append_many([draft(n) for n in range(5)])
    whole = shutil.copytree(state_dir, state_dir.with_name("whole"))
    tamper(site.journal_path, "DELETE FROM entry WHERE seq = 4", "DELETE FROM tree_head")
    failed(storage.check_journal(site.journal_path), "the witness tells of 5 entries", "keep the file")
    forged = receipt(5, Journal(whole / site.journal_path.name, "kiosk-7", device_key=key).open().root())
    tamper(whole / site.journal_path.name, f"INSERT INTO receipt VALUES (5, x'{forged.hex()}', NULL)")
    failed(
        storage.check_journal(whole / site.journal_path.name, site.hub_key),
        "the receipt for 5 entries does not verify",
        "keep the file",
    )


def test_a_damaged_journal_fails(site: Site, state_dir: Path) -> None:
    site.journal_path.write_bytes(b"garbage" * 1000)
    failed(storage.check_journal(site.journal_path), str(site.journal_path), "keep the file")


@pytest.fixture
def hub(site: Site, state_dir: Path, tmp_path: Path) -> HubTrust:
    """A hub whose root this site has, and whose trust it was given."""
    hub = HubTrust(tmp_path / "hub", NOW)
    shutil.copy(hub.pinned_root, site.uplink.trusted_root)
    hub.publish([ISSUER_KEY], now=NOW)
    hub.give_to(TrustStore(site.trust_path, site.uplink.trusted_root), at(NOW))
    return hub


@pytest.mark.parametrize(
    ("age", "state", "said"),
    [
        (timedelta(hours=23), State.OK, "version 1, 1 keys, fresh until 2026-12-02 00:00 UTC"),
        (timedelta(days=2), State.WARN, "stale; staff must decide from 2026-12-08 00:00 UTC on"),
        (timedelta(days=8), State.FAIL, "too old, so staff decide on everybody"),
        (timedelta(days=-9), State.WARN, "signed at a time still to come"),
    ],
)
def test_trust_is_counted_and_its_age_is_said(
    site: Site, hub: HubTrust, age: timedelta, state: State, said: str
) -> None:
    finding = storage.check_trust(site, NOW + age)
    assert finding.state is state
    assert said in finding.text
    assert (finding.remedy == "") is (state is State.OK)


def test_no_trust_yet_fails(site: Site, hub: HubTrust) -> None:
    shutil.rmtree(site.trust_path)
    failed(storage.check_trust(site, NOW), "none is held", "connect")


def test_trust_without_a_root_fails(site: Site, hub: HubTrust) -> None:
    site.uplink.trusted_root.unlink()
    failed(storage.check_trust(site, NOW), str(site.uplink.trusted_root), "trusted_root")


def test_a_damaged_state_is_said_while_the_one_before_serves(site: Site, hub: HubTrust) -> None:
    store = TrustStore(site.trust_path, site.uplink.trusted_root)
    store.load()
    hub.publish([], now=NOW)
    hub.give_to(store, at(NOW))
    (site.trust_path / "generations" / "1-2-2-2.json").write_bytes(b"")
    finding = storage.check_trust(site, NOW)
    assert finding.state is State.WARN
    assert "1-2-2-2.json: is damaged" in finding.text


def test_a_root_that_ends_soon_is_said(site: Site, hub: HubTrust) -> None:
    hub.publish([ISSUER_KEY], now=NOW + timedelta(days=330))
    store = TrustStore(site.trust_path, site.uplink.trusted_root)
    store.load()
    hub.give_to(store, at(NOW + timedelta(days=330)))
    finding = storage.check_trust(site, NOW + timedelta(days=330))
    assert finding.state is State.WARN
    assert "the hub's root expires on 2027-12-01" in finding.text
    assert "rotate-root" in finding.remedy
