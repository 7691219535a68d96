"""What the kiosk keeps: its folder, its key, the journal, the cached keys. Nothing is made or changed."""

from __future__ import annotations

import base64
import os
import shutil
import stat
from datetime import datetime
from pathlib import Path

from kiosk.config import Site
from kiosk.gatekeeper.finding import Finding, fail, ok, warn
from kiosk.journal.device_key import load_or_create
from kiosk.journal.errors import JournalError
from kiosk.journal.reader import JournalReader
from kiosk.journal.verify import verify
from kiosk.trust.cache import KeyCache
from kiosk.trust.errors import TrustError

KEY_FILE = "device.key"
LITTLE_SPACE_BYTES = 500_000_000
NO_SPACE_BYTES = 50_000_000
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


def check_journal(path: Path) -> Finding:
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
        report = verify(path)
    except JournalError as error:
        return fail(part, str(error), remedy)
    if not report.ok:
        return fail(part, f"NOT whole: {report.problems[0]}", remedy)
    return ok(part, f"whole: {text}")


def check_keys(site: Site, now: datetime) -> Finding:
    part = "issuer keys"
    try:
        bundle = KeyCache(site.keys_path, site.hub_key).load()
    except TrustError as error:
        return fail(
            part, str(error), "correct uplink.hub_public_key, or remove the file and connect to the hub"
        )
    if not bundle.keys or bundle.issued_at is None:
        text = "none are cached: no code can be verified"
        return fail(part, text, "connect the kiosk to its hub once, with the gatekeeper running")
    age = now - bundle.issued_at
    text = f"version {bundle.version}, {len(bundle.keys)} keys, issued {bundle.issued_at:%Y-%m-%d}"
    if age.total_seconds() < 0:
        return warn(part, f"{text}, which is still to come", "set the clock")
    return ok(
        part,
        f"{text}, {age.days} days ago; age alone makes none stale, but one withdrawn since counts here "
        "until the hub is reached",
    )


def _as_owner(path: Path) -> str:
    try:
        return f"run as the user that owns it: {path.owner()}"
    except (KeyError, OSError):
        return "run as the user that owns it"
