from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from hub.errors import HubError
from hub.state import create_state, open_state
from tests.hub.conftest import NOON
from tests.hub.hubs import new_hub, published, root_keys


def test_secrets_are_read_by_the_owner_alone(tmp_path: Path) -> None:
    new_hub(tmp_path / "hub", NOON).close()
    assert stat.S_IMODE((tmp_path / "hub").stat().st_mode) == 0o700
    online = [f"trust/keys/{role}.pem" for role in ("targets", "snapshot", "timestamp")]
    for name in ("hub_key.pem", "issuer_key.pem", "admin_token", "hub.db", *online):
        assert stat.S_IMODE((tmp_path / "hub" / name).stat().st_mode) == 0o600
    assert {stat.S_IMODE(path.stat().st_mode) for path in root_keys(tmp_path / "hub")} == {0o600}


def test_a_second_start_finds_the_same_keys_token_and_trust(tmp_path: Path) -> None:
    first = new_hub(tmp_path / "hub", NOON)
    first.close()
    before = published(first)
    second = open_state(tmp_path / "hub", NOON + timedelta(minutes=1))
    second.close()
    assert first.public_key_base64 == second.public_key_base64
    assert (first.admin_token, first.issuer.kid) == (second.admin_token, second.issuer.kid)
    assert published(second) == before


def test_another_issuer_key_makes_the_next_version(tmp_path: Path) -> None:
    first = new_hub(tmp_path / "hub", NOON)
    first.close()
    (tmp_path / "hub" / "issuer_key.pem").unlink()
    second = open_state(tmp_path / "hub", NOON)
    second.close()
    bundle = published(second)
    assert bundle.version == 2
    assert list(bundle.keys) == [second.issuer.kid]


def test_a_hub_is_made_once_and_never_over_another_key(tmp_path: Path) -> None:
    hub = new_hub(tmp_path / "hub", NOON)
    hub.close()
    before = published(hub)
    with pytest.raises(HubError, match="is a trust repository already"):
        create_state(tmp_path / "hub", [tmp_path / name for name in "xyz"], NOON)
    with pytest.raises(HubError, match="is there already"):
        create_state(tmp_path / "other", root_keys(tmp_path / "hub"), NOON)
    with pytest.raises(HubError, match="3 keys, in 3 files"):
        create_state(tmp_path / "third", [tmp_path / "x"] * 3, NOON)
    assert published(hub) == before
