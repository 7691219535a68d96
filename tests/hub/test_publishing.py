from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from hub.__main__ import main
from hub.errors import HubError
from hub.issuing import Pass
from hub.publishing import CAPACITY_STEP
from hub.state import HubState, open_state
from kiosk.credentials.bundle import TrustBundle
from kiosk.credentials.credential import Credential, Refusal
from kiosk.credentials.revocation import Status, hash_of
from kiosk.credentials.verifier import verify
from kiosk.terms import Instant, Reason, Strictness
from kiosk.trust.document import open_document
from tests.hub.asgi import Caller
from tests.hub.conftest import NOON

PASS = {"colour": 1, "area": "330100", "lifetime_s": 3600, "rotating": False}


def published(hub: HubState) -> TrustBundle:
    return open_document(hub.key_document, hub.hub_key.public_key())


def test_a_pass_that_was_issued_is_valid_until_it_is_taken_back(
    admin: Caller, hub: HubState, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wallets = [admin.post("/v1/passes", PASS).json() for _ in range(3)]
    assert [wallet["revocation_index"] for wallet in wallets] == [0, 1, 2]
    code = Pass.from_wallet(wallets[1]).code_at(NOON).encode()
    at = Instant(0.0, NOON + timedelta(minutes=1), True)
    assert isinstance(verify(code, published(hub), at), Credential)
    assert main(["trust", "revoke", "--state", str(tmp_path / "hub"), "--index", "1"]) == 0
    assert "version 2" in capsys.readouterr().out
    result = verify(code, published(hub), at)
    assert isinstance(result, Refusal)
    assert result.reason is Reason.REVOKED


def test_a_certificate_is_taken_back_by_its_identifier(hub: HubState, tmp_path: Path) -> None:
    assert main(["trust", "revoke", "--state", str(tmp_path / "hub"), "--certificate", "URN:UVCI:1"]) == 0
    revocations = published(hub).revocations
    assert revocations is not None
    assert revocations.hashes == {hash_of(b"URN:UVCI:1")}


def test_another_policy_is_published_to_a_hub_that_runs(hub: HubState, tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    path.write_text(json.dumps({"paper": "hard", "hc1": [{"type": "recovery"}]}), encoding="utf-8")
    before = published(hub)
    assert main(["trust", "policy", "--state", str(tmp_path / "hub"), str(path)]) == 0
    after = published(hub)
    assert after.version == before.version + 1
    assert after.policy.general.paper is Strictness.HARD
    assert len(after.policy.green) == 1


@pytest.mark.parametrize("text", ["[]", "{", '{"papier": "hard"}', '{"paper": 1}'])
def test_what_is_no_policy_is_refused_in_a_sentence_and_changes_nothing(
    text: str, hub: HubState, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "policy.json"
    path.write_text(text, encoding="utf-8")
    before = hub.key_document
    assert main(["trust", "policy", "--state", str(tmp_path / "hub"), str(path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert hub.key_document == before


def test_nothing_is_published_for_a_folder_that_is_no_hub(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["trust", "revoke", "--state", str(tmp_path), "--index", "1"]) == 2
    assert "holds no hub" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_list_reaches_beyond_every_pass_that_is_issued(hub: HubState) -> None:
    kid = hub.issuer.kid
    for index in (0, CAPACITY_STEP - 1, CAPACITY_STEP, 5 * CAPACITY_STEP):
        hub.publisher.make_room_for(index, NOON)
        revocations = published(hub).revocations
        assert revocations is not None
        assert revocations.status(kid, index + 1) is Status.VALID


def test_an_index_that_no_pass_can_have_is_refused(hub: HubState) -> None:
    for index in (-1, 10**9):
        with pytest.raises(HubError, match="index of a pass"):
            hub.publisher.revoke_pass(index)


def test_a_hub_that_starts_again_publishes_nothing_new(hub: HubState, tmp_path: Path) -> None:
    hub.publisher.revoke_pass(7)
    version = hub.publisher.publish(NOON).version
    again = open_state(tmp_path / "hub", NOON + timedelta(days=1))
    assert published(again).version == version
    again.close()
