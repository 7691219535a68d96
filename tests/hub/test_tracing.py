from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest

from hub.errors import HubError
from hub.state import HubState
from hub.tracing import make_key, open_subject
from kiosk.gatekeeper.sealing import Sealer
from tests.hub.conftest import NOON
from tests.hub.hubs import published

SUBJECT = b"somebody"


@pytest.fixture
def shares(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "first.share", tmp_path / "second.share"


@pytest.fixture
def sealed(hub: HubState, tmp_path: Path, shares: tuple[Path, Path]) -> str:
    make_key(tmp_path / "hub", shares)
    hub.publisher.publish(NOON)
    key = published(hub).tracing_key
    assert key is not None
    text = Sealer("kiosk-7")(SUBJECT, key, 3)
    assert text is not None
    return text


def test_both_shares_together_open_what_a_kiosk_has_sealed(sealed: str, shares: tuple[Path, Path]) -> None:
    assert open_subject(sealed, "kiosk-7", 3, shares) == SUBJECT
    assert open_subject(sealed, "kiosk-7", 3, (shares[1], shares[0])) == SUBJECT


def test_one_share_alone_or_one_of_another_key_opens_nothing(
    sealed: str, shares: tuple[Path, Path], tmp_path: Path
) -> None:
    other = tmp_path / "other.share"
    other.write_bytes(base64.b64encode(bytes(range(32))))
    for pair in ((shares[0], shares[0]), (shares[0], other), (other, shares[1])):
        with pytest.raises(HubError, match="does not open"):
            open_subject(sealed, "kiosk-7", 3, pair)


def test_what_was_moved_to_another_passage_does_not_open(sealed: str, shares: tuple[Path, Path]) -> None:
    with pytest.raises(HubError, match="does not open"):
        open_subject(sealed, "kiosk-7", 4, shares)


def test_the_hub_s_folder_holds_no_share_and_shares_are_their_owners_alone(
    sealed: str, shares: tuple[Path, Path], tmp_path: Path
) -> None:
    secrets = [path.read_bytes().strip() for path in shares]
    for path in (tmp_path / "hub").rglob("*"):
        if path.is_file():
            assert not any(secret in path.read_bytes() for secret in secrets), path
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in shares)


def test_a_key_is_never_made_over_another(sealed: str, shares: tuple[Path, Path], tmp_path: Path) -> None:
    before = shares[0].read_bytes()
    with pytest.raises(HubError, match="is there already"):
        make_key(tmp_path / "hub", shares)
    assert shares[0].read_bytes() == before


def test_two_shares_are_two_files(tmp_path: Path, hub: HubState) -> None:
    with pytest.raises(HubError, match="two files"):
        make_key(tmp_path / "hub", (tmp_path / "one", tmp_path / "one"))
