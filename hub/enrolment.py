"""Who may enrol, once and within 15 minutes.

A token is shown once, to whoever invites; the hub keeps its SHA-256 alone.
It is used up by the first request that shows it, whatever comes of that one.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Column, Engine, LargeBinary, String, Table, insert, select, update

from hub.tables import metadata

TOKEN_LIFETIME = timedelta(minutes=15)
CLONE = "device.clone"
"""The alarm about a device that enrols with another key than it has."""
_TOKEN_BYTES = 16

invitations = Table(
    "invitations",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("device_id", String(64), nullable=False),
    Column("expires_at", String(32), nullable=False),
    Column("used_at", String(32)),
)


class Enrolment:
    """Invitations in the hub's database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def invite(self, device_id: str, now: datetime) -> str:
        """A token by which the device may enrol within `TOKEN_LIFETIME`."""
        token = secrets.token_hex(_TOKEN_BYTES)  # none begins with a hyphen, as an option would
        row = {
            "token_hash": sha256(token.encode()).digest(),
            "device_id": device_id,
            "expires_at": _sortable(now + TOKEN_LIFETIME),
        }
        with self._engine.begin() as connection:
            connection.execute(insert(invitations).values(row))
        return token

    def redeem(self, token: bytes, now: datetime) -> str | None:
        """The device that the token invites, and never again; None where it invites nobody (any more)."""
        is_this = invitations.c.token_hash == sha256(token).digest()
        fits = (is_this, invitations.c.used_at.is_(None), invitations.c.expires_at > _sortable(now))
        with self._engine.begin() as connection:
            used = connection.execute(update(invitations).where(*fits).values(used_at=_sortable(now)))
            if used.rowcount != 1:
                return None
            return connection.scalar(select(invitations.c.device_id).where(is_this))


def _sortable(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
