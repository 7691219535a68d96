"""All that a hub is, in one folder: keys, admin token, database, and the trust that it publishes."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import URL

from hub import keys
from hub.device_ca import DeviceCa, open_ca
from hub.enrolment import Enrolment
from hub.errors import StateError
from hub.issuing import Issuer
from hub.store import Store
from hub.trust import ceremony
from hub.trust.publisher import ISSUER_KEY_FILE, TRUST_FOLDER, Publisher
from hub.trust.repository import Repository

HUB_KEY_FILE = "hub_key.pem"
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
    device_ca: DeviceCa
    enrolment: Enrolment

    @property
    def public_key_base64(self) -> str:
        """The hub's public key as it stands in a kiosk's site.toml."""
        return base64.b64encode(self.hub_key.public_key().public_bytes_raw()).decode()

    def close(self) -> None:
        self.store.close()


def create_state(directory: Path, root_keys: Sequence[Path], now: datetime) -> Path:
    """A new hub's folder with its trust repository; `root_keys` are three files for three people.

    Gives the path of the root that kiosks are given. Raises HubError.
    """
    _make_folder(directory)
    publisher = Publisher(directory, keys.issuer(directory / ISSUER_KEY_FILE))
    root = ceremony.create(publisher.repository, root_keys, now)
    publisher.publish(now)
    return root


def open_state(directory: Path, now: datetime, database: URL | None = None) -> HubState:
    """Open a hub's folder that has a trust repository, and make what else it needs. Raises StateError.

    What it keeps is in `database`, or in a SQLite file in the folder.
    """
    _ = Repository(directory / TRUST_FOLDER).root_path
    signing_key = keys.hub_key(directory / HUB_KEY_FILE)
    issuer = keys.issuer(directory / ISSUER_KEY_FILE)
    token = keys.admin_token(directory / ADMIN_TOKEN_FILE)
    publisher = Publisher(directory, issuer)
    publisher.publish(now)
    device_ca = open_ca(directory, now)
    store = Store(database or directory / DATABASE_FILE)
    store.open()
    return HubState(signing_key, issuer, token, publisher, store, device_ca, Enrolment(store.engine))


def _make_folder(directory: Path) -> None:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StateError(f"{directory}: can't be made a folder: {error.strerror}; name another") from error
