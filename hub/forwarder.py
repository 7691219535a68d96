"""Forwards stored entries to a city's own bus, after they are committed: at least once, in each log's order.

How far every device's log has been taken by a target stands in the database,
and moves on only after the target has said that it has: what was sent in a
moment before a crash is sent again. A log has no gaps and grows under its
device's lock, so a number per log is enough to leave nothing out. What a target
doesn't take is tried again until it does; meanwhile everything waits.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from hub.cloudevents import event_of
from hub.store import Store
from hub.webhook import Webhook
from kiosk.uplink.backoff import Backoff

BATCH = 256
POLL_S = 1.0


class Forwarder:
    """One target. `say` gets a sentence when trouble appears, and one when it has gone."""

    def __init__(self, store: Store, webhook: Webhook, backoff: Backoff, say: Callable[[str], None]) -> None:
        self._store = store
        self._webhook = webhook
        self._backoff = backoff
        self._say = say
        self._trouble: str | None = None

    def run_once(self) -> float:
        """Send at most one batch of every log; seconds until the next run."""
        try:
            has_sent, trouble, retry_after_s = self._round()
        except SQLAlchemyError as error:
            cause = getattr(error, "orig", None) or type(error).__name__
            has_sent, trouble, retry_after_s = False, f"the hub's database: {cause}", None
        self._tell(trouble)
        if trouble is not None:
            return self._backoff.next_s(retry_after_s)
        self._backoff.reset()
        return 0.0 if has_sent else POLL_S

    def _round(self) -> tuple[bool, str | None, float | None]:
        target, has_sent = self._webhook.url, False
        taken = self._store.forwarded(target)
        for device in self._store.devices():
            start = taken.get(device.device_id, 0)
            if start >= device.size:
                continue
            stored = self._store.entries(device.device_id, start, BATCH)
            delivered = self._webhook.deliver([event_of(each) for each in stored])
            if delivered.count:
                has_sent = True
                self._store.set_forwarded(target, device.device_id, start + delivered.count)
            if delivered.trouble is not None:
                return has_sent, delivered.trouble, delivered.retry_after_s
        return has_sent, None, None

    def _tell(self, trouble: str | None) -> None:
        if trouble is not None and self._trouble is None:
            self._say(f"{trouble}; nothing is left out, trying again")
        elif trouble is None and self._trouble is not None:
            self._say("forwarding goes on")
        self._trouble = trouble
