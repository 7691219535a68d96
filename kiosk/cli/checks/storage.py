"""What the kiosk keeps: its folder, its key, the journal, the trust. Nothing is made or changed."""

from __future__ import annotations

import base64
import os
import shutil
import stat
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.cli.journal_keys import at_hand
from kiosk.config import Site
from kiosk.core import trust_age
from kiosk.gatekeeper.finding import Finding, fail, ok, warn
from kiosk.journal.device_key import load_or_create
from kiosk.journal.errors import JournalError
from kiosk.journal.reader import JournalReader
from kiosk.journal.verify import verify
from kiosk.trust.errors import TrustError
from kiosk.trust.store import TrustStore

KEY_FILE = "device.key"
LITTLE_SPACE_BYTES = 500_000_000
NO_SPACE_BYTES = 50_000_000
HUB_AHEAD = timedelta(minutes=1)
ROOT_WARNING = timedelta(days=45)
MOST_ENTRIES = 200_000
"""More than these are not verified here: it would take longer than a doctor's visit."""

FIRST_START = "it is made when the gatekeeper first starts"


def check_state_dir(folder: Path) -> Finding:
    part = "state folder"
    if not folder.exists():
        return warn(part, f"{folder} is not there yet", f"{FIRST_START}; or correct site.state_dir")
    if not folder.is_dir():
        return fail(part, f"{folder} is a file", "move it away or correct site.state_dir")
    if not os.access(folder, os.W_OK | os.X_OK):
        return fail(part, f"{folder} may not be written to by this user", _as_owner(folder))
    free = shutil.disk_usage(folder).free
    text = f"{folder}, {free / 1e9:.1f} GB free"
    if free < NO_SPACE_BYTES:
        return fail(part, text, "free space on its disk: nobody is admitted unrecorded")
    if free < LITTLE_SPACE_BYTES:
        return warn(part, text, "free space on its disk soon")
    return ok(part, text)


def check_device_key(folder: Path) -> Finding:
    part, path = "device key", folder / KEY_FILE
    try:
        if not path.exists():
            return warn(part, f"{path} is not there yet", f"{FIRST_START}; then register it at the hub")
        if not os.access(path, os.R_OK):
            return fail(part, f"{path} may not be read by this user", _as_owner(path))
        public_key = load_or_create(path).public_key().public_bytes_raw()
        mode = stat.S_IMODE(path.stat().st_mode)
    except (JournalError, OSError) as error:
        return fail(part, str(error), f"if it is lost, remove {path} and enrol the device anew")
    shown = base64.b64encode(public_key).decode()
    return ok(
        part, f"mode {mode:04o}, public key {shown} \N{EM DASH} register it at the hub (kiosk-hub device add)"
    )


def check_journal(path: Path, hub_key: Ed25519PublicKey | None = None) -> Finding:
    """As `kiosk journal verify` does, held against whatever keys this user may read."""
    part = "journal"
    if not path.exists():
        return warn(part, f"{path} is not there yet", FIRST_START)
    remedy = "keep the file, and see a technician"
    try:
        with JournalReader(path) as reader:
            size, acknowledged = reader.size, reader.acknowledged
        text = f"{size} entries, {size - acknowledged} waiting for the hub"
        if size > MOST_ENTRIES:
            check = f"check them with: kiosk journal verify --state {path.parent}"
            return warn(part, f"{text}, too many to be verified here", check)
        trusted, _ = at_hand(path.parent, hub_key)
        report = verify(path, trusted)
    except JournalError as error:
        return fail(part, str(error), remedy)
    if not report.ok:
        return fail(part, f"NOT whole: {report.problems[0]}", remedy)
    if trusted.witness_key is None:
        text += "; not held against the device's key, which this user may not read"
    return ok(part, f"whole: {text}")


def check_trust(site: Site, now: datetime) -> Finding:
    part = "trust"
    store = TrustStore(site.trust_path, site.uplink.trusted_root)
    try:
        bundle = store.load()
    except TrustError as error:
        return fail(part, str(error), "check uplink.trusted_root, and connect the kiosk to its hub")
    metadata = store.metadata
    if metadata is None or not bundle.keys:
        text = "none is held: no code can be verified"
        return fail(part, text, "connect the kiosk to its hub once, with the gatekeeper running")
    text = f"version {bundle.version}, {len(bundle.keys)} keys, fresh until {_minute(metadata.fresh_until)}"
    if bundle.issued_at is not None and bundle.issued_at > now + HUB_AHEAD:
        return warn(part, f"{text}, signed at a time still to come", "set the clock, here or at the hub")
    if store.damage is not None:
        return warn(part, f"{text}; {store.damage}", "connect the kiosk to its hub")
    tier = trust_age.tier_of(bundle, now)
    if tier is trust_age.Tier.EXPIRED:
        return fail(part, f"{text}: too old, so staff decide on everybody", "connect the kiosk to its hub")
    if tier is trust_age.Tier.STALE:
        end = _minute(metadata.fresh_until + trust_age.STALE_FOR)
        return warn(part, f"{text}: stale; staff must decide from {end} on", "connect the kiosk to its hub")
    if metadata.root.is_expired(now + ROOT_WARNING):
        text += f"; the hub's root expires on {metadata.root.expires:%Y-%m-%d}"
        return warn(part, text, "have the hub's root renewed: kiosk-hub trust rotate-root")
    return ok(part, text)


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _as_owner(path: Path) -> str:
    try:
        return f"run as the user that owns it: {path.owner()}"
    except (KeyError, OSError):
        return "run as the user that owns it"
