"""`kiosk-hub trust …`: make the repository, sign its root, and publish what kiosks judge by."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from tuf.api.metadata import Root, Snapshot, Targets, Timestamp

from hub.errors import HubError
from hub.state import create_state
from hub.tracing import make_key
from hub.trust import ceremony
from hub.trust.publisher import MAX_SOURCE_BYTES, Publisher, open_publisher
from hub.trust.repository import ONLINE_ROLES, Repository
from kiosk.credentials.bundle import IssuerKey
from kiosk.trust import strict_json
from kiosk.trust.certificates import keys_from_certificates
from kiosk.trust.errors import TrustError
from kiosk.trust.jwk import keys_from_jwks


def add_parsers(actions: Any) -> None:
    """Add the trust commands to `kiosk-hub`."""
    creating = _add(
        actions, "create", _create, "make a new hub's trust repository, and its root's three keys"
    )
    creating.add_argument(
        "keys", type=Path, nargs=ceremony.ROOT_KEYS, metavar="KEY", help="for three people, off this machine"
    )
    rotating = _add(actions, "rotate-root", _rotate, "prepare the next root: a year from now, other keys")
    rotating.add_argument(
        "--replace",
        type=_replacement,
        action="append",
        default=[],
        metavar="KEYID=KEY",
        help="another root key in place of this one, into a new file",
    )
    rotating.add_argument(
        "--online", choices=ONLINE_ROLES, action="append", default=[], help="a new key of the hub's own"
    )
    signing = _add(actions, "sign", _sign, "sign the next root with one of the root's keys")
    signing.add_argument("key", type=Path, metavar="KEY")
    _add(actions, "publish", _publish, "sign anew what has changed or nears its end")
    _add(actions, "show", _show, "versions, ends, the root's keys, and what waits to be signed")
    policy = _add(actions, "policy", _set_policy, "publish another policy for all kiosks")
    policy.add_argument("file", type=Path, metavar="POLICY.json")
    signers = _add(actions, "signers", _set_signers, "publish other issuers' keys, HC1's for example")
    signers.add_argument(
        "files",
        type=Path,
        nargs="*",
        metavar="FILE",
        help="certificates in PEM, or JWK sets; they replace all",
    )
    revoking = _add(actions, "revoke", _revoke, "take back a pass or an HC1 certificate")
    what = revoking.add_mutually_exclusive_group(required=True)
    what.add_argument("--index", type=int, metavar="N", help="the pass's revocation_index")
    what.add_argument("--certificate", metavar="UVCI", help="the identifier of an HC1 certificate")
    tracing = _add(actions, "tracing-key", _make_tracing_key, "make the key that subjects are sealed to")
    tracing.add_argument(
        "shares", type=Path, nargs=2, metavar="FILE", help="its two shares, for two people, off this machine"
    )


def _add(actions: Any, name: str, run: Any, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=text)
    parser.add_argument("--state", type=Path, required=True, metavar="DIR", help="the hub's folder")
    parser.set_defaults(run=run)
    return parser


def _create(args: argparse.Namespace) -> None:
    root = create_state(args.state, args.keys, _now())
    files = ", ".join(map(str, args.keys))
    _say(f"give {files} to three people, who keep them off this machine: two together change the root")
    _say(f"give every kiosk the root {root} (SHA-256 {_digest(root)})")


def _rotate(args: argparse.Namespace) -> None:
    publisher = open_publisher(args.state)
    path = ceremony.rotate(
        publisher.repository, _now(), replace=dict(args.replace), online=list(dict.fromkeys(args.online))
    )
    _say(f"{path} waits for {ceremony.THRESHOLD} signatures: kiosk-hub trust sign --state {args.state} KEY")


def _sign(args: argparse.Namespace) -> None:
    publisher = open_publisher(args.state)
    version = ceremony.sign(publisher.repository, args.key)
    if version is None:
        _say("signed; the root waits for more signatures")
        return
    publisher.publish(_now())
    _say(f"root {version} is in force: {publisher.repository.root_path}")


def _publish(args: argparse.Namespace) -> None:
    _say_published(open_publisher(args.state).publish(_now()))


def _show(args: argparse.Namespace) -> None:
    for line in _shown(open_publisher(args.state).repository):
        _say(line)


def _shown(repository: Repository) -> Iterator[str]:
    root = repository.root().signed
    keys = root.roles[Root.type].keyids
    yield f"root {root.version}, expires {root.expires:%Y-%m-%d}, {repository.root_path}"
    yield f"  SHA-256 {_digest(repository.root_path)}"
    yield from (f"  key {key}" for key in keys)
    current = (repository.current(Targets), repository.current(Snapshot), repository.current(Timestamp))
    for signed in (metadata.signed for metadata in current if metadata is not None):
        yield f"{signed.type} {signed.version}, expires {signed.expires:%Y-%m-%d %H:%M} UTC"
    signers = ceremony.signers_of_pending(repository)
    if signers is not None:
        yield f"root {root.version + 1} waits; it is signed by {', '.join(signers) or 'nobody'}"


def _set_policy(args: argparse.Namespace) -> None:
    publisher = open_publisher(args.state)
    _say_published(publisher.set_policy(_json(args.file), _now()))


def _set_signers(args: argparse.Namespace) -> None:
    publisher = open_publisher(args.state)
    keys: dict[bytes, IssuerKey] = {}
    for path in args.files:
        try:
            keys |= _keys_in(path)
        except TrustError as error:
            raise HubError(f"{path}: {error}; name certificates in PEM, or a JWK set") from error
    version = publisher.set_signers(list(keys.values()), _now())
    _say(f"{len(keys)} keys stand beside the hub's own")
    _say_published(version)


def _keys_in(path: Path) -> dict[bytes, IssuerKey]:
    """Raises TrustError, HubError."""
    data = _bytes(path)
    if data.lstrip().startswith(b"{"):
        document = _json(path)
        listed = document.get("keys") if isinstance(document, dict) else None
        return keys_from_jwks(listed if isinstance(listed, list) else [None])
    try:
        certificates = x509.load_pem_x509_certificates(data)
    except ValueError as error:
        raise TrustError("there is no certificate in it") from error
    return keys_from_certificates(each.public_bytes(Encoding.DER) for each in certificates)


def _revoke(args: argparse.Namespace) -> None:
    publisher = open_publisher(args.state)
    if args.index is not None:
        _say_published(publisher.revoke_pass(args.index, _now()))
    else:
        _say_published(publisher.revoke_certificate(args.certificate, _now()))


def _make_tracing_key(args: argparse.Namespace) -> None:
    publisher: Publisher = open_publisher(args.state)
    first, second = args.shares
    make_key(args.state, (first, second))
    _say(f"give {first} and {second} to two people; together they open what kiosks seal")
    _say_published(publisher.publish(_now()))


def _replacement(text: str) -> tuple[str, Path]:
    key, equals, path = text.partition("=")
    if not equals or not path:
        raise argparse.ArgumentTypeError("say which key, and the file of the new one: KEYID=KEY")
    return key, Path(path)


def _json(path: Path) -> object:
    try:
        return strict_json.loads(_bytes(path), max_characters=MAX_SOURCE_BYTES)
    except strict_json.JsonError as error:
        raise HubError(f"{path}: can't be read: {error}; name a JSON file") from error


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise HubError(f"{path}: can't be read: {error.strerror}; name a file") from error


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _say_published(version: int) -> None:
    _say(f"version {version} is published; kiosks that are connected have it within a minute")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _now() -> datetime:
    return datetime.now(UTC)
