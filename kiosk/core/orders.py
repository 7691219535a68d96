"""Orders that are scanned beside a hand-over: which one belongs to the courier who is there.

An order and a courier's code belong together when they come within a set
time of each other, in either order. The newest order of each reader counts,
and once: an order that stays before the reader is not the next courier's too.

An order's number is never kept: what is here is its hash (`slip.order_key`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from kiosk.core.events import CodeScanned
from kiosk.core.reread import Reread
from kiosk.credentials import hc1, hp1, slip

_NO_ORDERS = (hp1.PREFIX, hc1.PREFIX, slip.PREFIX)


class Orders:
    """Those that have been scanned at `readers` and not been handed over. Times are monotonic seconds."""

    def __init__(self, readers: Iterable[str], within_s: float) -> None:
        self._within_s = within_s
        self._rereads = {reader: Reread() for reader in readers}
        self._scanned: dict[str, tuple[bytes, float]] = {}

    def is_order(self, scan: CodeScanned) -> bool:
        """Whether a code is an order's, by where it was read and what it is not."""
        if scan.source not in self._rereads or scan.payload.startswith(_NO_ORDERS):
            return False
        return bool(scan.payload.strip()) and len(scan.payload) <= slip.MAX_ORDER_BYTES

    def scanned(self, scan: CodeScanned) -> bool:
        """Keep an order for whoever it belongs to; False where it is only seen again."""
        reread, now_s = self._rereads[scan.source], scan.at.mono
        if not reread.seen(scan.payload, now_s):
            return False
        reread.take(scan.payload, now_s)
        self._scanned[scan.source] = (slip.order_key(scan.payload), now_s)
        return True

    def take(self, reader: str, now_s: float, since_s: float = -math.inf) -> bytes | None:
        """The order that belongs to who is granted now, which is nobody else's from then on.

        One that was scanned before `since_s` is not his, and stays for whose it is.
        """
        key, scanned_s = self._scanned.get(reader, (None, now_s))
        if scanned_s < since_s:
            return None
        self._scanned.pop(reader, None)
        return key if now_s - scanned_s <= self._within_s else None
