"""A site file for tests: every device absent unless named otherwise."""

from __future__ import annotations

import base64
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

HUB_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
HUB_KEY_BASE64 = base64.b64encode(HUB_KEY.public_key().public_bytes_raw()).decode()

TEXT = """\
[site]
device_id = "kiosk-7"
time_source = "host"

[[readers]]
id = "entrance"
kind = "camera"
device = "/dev/video99"

[thermal]
bus = "/dev/i2c-99"

[gate]
pin_factory = "no-such-factory"
door_contact_pin = 23

[[gate.outputs]]
id = "barrier"
pin = 17

[[rules.access_points]]
id = "in"
purpose = "entry"
reader = "entrance"
output = "barrier"

[uplink]
hub_url = "http://127.0.0.1:1"
hub_public_key = "{hub_key}"
"""


def site_text(*changes: tuple[str, str]) -> str:
    text = TEXT.format(hub_key=HUB_KEY_BASE64)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def write_site(folder: Path, *changes: tuple[str, str]) -> Path:
    """`folder`/site.toml, its state in `folder`/state."""
    path = folder / "site.toml"
    path.write_text(site_text(*changes), encoding="utf-8")
    return path
