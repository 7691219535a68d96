"""Who may enrol, once and within 15 minutes; and the alarms about devices that are not what they say.

A token is shown once, to whoever invites; the hub keeps its SHA-256 alone.
It is used up by the first request that shows it, whatever comes of that one.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Column, Engine, Integer, LargeBinary, String, Table, Text, insert, select, update

from hub.tables import READ_ONLY, metadata

TOKEN_LIFETIME = timedelta(minutes=15)
CLONE = "device.clone"
_TOKEN_BYTES = 24
_MAX_LISTED = 1000

invitations = Table(
    "invitations",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("device_id", String(64), nullable=False),
    Column("expires_at", String(32), nullable=False),
    Column("used_at", String(32)),
)

alarms = Table(
    "alarms",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("device_id", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("raised_at", String(32), nullable=False),
    Column("said", Text, nullable=False),
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Alarm:
    """One identity that showed two histories or two keys; `raised_at` is RFC 3339."""

    device_id: str
    kind: str
    raised_at: str
    said: str


class Enrolment:
    """Invitations and alarms in the hub's database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def invite(self, device_id: str, now: datetime) -> str:
        """A token by which the device may enrol within `TOKEN_LIFETIME`."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
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

    def raise_alarm(self, device_id: str, kind: str, said: str, now: datetime) -> None:
        """Keep it, and say it in the hub's log. The same one is kept once."""
        same = (alarms.c.device_id == device_id, alarms.c.kind == kind, alarms.c.said == said)
        row = {"device_id": device_id, "kind": kind, "raised_at": _sortable(now), "said": said}
        with self._engine.begin() as connection:
            if connection.scalar(select(alarms.c.number).where(*same).limit(1)) is not None:
                return
            connection.execute(insert(alarms).values(row))
        _log.warning("ALARM %s %s: %s", kind, device_id, said)

    def alarms(self) -> list[Alarm]:
        """The newest first."""
        columns = (alarms.c.device_id, alarms.c.kind, alarms.c.raised_at, alarms.c.said)
        query = select(*columns).order_by(alarms.c.number.desc()).limit(_MAX_LISTED)
        with self._engine.connect().execution_options(**READ_ONLY) as connection:
            return [Alarm(*row) for row in connection.execute(query)]


def _sortable(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
