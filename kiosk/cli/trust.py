"""`kiosk trust`: shows the issuer keys that the kiosk holds, once they have been verified."""

from __future__ import annotations

import argparse
import base64
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.config import ConfigError, load
from kiosk.credentials.bundle import IssuerKey, TrustBundle
from kiosk.trust.cache import KeyCache
from kiosk.trust.errors import TrustError
from kiosk.trust.jwk import jwk_from_issuer_key

if TYPE_CHECKING:
    from argparse import _SubParsersAction

KEYS_FILE = "keys.json"
SITE_FILE = "site.toml"


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `trust` to the commands of `kiosk`."""
    parser = subparsers.add_parser(
        "trust", help="show the issuer keys that are cached: version, keys, issued"
    )
    parser.add_argument("--state", type=Path, required=True, metavar="DIR", help="the kiosk's state folder")
    parser.add_argument("--site", type=Path, metavar="FILE", help=f"site file (default DIR/{SITE_FILE})")
    parser.add_argument("--hub-key", metavar="BASE64", help="the hub's key, instead of the site file's")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 when keys are held, 1 when there are none or they are damaged, 2 when the hub's key is not known."""
    try:
        hub_key = _hub_key(args.hub_key, args.site or args.state / SITE_FILE)
    except (ConfigError, ValueError) as error:
        sys.stderr.write(f"kiosk trust: {error}\n")
        return 2
    try:
        bundle = KeyCache(args.state / KEYS_FILE, hub_key).load()
    except TrustError as error:
        sys.stderr.write(f"kiosk trust: {error}\n")
        return 1
    sys.stdout.write(_as_json(bundle) if args.json else _as_text(bundle))
    return 0 if bundle.version else 1


def _hub_key(text: str | None, site_file: Path) -> Ed25519PublicKey:
    if text is None:
        return load(site_file).hub_key
    try:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
    except ValueError as error:
        raise ValueError("--hub-key is not an Ed25519 key of 32 bytes in base64") from error


def _as_json(bundle: TrustBundle) -> str:
    keys = [jwk_from_issuer_key(key) for key in bundle.keys.values()]
    document = {"version": bundle.version, "issued_at": _issued(bundle), "keys": keys}
    return json.dumps(document, indent=1) + "\n"


def _as_text(bundle: TrustBundle) -> str:
    if not bundle.version:
        return "No keys yet: connect the kiosk to its hub once.\n"
    lines = [f"version {bundle.version}, issued {_issued(bundle)}, {len(bundle.keys)} keys"]
    lines += [_key_line(key) for key in bundle.keys.values()]
    return "\n".join(lines) + "\n"


def _key_line(key: IssuerKey) -> str:
    kind = "Ed25519" if isinstance(key.public_key, Ed25519PublicKey) else "P-256"
    areas = ", ".join(sorted(key.areas)) or "any"
    roles = ", ".join(map(str, sorted(key.roles))) or "any"
    return (
        f"  {key.kid.hex()}  {kind}  formats {', '.join(sorted(key.formats))}  areas {areas}  roles {roles}"
    )


def _issued(bundle: TrustBundle) -> str | None:
    return None if bundle.issued_at is None else bundle.issued_at.isoformat()
