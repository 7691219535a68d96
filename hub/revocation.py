"""Devices whose certificates count no more: revoked, or taken back in, by whom, when and why; never deleted.

It is asked for with the device's row, in the transaction that would store
entries or vouch for a key: what is revoked is refused from the next request on,
by every worker, whatever certificate it shows. A device means all its logs.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, ScalarSelect, case, insert, select

from hub.tables import revocations
from kiosk.journal.log_id import device_and_epoch


def revoked_at(log: str) -> ScalarSelect[Any]:
    """Since when the device whose log this is has been revoked; null where it is not."""
    last_word = case((revocations.c.is_revoked == 1, revocations.c.at))
    return (
        select(last_word)
        .where(revocations.c.device_id == device_and_epoch(log)[0])
        .order_by(revocations.c.number.desc())
        .limit(1)
        .scalar_subquery()
    )


def all_revoked(connection: Connection) -> dict[str, str]:
    """By device, since when it has been revoked."""
    last = dict[str, str | None]()
    for row in connection.execute(select(revocations).order_by(revocations.c.number)):
        last[row.device_id] = row.at if row.is_revoked else None
    return {device_id: at for device_id, at in last.items() if at is not None}


def decide(
    connection: Connection, device_id: str, *, is_revoked: bool, by: str, note: str, now: datetime
) -> None:
    """From now on the device is revoked, or is not."""
    who = {"device_id": device_id, "by": by, "note": note}
    row = who | {"is_revoked": int(is_revoked), "at": now.isoformat()}
    connection.execute(insert(revocations).values(row))
