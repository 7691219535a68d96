"""Takes the kiosks' entries, each exactly once.

    {"start": n, "entries": [{"envelope", "data", "salt"}, …], "tree_head": "<signed note>"}

The rules, in the order of the code; all that touches the database happens in
one transaction that holds the device's lock.

1. 400, 413: the batch is of the shape above, 1 to 256 entries.
2. 422: `datahash` of every envelope is SHA-256(salt || canonical data).
3. 403: the device is registered, or this is its next log (see `successions`);
   and it is not revoked.
4. 422: its registered key has signed the tree head, for this device and for
   exactly the size that the batch ends at.
5. 409 with `resume_at`: the batch begins after the end of what is stored.
6. 409: what is already stored and comes again must be the same. A device that
   sends other content for a number has rewritten its history.
7. 422: the root over what is stored and what is new is the signed one.

A batch that is already stored is answered like a new one, with the log's
present size and root: a reply that was lost costs nothing but a repetition.

Rules 6 and 7 come after the signature: what they refuse the device itself has
signed, so beside the refusal there is an alarm, with the signed note as its
evidence. `history.rewritten`: other content under a stored number.
`history.forked`: two roots signed for one size. `history.unproven`: a root that
is not that of the entries; the device has changed what was before them, or
somebody on the way has changed them. What new entries say that people must see
is an alarm too (`hub.kiosk_alarms`).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hub.errors import HistoryChanged, RequestError
from hub.kiosk_alarms import told_by
from hub.slip_entries import digest_in
from hub.store import DeviceLog, NewEntry, Store
from hub.successions import EPOCH, check_first_entry, check_number
from kiosk.journal import tree_head
from kiosk.journal.envelope import canonical
from kiosk.journal.errors import EntryRefused
from kiosk.journal.log_id import device_and_epoch
from kiosk.journal.merkle import Frontier, leaf_hash

MAX_ENTRIES = 256
REWRITTEN, FORKED, UNPROVEN = "history.rewritten", "history.forked", "history.unproven"
_MEMBERS = {"envelope", "data", "salt"}
_ATTRIBUTES = ("id", "source", "type", "datahash")


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries from `start` on whose data fits their envelopes; the note is not verified yet."""

    start: int
    entries: tuple[NewEntry, ...]
    note: str

    @property
    def end(self) -> int:
        """The log's size after this batch."""
        return self.start + len(self.entries)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a receipt certifies."""

    size: int
    root: bytes


def read_batch(body: object, *, lean: bool = False) -> Batch:
    """Rules 1 and 2. Raises RequestError.

    In a `lean` batch an envelope may lack its `datahash`, which is made here; rule 7 stands for rule 2 then.
    """
    if not isinstance(body, Mapping) or set(body) != {"start", "entries", "tree_head"}:
        raise RequestError(400, "the body is an object with start, entries and tree_head")
    start, listed, note = body["start"], body["entries"], body["tree_head"]
    if type(start) is not int or not 0 <= start < 2**53 or not isinstance(note, str):
        raise RequestError(400, "start is a number from 0 on and tree_head a text")
    if not isinstance(listed, list) or not listed:
        raise RequestError(400, "entries is a list of at least one")
    if len(listed) > MAX_ENTRIES:
        raise RequestError(413, f"a batch of {len(listed)} entries; at most {MAX_ENTRIES} are taken")
    entries = (_read_entry(start + i, each, lean=lean) for i, each in enumerate(listed))
    return Batch(start, tuple(entries), note)


def take(store: Store, device_id: str, batch: Batch, now: datetime) -> Taken:
    """Rules 3 to 7: store what is new of the batch. Raises RequestError, and then nothing is stored."""
    try:
        with store.device_log(device_id) as log:
            if log is not None:
                return _take(log, batch, now)
        return _take_next_log(store, device_id, batch, now)
    except HistoryChanged as changed:  # the transaction of the batch has been rolled back
        store.raise_alarm(device_id, changed.kind, str(changed), batch.note, now)
        raise


def _take_next_log(store: Store, name: str, batch: Batch, now: datetime) -> Taken:
    device_id, epoch = device_and_epoch(name)
    if epoch == 1:
        raise RequestError(403, f"the device {name!r} is not registered at this hub")
    with store.next_log(device_id, name, now) as log:
        if log is None:
            raise RequestError(403, f"the device {device_id!r} is not registered at this hub")
        _check_revocation(device_id, log.revoked_at)
        known = log.known()
        if name not in known:
            check_number(name, known)
            sentence, note = check_first_entry(name, batch, log.public_key)
            return _take(log.begin(EPOCH, sentence, note), batch, now)
    return take(store, name, batch, now)  # the same batch came twice at once, and the other one was first


def _check_revocation(device_id: str, revoked_at: str | None) -> None:
    if revoked_at is not None:
        raise RequestError(403, f"{device_id!r} has been revoked at this hub at {revoked_at}")


def _take(log: DeviceLog, batch: Batch, now: datetime) -> Taken:
    _check_revocation(log.device_id, log.revoked_at)
    head = _open_head(log, batch)
    have = log.frontier.size
    if batch.start > have:
        raise RequestError(409, f"entries {have} to {batch.start - 1} are missing", {"resume_at": have})
    if batch.start < have:
        _check_repeated(log, batch)
    new = batch.entries[have - batch.start :]
    if new:
        log.append(new, _grow(log.frontier, new, head), batch.note, now)
        for kind, sentence in told_by(new):
            log.raise_alarm(kind, sentence, batch.note, now)
    else:
        _check_old_head(log, head)
    return Taken(log.frontier.size, log.frontier.root())


def _read_entry(seq: int, entry: object, *, lean: bool) -> NewEntry:
    if not isinstance(entry, dict) or set(entry) != _MEMBERS:
        raise RequestError(400, f"entry {seq} is not an object with envelope, data and salt")
    envelope = entry["envelope"]
    if not isinstance(envelope, dict) or envelope.get("specversion") != "1.0":
        raise RequestError(400, f"the envelope of entry {seq} is not a CloudEvents 1.0 envelope")
    try:
        data = canonical(entry["data"])
        salted = _unb64(entry["salt"]) + data
    except (EntryRefused, ValueError) as error:
        raise RequestError(422, f"entry {seq} has no canonical form: {error}") from error
    datahash = base64.b64encode(sha256(salted).digest()).decode()
    if lean and "datahash" not in envelope:
        envelope["datahash"] = datahash
    for name in _ATTRIBUTES:
        if not isinstance(envelope.get(name), str) or not envelope[name]:
            raise RequestError(400, f"the envelope of entry {seq} has no {name}")
    try:
        leaf = canonical(envelope)
    except (EntryRefused, ValueError) as error:
        raise RequestError(422, f"entry {seq} has no canonical form: {error}") from error
    if envelope["datahash"] != datahash:
        raise RequestError(422, f"the data of entry {seq} does not fit its datahash")
    text = f'{{"envelope":{leaf.decode()},"data":{data.decode()},"salt":"{entry["salt"]}"}}'
    return NewEntry(text, leaf_hash(leaf), digest_in(envelope, entry["data"]))


def _open_head(log: DeviceLog, batch: Batch) -> tree_head.TreeHead:
    try:
        head = tree_head.open_note(batch.note, Ed25519PublicKey.from_public_bytes(log.public_key))
    except ValueError as error:
        raise RequestError(422, f"the tree head does not verify: {error}") from error
    if head.device_id != log.device_id:
        raise RequestError(422, f"the tree head is that of {head.device_id!r}, and not of {log.device_id!r}")
    if head.size != batch.end:
        raise RequestError(422, f"the tree head is for {head.size} entries and the batch ends at {batch.end}")
    return head


def _check_repeated(log: DeviceLog, batch: Batch) -> None:
    stored = log.leaf_hashes(batch.start, batch.end)
    for i, (old, again) in enumerate(zip(stored, batch.entries, strict=False)):
        if old != again.leaf_hash:
            sentence = f"entry {batch.start + i} is stored with other content"
            raise HistoryChanged(409, REWRITTEN, sentence)


def _grow(frontier: Frontier, new: tuple[NewEntry, ...], head: tree_head.TreeHead) -> Frontier:
    grown = frontier.copy()
    for each in new:
        grown.append(each.leaf_hash)
    if grown.root() != head.root:
        raise HistoryChanged(422, UNPROVEN, f"the signed root is not that of the {head.size} entries")
    return grown


def _check_old_head(log: DeviceLog, head: tree_head.TreeHead) -> None:
    """A second root for a size that the device has signed before is a fork."""
    known = log.root_at(head.size)
    if known is not None and known != head.root:
        raise HistoryChanged(409, FORKED, f"another root was signed for {head.size} entries before")


def _unb64(text: Any) -> bytes:
    if not isinstance(text, str):
        raise ValueError("the salt is not a text")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("the salt is not base64") from error
