from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from hub.__main__ import main
from hub.errors import HubError
from hub.issuing import Pass
from hub.state import HubState, open_state
from hub.trust.publisher import open_publisher
from hub.trust.repository import KEPT_VERSIONS
from kiosk.credentials.credential import Credential, Refusal
from kiosk.credentials.revocation import Status, hash_of
from kiosk.credentials.verifier import verify
from kiosk.terms import Instant, Reason, Strictness
from kiosk.trust.certificates import certificate_kid
from kiosk.trust.content import SHARD_INDICES
from kiosk.trust.jwk import jwk_from_issuer_key
from tests.cli.test_verify import certificate
from tests.hub.asgi import Caller
from tests.hub.conftest import NOON, SetClock
from tests.hub.hubs import published
from tests.trust.repositories import CITY, STAFF

PASS = {"colour": 1, "area": "330100", "lifetime_s": 3600, "rotating": False}


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
    before = published(hub)
    assert main(["trust", "policy", "--state", str(tmp_path / "hub"), str(path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert published(hub) == before


def test_nothing_is_published_for_a_folder_that_is_no_hub(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["trust", "revoke", "--state", str(tmp_path), "--index", "1"]) == 2
    assert "holds no hub" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_list_reaches_beyond_every_pass_that_is_issued(hub: HubState) -> None:
    kid = hub.issuer.kid
    for index in (0, SHARD_INDICES - 1, SHARD_INDICES, 5 * SHARD_INDICES):
        hub.publisher.make_room_for(index, NOON)
        revocations = published(hub).revocations
        assert revocations is not None
        assert revocations.status(kid, index + 1) is Status.VALID


def test_an_index_that_no_pass_can_have_is_refused(hub: HubState) -> None:
    for index in (-1, 10**9):
        with pytest.raises(HubError, match="index of a pass"):
            hub.publisher.revoke_pass(index, NOON)


def test_a_hub_that_starts_again_publishes_nothing_new(hub: HubState, tmp_path: Path) -> None:
    version = hub.publisher.revoke_pass(7, NOON)
    again = open_state(tmp_path / "hub", NOON + timedelta(days=1))
    assert published(again).version == version
    again.close()


def test_the_timestamp_is_signed_anew_when_it_is_asked_for_an_hour_later(
    hub: HubState, anyone: Caller, clock: SetClock
) -> None:
    first = published(hub)
    for minutes, signed_after in ((59, 0), (60, 60), (119, 60), (121, 121), (60 * 24 * 30, 60 * 24 * 30)):
        clock.now = NOON + timedelta(minutes=minutes)
        assert anyone.get("/trust/metadata/timestamp.json").status == 200
        signed_at = published(hub).issued_at
        assert signed_at == NOON + timedelta(minutes=signed_after)
        assert published(hub).fresh_until == signed_at + timedelta(hours=24)
    assert (published(hub).version, published(hub).keys) == (first.version, first.keys)


def test_a_timestamp_that_a_wrong_clock_has_dated_ahead_is_signed_anew(
    hub: HubState, anyone: Caller, clock: SetClock
) -> None:
    for now in (NOON + timedelta(days=300), NOON):
        clock.now = now
        anyone.get("/trust/metadata/timestamp.json")
        assert published(hub).issued_at == now


def test_what_is_published_never_comes_to_its_end(hub: HubState, anyone: Caller, clock: SetClock) -> None:
    for day in range(0, 360, 20):
        clock.now = NOON + timedelta(days=day)
        anyone.get("/trust/metadata/timestamp.json")
        fresh_until = published(hub).fresh_until
        assert fresh_until is not None
        assert fresh_until > clock.now + timedelta(hours=22)


@pytest.mark.parametrize(
    "path",
    [
        "/trust/metadata/1.snapshot.json/..",
        "/trust/metadata/..%2f..%2fhub_key.pem",
        "/trust/metadata/lock",
        "/trust/targets/../keys/timestamp.pem",
        "/trust/targets/..%2fkeys%2ftimestamp.pem",
        "/trust/targets//etc/passwd",
        "/trust/targets/%00",
        "/trust/targets/",
        "/trust/targets/revocations",
    ],
)
def test_nothing_but_the_repository_is_served(anyone: Caller, path: str) -> None:
    assert anyone.get(path).status == 404


def test_other_issuers_keys_are_published_and_replaced(
    hub: HubState, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    jwks = tmp_path / "jwks.json"
    jwks.write_text(
        json.dumps({"keys": [jwk_from_issuer_key(CITY), jwk_from_issuer_key(STAFF)]}), encoding="utf-8"
    )
    pem = tmp_path / "signer.pem"
    der = certificate(ec.derive_private_key(11, ec.SECP256R1()))
    pem.write_bytes(x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM))
    own = hub.issuer.kid
    state = ["--state", str(tmp_path / "hub")]
    assert main(["trust", "signers", *state, str(jwks), str(pem)]) == 0
    kid = certificate_kid(der, 8)
    assert {own, b"city", b"stff", kid} <= set(published(hub).keys)
    assert published(hub).keys[kid].formats == {"HC1"}
    assert main(["trust", "signers", *state]) == 0
    assert set(published(hub).keys) == {own}
    capsys.readouterr()
    jwks.write_text("[]", encoding="utf-8")
    assert main(["trust", "signers", *state, str(jwks)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_old_versions_are_removed_and_the_newest_can_be_fetched_whole(hub: HubState, tmp_path: Path) -> None:
    for index in range(12):
        hub.publisher.revoke_pass(index, NOON)
    names = [path.name for path in (tmp_path / "hub" / "trust" / "metadata").iterdir()]
    assert len([name for name in names if name.endswith(".targets.json")]) == KEPT_VERSIONS
    kept = list((tmp_path / "hub" / "trust" / "targets").rglob("*.000.bits"))
    assert len(kept) == KEPT_VERSIONS
    revocations = published(hub).revocations
    assert revocations is not None
    assert revocations.status(hub.issuer.kid, 11) is Status.REVOKED


def test_commands_and_a_running_hub_never_lose_each_others_revocations(hub: HubState, tmp_path: Path) -> None:
    publishers = [open_publisher(tmp_path / "hub") for _ in range(4)]
    threads = [
        Thread(target=lambda p=publisher, n=n: [p.revoke_pass(20 * n + k, NOON) for k in range(5)])
        for n, publisher in enumerate(publishers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    revocations = published(hub).revocations
    assert revocations is not None
    revoked = [i for i in range(80) if revocations.status(hub.issuer.kid, i) is Status.REVOKED]
    assert revoked == [20 * n + k for n in range(4) for k in range(5)]
