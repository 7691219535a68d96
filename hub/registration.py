"""Registers, invites or revokes a kiosk straight in the hub's folder; the hub may be running."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError

from hub.bodies import read_device
from hub.enrolment import Enrolment
from hub.errors import HubError, StateError
from hub.state import DATABASE_FILE
from hub.store import Store
from kiosk.journal.log_id import device_and_epoch
from kiosk.terms import is_device_id


def register(
    state_dir: Path, device_id: str, public_key: str, now: datetime, database: URL | None = None
) -> bool:
    """Whether the device is new. `public_key` is Ed25519, 32 bytes in base64. Raises HubError."""
    device_id, key = read_device({"device_id": device_id, "public_key": public_key})
    with opened_store(state_dir, database) as store:
        is_known = store.device(device_id) is not None
        kept = store.add_device(device_id, key, now)
    if kept != key:
        raise HubError(f"{device_id} is registered with another key; give this kiosk a device_id of its own")
    return not is_known


def invite(state_dir: Path, device_id: str, now: datetime, database: URL | None = None) -> str:
    """A token by which the device may enrol once. Raises HubError."""
    if not is_device_id(device_id):
        raise HubError("DEVICE_ID is 1 to 64 letters, digits, dots, underscores or hyphens")
    with opened_store(state_dir, database) as store:
        return Enrolment(store.engine).invite(device_id, now)


def decide_on_device(
    state_dir: Path,
    device_id: str,
    now: datetime,
    database: URL | None = None,
    *,
    is_revoked: bool,
    by: str,
    note: str,
) -> None:
    """Revoke a device, or take it back in. Raises HubError."""
    device, epoch = device_and_epoch(device_id)
    if epoch > 1:
        raise HubError(f"{device_id} is a log of {device}; name the device")
    with opened_store(state_dir, database) as store:
        if not store.decide_on_device(device_id, is_revoked=is_revoked, by=by, note=note, now=now):
            raise HubError(f"there is no device {device_id} at this hub")


@contextmanager
def opened_store(state_dir: Path, database: URL | None = None) -> Iterator[Store]:
    """What a hub keeps, beside the hub. Raises HubError, also for what its database refuses meanwhile."""
    where = database or sqlite_file(state_dir)
    store = Store(where)
    store.open()
    try:
        yield store
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or type(error).__name__
        raise StateError(f"{where}: {cause}; nothing was changed") from error
    finally:
        store.close()


def sqlite_file(state_dir: Path) -> Path:
    """The hub's database; a folder without one is a folder mistyped, and no place for a new hub."""
    path = state_dir / DATABASE_FILE
    try:
        path.stat()
    except FileNotFoundError as error:
        raise StateError(f"{state_dir}: holds no hub; name the --state of kiosk-hub serve") from error
    except OSError as error:
        raise StateError(f"{path}: {error.strerror}; run this as the user that runs the hub") from error
    return path
