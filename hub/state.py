"""All that a hub is, in one folder: keys, admin token, database, and the key document that it publishes."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub import keys
from hub.errors import StateError
from hub.issuing import Issuer
from hub.publishing import HUB_KEY_FILE, ISSUER_KEY_FILE, Publisher
from hub.store import Store

ADMIN_TOKEN_FILE = "admin_token"
DATABASE_FILE = "hub.db"


@dataclass(frozen=True, slots=True)
class HubState:
    """A hub that is ready to serve; `close` it at the end."""

    hub_key: Ed25519PrivateKey
    issuer: Issuer
    admin_token: str
    publisher: Publisher
    store: Store

    @property
    def public_key_base64(self) -> str:
        """The hub's public key as it stands in a kiosk's site.toml."""
        return base64.b64encode(self.hub_key.public_key().public_bytes_raw()).decode()

    @property
    def key_document(self) -> bytes:
        """What kiosks fetch, as it lies on disk now."""
        return self.publisher.document()

    def close(self) -> None:
        self.store.close()


def open_state(directory: Path, now: datetime) -> HubState:
    """Open the hub's folder, and make at the first start what it needs. Raises StateError."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StateError(f"{directory}: can't be made a folder: {error.strerror}; name another") from error
    signing_key = keys.hub_key(directory / HUB_KEY_FILE)
    issuer = keys.issuer(directory / ISSUER_KEY_FILE)
    token = keys.admin_token(directory / ADMIN_TOKEN_FILE)
    publisher = Publisher(directory, signing_key, issuer)
    publisher.publish(now)
    store = Store(directory / DATABASE_FILE)
    store.open()
    return HubState(signing_key, issuer, token, publisher, store)
