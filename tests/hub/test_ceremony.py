"""Who may change the root: two of three, of the keys before and of the keys after."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tuf.api.metadata import Root

from hub.__main__ import main
from hub.errors import HubError
from hub.trust import ceremony
from kiosk.trust.errors import TrustError
from kiosk.trust.metadata import verify
from tests.trust.repositories import NOON, HubTrust, later


@pytest.fixture
def hub(tmp_path: Path) -> HubTrust:
    hub = HubTrust(tmp_path / "trust")
    hub.publish()
    return hub


def root_version(hub: HubTrust) -> int:
    """Of the root that a kiosk with the first one comes to."""
    return verify(hub.pinned_root.read_bytes(), hub.metadata()).root.version


def test_one_signature_changes_nothing_and_the_second_brings_it_into_force(hub: HubTrust) -> None:
    ceremony.rotate(hub.repository, later(days=300), replace={})
    for _ in range(2):
        assert ceremony.sign(hub.repository, hub.root_keys[0]) is None
    assert root_version(hub) == 1
    assert ceremony.sign(hub.repository, hub.root_keys[2]) == 2
    assert root_version(hub) == 2
    expires = hub.repository.root().signed.expires
    assert expires.replace(tzinfo=NOON.tzinfo) == later(days=300) + timedelta(days=365)


def test_a_stranger_signs_nothing(hub: HubTrust, tmp_path: Path) -> None:
    other = HubTrust(tmp_path / "other")
    ceremony.rotate(hub.repository, NOON, replace={})
    with pytest.raises(HubError, match="none of the root's keys"):
        ceremony.sign(hub.repository, other.root_keys[0])
    with pytest.raises(HubError, match="none of the root's keys"):
        ceremony.sign(hub.repository, hub.repository.key_path("timestamp"))
    assert ceremony.signers_of_pending(hub.repository) == []


def test_a_lost_root_key_is_replaced_by_the_other_two(hub: HubTrust, tmp_path: Path) -> None:
    lost = hub.repository.root().signed.roles[Root.type].keyids[2]
    ceremony.rotate(hub.repository, NOON, replace={lost: tmp_path / "new.pem"})
    # The new key and one old one satisfy the new root's threshold, but not the old root's.
    assert ceremony.sign(hub.repository, tmp_path / "new.pem") is None
    assert ceremony.sign(hub.repository, hub.root_keys[0]) is None
    assert ceremony.sign(hub.repository, hub.root_keys[1]) == 2
    ceremony.rotate(hub.repository, NOON, replace={})
    with pytest.raises(HubError, match="none of the root's keys"):
        ceremony.sign(hub.repository, hub.root_keys[2])
    assert ceremony.sign(hub.repository, tmp_path / "new.pem") is None
    assert ceremony.sign(hub.repository, hub.root_keys[0]) == 3
    assert root_version(hub) == 3


def test_a_new_online_key_signs_from_then_on_and_the_old_one_no_more(hub: HubTrust) -> None:
    before = hub.metadata()
    old_key = hub.repository.key_path("timestamp").read_bytes()
    hub.rotate_root(NOON, "timestamp")
    after = hub.metadata()
    assert hub.repository.key_path("timestamp").read_bytes() != old_key
    assert verify(hub.pinned_root.read_bytes(), after).timestamp.version == 2
    with pytest.raises(TrustError, match="timestamp was signed by 0/1 keys"):
        verify(
            hub.pinned_root.read_bytes(),
            type(after)(after.roots, before.timestamp, after.snapshot, after.targets),
        )


def test_one_change_waits_at_a_time_and_may_be_given_up(hub: HubTrust) -> None:
    pending = ceremony.rotate(hub.repository, NOON, replace={}, online=["snapshot"])
    with pytest.raises(HubError, match="waits to be signed"):
        ceremony.rotate(hub.repository, NOON, replace={})
    pending.unlink()
    with pytest.raises(HubError, match="no root waits"):
        ceremony.sign(hub.repository, hub.root_keys[0])
    hub.rotate_root(NOON, "snapshot")
    assert root_version(hub) == 2


def test_what_cannot_be_done_is_said(hub: HubTrust, tmp_path: Path) -> None:
    with pytest.raises(HubError, match="id of no root key"):
        ceremony.rotate(hub.repository, NOON, replace={"abc": tmp_path / "new.pem"})
    ceremony.rotate(hub.repository, NOON, replace={})
    (tmp_path / "none.pem").write_bytes(b"?")
    for path in (tmp_path / "none.pem", tmp_path / "absent.pem"):
        with pytest.raises(HubError, match=path.name):
            ceremony.sign(hub.repository, path)


def test_the_commands_lead_through_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys = [str(tmp_path / f"{n}.pem") for n in range(3)]
    state = ["--state", str(tmp_path / "hub")]
    assert main(["trust", "create", *state, *keys]) == 0
    assert "1.root.json" in capsys.readouterr().out
    assert main(["trust", "rotate-root", *state, "--online", "timestamp"]) == 0
    assert "waits for 2 signatures" in capsys.readouterr().out
    assert main(["trust", "sign", *state, keys[1]]) == 0
    assert main(["trust", "show", *state]) == 0
    assert "root 2 waits; it is signed by" in capsys.readouterr().out
    assert main(["trust", "sign", *state, keys[2]]) == 0
    assert "root 2 is in force" in capsys.readouterr().out
    assert main(["trust", "publish", *state]) == 0
    assert main(["trust", "show", *state]) == 0
    shown = capsys.readouterr().out
    assert "root 2, expires" in shown
    assert "waits" not in shown
    assert main(["trust", "sign", *state, keys[2]]) == 2
    assert capsys.readouterr().err.count("\n") == 1
