"""All that a hub is, in one folder: keys, admin token, database, and the key document that it publishes."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub import keys
from hub.errors import StateError
from hub.issuing import Issuer
from hub.store import Store
from kiosk.credentials.bundle import IssuerKey
from kiosk.trust.cache import KeyCache
from kiosk.trust.document import make_document
from kiosk.trust.errors import TrustError

ADMIN_TOKEN_FILE = "admin_token"
DATABASE_FILE = "hub.db"
HUB_KEY_FILE = "hub_key.pem"
ISSUER_KEY_FILE = "issuer_key.pem"
KEY_DOCUMENT_FILE = "keys.json"


@dataclass(frozen=True, slots=True)
class HubState:
    """A hub that is ready to serve; `close` it at the end."""

    hub_key: Ed25519PrivateKey
    issuer: Issuer
    admin_token: str
    key_document: bytes
    store: Store

    @property
    def public_key_base64(self) -> str:
        """The hub's public key as it stands in a kiosk's site.toml."""
        return base64.b64encode(self.hub_key.public_key().public_bytes_raw()).decode()

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
    document = _key_document(directory / KEY_DOCUMENT_FILE, signing_key, issuer, now)
    store = Store(directory / DATABASE_FILE)
    store.open()
    return HubState(signing_key, issuer, token, document, store)


def _key_document(path: Path, signing_key: Ed25519PrivateKey, issuer: Issuer, now: datetime) -> bytes:
    """The document on disk while it fits the issuer's key, else the next version of it."""
    cache = KeyCache(path, signing_key.public_key())
    wanted = IssuerKey(issuer.kid, issuer.private_key.public_key())
    try:
        published = cache.load()
    except TrustError as error:
        raise StateError(f"{path}: is damaged or of another hub; restore it from a backup") from error
    try:
        if published.keys == {wanted.kid: wanted}:
            return path.read_bytes()
        document = make_document(published.version + 1, now, [wanted], signing_key)
        raw = json.dumps(document, indent=1).encode()
        cache.offer(raw)
    except (OSError, TrustError) as error:
        raise StateError(f"{path}: the key document can't be published: {error}") from error
    return raw
