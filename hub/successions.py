"""A log that follows a damaged one: taken for the device's own by what the device has signed.

A kiosk whose journal was damaged sets it aside and begins another log,
`<device>.epoch-N` (`kiosk.journal.log_id`). Its first batch registers it, where

1. the device is registered, and not revoked;
2. N is above that of all its logs that are known here: no log is begun again;
3. the batch begins with entry 0, and that is the statement of what may be
   lost (`kiosk.journal.epoch_statement`), signed for this very log by the key
   that the device is registered with;
4. the rest of the batch is taken by the rules of `logs`, under the same key.

All in one transaction, with an alarm in it: entries may be lost, and somebody
must look. Over TLS the connection has proven to be that device besides.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hub.errors import RequestError
from kiosk.journal.epoch_statement import EPOCH_BEGAN, check_statement
from kiosk.journal.log_id import device_and_epoch
from kiosk.journal.signed_note import NoteError

if TYPE_CHECKING:
    from hub.logs import Batch

EPOCH = "journal.epoch"
"""The alarm: a device has begun another log, since its journal was damaged."""


def check_number(log: str, known: Iterable[str]) -> None:
    """Rule 2, over the names of all logs of the device. Raises RequestError 409."""
    _, epoch = device_and_epoch(log)
    latest = max((device_and_epoch(name)[1] for name in known), default=1)
    if epoch <= latest:
        raise RequestError(409, f"{log!r} is not the device's next log: number {latest} is known already")


def check_first_entry(log: str, batch: Batch, public_key: bytes) -> tuple[str, str]:
    """Rule 3: a sentence for the alarm, and the signed statement. Raises RequestError 403, 409."""
    if batch.start:
        raise RequestError(409, f"the log {log!r} is not known yet", {"resume_at": 0})
    entry = json.loads(batch.entries[0].text)
    data = entry["data"]
    try:
        if entry["envelope"]["type"] != EPOCH_BEGAN:
            raise NoteError("the first entry is no statement of what may be lost")
        note = check_statement(data, log, Ed25519PublicKey.from_public_bytes(public_key))
    except NoteError as error:
        raise RequestError(403, f"the log {log!r} is not taken for the device's own: {error}") from error
    lost = data["may_be_lost"]
    until = "nothing tells how many" if lost["known_to"] is None else f"there were {lost['known_to']} or more"
    return (
        f"its journal was damaged and it has begun another log, {log}; "
        f"of {data['follows']} entries from {lost['start']} on may be lost ({until})",
        note,
    )
