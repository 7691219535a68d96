from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path

from hub.state import open_state
from kiosk.trust.document import open_document
from tests.hub.conftest import NOON


def test_the_first_start_makes_secrets_that_only_the_owner_reads(tmp_path: Path) -> None:
    open_state(tmp_path / "hub", NOON).close()
    assert stat.S_IMODE((tmp_path / "hub").stat().st_mode) == 0o700
    for name in ("hub_key.pem", "issuer_key.pem", "admin_token", "hub.db"):
        assert stat.S_IMODE((tmp_path / "hub" / name).stat().st_mode) == 0o600


def test_a_second_start_finds_the_same_keys_token_and_document(tmp_path: Path) -> None:
    first, second = (open_state(tmp_path, NOON + timedelta(days=n)) for n in (0, 1))
    first.close()
    second.close()
    assert first.public_key_base64 == second.public_key_base64
    assert (first.admin_token, first.issuer.kid) == (second.admin_token, second.issuer.kid)
    assert first.key_document == second.key_document


def test_another_issuer_key_makes_the_next_version_of_the_document(tmp_path: Path) -> None:
    first = open_state(tmp_path, NOON)
    first.close()
    (tmp_path / "issuer_key.pem").unlink()
    second = open_state(tmp_path, NOON)
    second.close()
    bundle = open_document(second.key_document, first.hub_key.public_key())
    assert bundle.version == 2
    assert list(bundle.keys) == [second.issuer.kid]
