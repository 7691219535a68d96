"""What a journal can be held against here: the keys that may be read by whoever asks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.journal.device_key import load_existing
from kiosk.journal.errors import JournalError
from kiosk.journal.verify import Trusted
from kiosk.journal.witness import witness_key

DEVICE_KEY_FILE = "device.key"


def at_hand(
    state: Path,
    hub_key: Ed25519PublicKey | None,
    *,
    device_key: Ed25519PublicKey | None = None,
    tree_heads: Sequence[str] = (),
) -> tuple[Trusted, list[str]]:
    """The keys that are at hand, and in words those that are not. `device_key` where it can't be read."""
    lacking = []
    private = device_key_of(state)
    own = None if private is None else private.public_key()
    device_key = device_key or own
    if device_key is None:
        lacking.append("the device's key: run as the user of the gatekeeper, or give --device-key")
    if private is None:
        lacking.append("the witness beside the journal: run as the user of the gatekeeper")
    if hub_key is None:
        lacking.append("the hub's key: name the site file with --site, or give --hub-key")
    witness = None if private is None else witness_key(private)
    return Trusted(device_key, hub_key, witness, tuple(tree_heads)), lacking


def device_key_of(state: Path) -> Ed25519PrivateKey | None:
    """None where it is not there or may not be read."""
    try:
        return load_existing(state / DEVICE_KEY_FILE)
    except JournalError:
        return None
