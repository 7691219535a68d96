"""What gatekeeper lets the uplink do: read batches of the journal, hand in receipts and trust, tell the link.

The uplink stands on the network and is not believed: a receipt counts only
when the hub has signed it and its root is this journal's own at that size, and
trust only as `trust_desk` says. No transaction is held between two
requests. An unfit request is answered with an `error`, in one sentence.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.core.events import DeviceFaulted, DeviceRecovered, LinkChanged
from kiosk.gatekeeper.desk_request import Reply, Request, RequestError
from kiosk.gatekeeper.trust_desk import TrustDesk
from kiosk.journal.errors import JournalError
from kiosk.journal.receipts import open_receipt
from kiosk.journal.store import Journal
from kiosk.journal.tree_head import TreeHead, sign
from kiosk.terms import Instant
from kiosk.trust.errors import TrustError

MAX_BATCH_ENTRIES = 256
MAX_REQUEST_BYTES = 1_048_576
HUB = "hub"
REFUSED = (
    "the hub does not take this kiosk's entries: it does not know it, or has revoked it; they are kept until "
    "whoever runs the hub registers it or takes it back in"
)
_MAX_COUNT = 2**53 - 1


class UplinkDesk:
    """Answers the uplink. `handle` raises nothing."""

    def __init__(
        self,
        journal: Journal,
        trust: TrustDesk,
        device_key: Ed25519PrivateKey,
        hub_public_key: Ed25519PublicKey,
        post: Callable[[LinkChanged | DeviceFaulted | DeviceRecovered], None],
        now: Callable[[], Instant],
        *,
        told: Callable[[datetime], None] = lambda _: None,
    ) -> None:
        """`told` is given the time of each receipt that acknowledges more than those before."""
        self._journal = journal
        self._trust = trust
        self._device_key = device_key
        self._hub_public_key = hub_public_key
        self._post = post
        self._now = now
        self._told = told
        self._offline_since: Instant | None = None
        self._is_refused = False
        self._operations: dict[object, Callable[[Request], Reply]] = {
            "status": self._status,
            "batch": self._batch,
            "receipt": self._receipt,
            "trust": trust.offer,
            "target": trust.take,
            "link": self._link,
        }

    def handle(self, request: Request) -> Reply:
        """The reply to one request."""
        name = request.get("op")
        operation = self._operations.get(name) if isinstance(name, str) else None
        if operation is None:
            return {"error": f"The request's op is none of {', '.join(map(str, self._operations))}."}
        try:
            return operation(request)
        except (RequestError, JournalError, TrustError) as error:
            return {"error": str(error)}

    def _status(self, _: Request) -> Reply:
        return {
            "device": self._journal.device_id,
            "owner": self._journal.owner[0],
            "size": self._journal.size,
            "acknowledged": self._journal.acknowledged,
            "trust": self._trust.status,
            "public_key": base64.b64encode(self._device_key.public_key().public_bytes_raw()).decode(),
        }

    def _batch(self, request: Request) -> Reply:
        start = _count(request, "start")
        limit = _count(request, "limit")
        if start > self._journal.size:
            raise RequestError(f"The journal holds {self._journal.size} entries; {start} is beyond its end.")
        entries = self._journal.wire_entries(start, min(limit, MAX_BATCH_ENTRIES))
        size = start + len(entries)
        head = TreeHead(self._journal.device_id, size, self._journal.root_at(size))
        return {"start": start, "entries": entries, "tree_head": sign(head, self._device_key)}

    def _receipt(self, request: Request) -> Reply:
        document = request.get("receipt")
        receipt = open_receipt(document, self._hub_public_key)
        if receipt.device_id != self._journal.device_id:
            raise RequestError("The receipt is for another device.")
        if receipt.size > self._journal.size:
            raise RequestError(f"The receipt is for {receipt.size} entries; there are {self._journal.size}.")
        if receipt.root != self._journal.root_at(receipt.size):
            raise RequestError(f"The receipt for {receipt.size} entries is for another history than this.")
        before = self._journal.acknowledged
        acknowledged = self._journal.acknowledge(receipt.size, json.dumps(document).encode())
        if acknowledged > before:  # another one may be old, shown again
            self._told(receipt.time)
        return {"acknowledged": acknowledged}

    def _link(self, request: Request) -> Reply:
        connected = request.get("connected")
        if not isinstance(connected, bool):
            raise RequestError("The request does not say whether the hub is connected.")
        refused = request.get("refused", False)
        if not isinstance(refused, bool):
            raise RequestError("The request does not say whether the hub refuses this kiosk.")
        waiting = _count(request, "waiting")
        at = self._now()
        self._offline_since = None if connected else self._offline_since or at
        self._post(LinkChanged(at, connected, self._offline_since, waiting, self._last_receipt()))
        if refused != self._is_refused:
            self._is_refused = refused
            self._post(DeviceFaulted(at, HUB, REFUSED) if refused else DeviceRecovered(at, HUB))
        return {}

    def _last_receipt(self) -> datetime | None:
        """When the hub signed the receipt that is kept; None before the first, or where it is damaged."""
        try:
            return open_receipt(json.loads(self._journal.receipt), self._hub_public_key).time
        except (ValueError, JournalError):
            return None


def _count(request: Request, name: str) -> int:
    value = request.get(name)
    if type(value) is not int or not 0 <= value <= _MAX_COUNT:
        raise RequestError(f"The request's {name} is not a whole number from 0 on.")
    return value
