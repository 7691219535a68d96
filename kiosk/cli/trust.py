"""`kiosk trust`: shows what the kiosk judges by, once verified: versions, until when, whose keys."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.config import ConfigError, load
from kiosk.credentials.bundle import IssuerKey, PublicKey, TrustBundle
from kiosk.credentials.hours import ClosedHours
from kiosk.trust.errors import TrustError
from kiosk.trust.jwk import jwk_from_issuer_key
from kiosk.trust.metadata import Verified
from kiosk.trust.store import TrustStore

if TYPE_CHECKING:
    from argparse import _SubParsersAction

TRUST_FOLDER = "trust"
SITE_FILE = "site.toml"


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `trust` to the commands of `kiosk`."""
    parser = subparsers.add_parser("trust", help="show the trust in force: versions, ends, issuer keys")
    parser.add_argument("--state", type=Path, required=True, metavar="DIR", help="the kiosk's state folder")
    parser.add_argument("--site", type=Path, metavar="FILE", help=f"site file (default DIR/{SITE_FILE})")
    parser.add_argument("--root", type=Path, metavar="FILE", help="pinned root, instead of the site file's")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 when trust is held, 1 when there is none or it is damaged, 2 when the pinned root is not known."""
    try:
        root = args.root or load(args.site or args.state / SITE_FILE).uplink.trusted_root
    except ConfigError as error:
        sys.stderr.write(f"kiosk trust: {error}\n")
        return 2
    store = TrustStore(args.state / TRUST_FOLDER, root)
    try:
        bundle = store.load()
    except TrustError as error:
        sys.stderr.write(f"kiosk trust: {error}\n")
        return 1
    if store.damage is not None:
        sys.stderr.write(f"kiosk trust: {store.damage}\n")
    if store.metadata is None:
        sys.stdout.write("{}\n" if args.json else "No trust yet: connect the kiosk to its hub once.\n")
        return 1
    lines = [_as_json(store.metadata, bundle)] if args.json else _as_text(store.metadata, bundle)
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0


def _as_json(metadata: Verified, bundle: TrustBundle) -> str:
    document = {
        "version": bundle.version,
        "versions": asdict(metadata.versions),
        "issued_at": None if bundle.issued_at is None else bundle.issued_at.isoformat(),
        "fresh_until": metadata.fresh_until.isoformat(),
        "keys": [jwk_from_issuer_key(key) for key in bundle.keys.values()],
        "targets": {path: info.length for path, info in sorted(metadata.wanted.items())},
        "revoked": _revoked(bundle),
        "boarding_temperature": "off" if bundle.policy.boards_unmeasured else "on",
        "windows": [window.as_json() for window in bundle.policy.windows],
    }
    return json.dumps(document, indent=1)


def _as_text(metadata: Verified, bundle: TrustBundle) -> Iterator[str]:
    versions = metadata.versions
    yield (
        f"version {bundle.version}, fresh until {metadata.fresh_until:%Y-%m-%d %H:%M} UTC, "
        f"{len(bundle.keys)} keys, {_revoked(bundle)} revoked"
    )
    yield (
        f"  root {versions.root}, expires {metadata.root.expires:%Y-%m-%d}; timestamp {versions.timestamp}, "
        f"snapshot {versions.snapshot}; targets {versions.targets}, "
        f"expires {metadata.targets.expires:%Y-%m-%d}"
    )
    yield from map(_key_line, bundle.keys.values())
    yield from map(_window_line, bundle.policy.windows)
    if bundle.policy.boards_unmeasured:
        yield "  boarding needs no temperature where the site asks for none"


def _revoked(bundle: TrustBundle) -> int:
    if bundle.revocations is None:
        return 0
    passes = sum(int.from_bytes(bits, "little").bit_count() for bits in bundle.revocations.bitmaps.values())
    return passes + len(bundle.revocations.hashes)


def _key_line(key: IssuerKey) -> str:
    areas = ", ".join(sorted(key.areas)) or "any"
    roles = ", ".join(map(str, sorted(key.roles))) or "any"
    formats = ", ".join(sorted(key.formats))
    return f"  {key.kid.hex()}  {_kind(key.public_key)}  formats {formats}  areas {areas}  roles {roles}"


def _window_line(window: ClosedHours) -> str:
    row = window.as_json()
    whose = "everybody" if window.role is None else f"role {window.role}"
    days = "".join(f" {day}" for day in window.days)
    return (
        f"  {row['purpose']}{days} from {row['from']} until {row['until']} local time, {whose}: {row['then']}"
    )


def _kind(key: PublicKey) -> str:
    if isinstance(key, Ed25519PublicKey):
        return "Ed25519"
    return "P-256" if isinstance(key, EllipticCurvePublicKey) else "RSA"
