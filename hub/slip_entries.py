"""Which meal safety slips stand in the kiosks' logs, so that the page of slips can say so.

A kiosk records a slip before it shows it (`kiosk.handover.slip`), with SHA-256
over the slip's text, signature and all. The hub keeps those hashes in a table
beside the entries: whoever has a slip can ask for it, and nobody can list one
by what is on it. A hash counts only in a log of the kiosk that has signed the
slip: another kiosk that copies one into its own log bears nothing out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Select, func, insert, inspect, select

from hub.tables import entries, metadata, slip_entries
from kiosk.journal.log_id import is_log_of

SLIP_WRITTEN = "kiosk.handover.slip"
MAX_LOGS = 64
AT_ONCE = 256
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


def digest_in(envelope: Mapping[str, Any], data: object) -> bytes | None:
    """The hash of the slip that an entry tells of; None where it tells of none."""
    if envelope.get("type") != SLIP_WRITTEN or not isinstance(data, dict):
        return None
    digest = data.get("digest")
    if not isinstance(digest, str) or _DIGEST.fullmatch(digest) is None:
        return None
    return bytes.fromhex(digest)


def keep(connection: Connection, device_id: str, start: int, digests: Sequence[bytes | None]) -> None:
    """Those of the entries from number `start` on, in the transaction that stores the entries."""
    rows = [
        {"device_id": device_id, "seq": start + i, "digest": digest}
        for i, digest in enumerate(digests)
        if digest is not None
    ]
    if rows:
        connection.execute(insert(slip_entries), rows)


def is_recorded(connection: Connection, device_id: str, text: str) -> bool:
    """Whether the slip of this text stands in a log of this kiosk, as far as it has arrived."""
    return any(is_log_of(name, device_id) for name in connection.scalars(logs_with(device_id, text)))


def logs_with(device_id: str, text: str) -> Select[Any]:
    """The logs, of a kiosk of about this name, in which a slip of this text stands."""
    return (
        select(slip_entries.c.device_id)
        .where(
            slip_entries.c.digest == sha256(text.encode()).digest(),
            slip_entries.c.device_id.startswith(device_id, autoescape=True),
        )
        .distinct()
        .limit(MAX_LOGS)
    )


def make_tables(connection: Connection) -> None:
    """Every table that is missing; this one filled from the entries that were there before it."""
    is_new = not inspect(connection).has_table(slip_entries.name)
    metadata.create_all(connection)
    if is_new:
        for device_id, seq, digest in _of_before(connection):
            keep(connection, device_id, seq, [digest])


def _of_before(connection: Connection) -> Iterator[tuple[str, int, bytes | None]]:
    """Looked for by their text first: most entries are of another kind, and parsing takes longer."""
    if not connection.scalar(select(func.count()).select_from(entries)):
        return
    query = (
        select(entries.c.device_id, entries.c.seq, entries.c.entry)
        .where(entries.c.entry.contains(SLIP_WRITTEN, autoescape=True))
        .order_by(entries.c.device_id, entries.c.seq)
    )
    for device_id, seq, text in connection.execute(query).yield_per(AT_ONCE):
        entry = json.loads(text)
        yield device_id, seq, digest_in(entry["envelope"], entry["data"])
