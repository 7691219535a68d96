"""Keys down, journal up, whenever there is a connection. The uplink forgets nothing, since it keeps nothing.

Where the upload stands is known to gatekeeper (what is acknowledged) and to
the hub (what is stored); the uplink asks both and may be killed at any moment.
One call of `run_once` reports, fetches keys if it is time, sends at most one
batch, and says when it wants to run again.

What an answer to a batch means:

| status         | then                                                                   |
|----------------|------------------------------------------------------------------------|
| 2xx            | hand the receipt to gatekeeper, go on at once                          |
| 409 resume_at  | go on from there; when it says nothing new, hold                       |
| 413            | halve the batch; when it is a single entry, hold                       |
| 429, 503       | wait as long as Retry-After says, and the jitter                       |
| 400, 422       | hold: the hub does not take these entries, and a technician must look  |
| 401, 403       | hold: the hub does not know this kiosk                                 |
| other 5xx      | back off                                                               |
| anything else  | hold                                                                   |

To hold is to keep everything and to ask again after the longest backoff. No
answer makes the uplink drop an entry.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from kiosk.clock import Clock
from kiosk.uplink.backoff import CAP_S, Backoff
from kiosk.uplink.desk import Desk
from kiosk.uplink.errors import DeskRefused, DeskUnavailable, HubUnreachable
from kiosk.uplink.hub_client import HubClient, Reply
from kiosk.uplink.trouble import PASSING_S, Troubles

MAX_BATCH_ENTRIES = 256
KEYS_REFRESH_S = 60.0
IDLE_S = 1.0
DESK_RETRY_S = 1.0
REPORT_S = 5.0
_QUOTED_CHARACTERS = 200

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Sent:
    """A batch on its way: entries from `start` up to, not including, `end`, of a journal of `size`."""

    start: int
    end: int
    size: int


class Uplink:
    """Carries between one desk and one hub."""

    def __init__(
        self,
        desk: Desk,
        hub: HubClient,
        clock: Clock,
        rng: Random,
        *,
        keys_refresh_s: float = KEYS_REFRESH_S,
        passing_s: float = PASSING_S,
    ) -> None:
        """`rng` jitters the waits; `keys_refresh_s` is how often the keys are fetched.

        A lost connection is logged once it has lasted `passing_s`.
        """
        self._desk = desk
        self._hub = hub
        self._clock = clock
        self._keys_refresh_s = keys_refresh_s
        self._keys_backoff = Backoff(rng)
        self._upload_backoff = Backoff(rng)
        self._troubles = Troubles(_log.warning, clock.mono, passing_s)
        self._keys_due_s = self._upload_due_s = clock.mono()
        self._limit = MAX_BATCH_ENTRIES
        self._resume_at: int | None = None
        self._waiting = 0
        self._connected = False
        self._reported: tuple[bool, int] | None = None

    @property
    def troubles(self) -> tuple[str, ...]:
        """What does not work now, a sentence each, for a technician."""
        return self._troubles.sentences

    def run_once(self) -> float:
        """Do what is due, and say after how many seconds to call again."""
        try:
            self._refresh_keys()
            self._upload()
            self._report()
        except (DeskUnavailable, DeskRefused) as error:
            self._reported = None
            self._troubles.appeared("desk", f"Gatekeeper does not serve the uplink: {error}", may_pass=True)
            return DESK_RETRY_S
        self._troubles.gone("desk")
        return self._wait_s()

    def _wait_s(self) -> float:
        due_s = min(self._keys_due_s, self._upload_due_s) if self._waiting else self._keys_due_s
        longest_s = IDLE_S if self._connected else REPORT_S
        return min(max(due_s - self._clock.mono(), 0.0), longest_s)

    def _refresh_keys(self) -> None:
        if self._clock.mono() < self._keys_due_s:
            return
        reply = self._ask_hub(self._hub.keys, self._keys_backoff)
        if reply is None:
            return
        self._keys_backoff.reset()
        if reply.status != 200:
            self._troubles.appeared("keys", f"The hub gives no keys: {_quoted(reply)}")
        else:
            self._hand_in_keys(reply)
        self._keys_due_s = self._clock.mono() + self._keys_refresh_s

    def _hand_in_keys(self, reply: Reply) -> None:
        """A desk that is not there raises, and the keys stay due."""
        try:
            self._request(op="keys", document=reply.body.decode(errors="replace"))
        except DeskRefused as refusal:
            self._troubles.appeared("keys", f"The hub's keys are refused: {refusal}")
        else:
            self._troubles.gone("keys")

    def _upload(self) -> None:
        status = self._request(op="status")
        size, acknowledged = int(status["size"]), int(status["acknowledged"])
        start = acknowledged if self._resume_at is None else self._resume_at
        self._waiting = max(size - start, 0)
        if start >= size:
            self._limit = MAX_BATCH_ENTRIES
            self._resume_at = None
            return
        if self._clock.mono() < self._upload_due_s:
            return
        batch = self._request(op="batch", start=start, limit=self._limit)
        sent = _Sent(start, start + len(batch["entries"]), size)
        reply = self._ask_hub(lambda: self._hub.upload(status["device"], batch), self._upload_backoff)
        if reply is not None:
            self._take_answer(reply, sent)

    def _take_answer(self, reply: Reply, sent: _Sent) -> None:
        match reply.status:
            case 200 | 201:
                self._hand_in(reply.document(), sent)
            case 409:
                self._resume(reply, sent)
            case 413 if sent.end - sent.start > 1:
                self._limit = (sent.end - sent.start) // 2
            case 401 | 403:
                self._hold(f"The hub does not take entries of this kiosk: {_quoted(reply)}")
            case _:
                self._hold(f"The hub does not take entries {sent.start} to {sent.end - 1}: {_quoted(reply)}")

    def _hand_in(self, receipt: dict[str, Any], sent: _Sent) -> None:
        try:
            acknowledged = int(self._request(op="receipt", receipt=receipt)["acknowledged"])
        except DeskRefused as refusal:
            self._hold(f"The hub's receipt is refused: {refusal}")
            return
        received = int(receipt["size"])
        if received < sent.end:
            self._hold(
                f"The hub's receipt is for {received} entries and not for the {sent.end} that it took."
            )
            return
        self._waiting = max(sent.size - min(received, acknowledged), 0)
        self._resume_at = received if received < acknowledged else None
        self._upload_backoff.reset()
        self._troubles.gone("upload")

    def _resume(self, reply: Reply, sent: _Sent) -> None:
        resume_at = reply.document().get("resume_at")
        if type(resume_at) is not int or not 0 <= resume_at <= sent.size or resume_at == sent.start:
            self._hold(f"The hub holds another history than this kiosk: {_quoted(reply)}")
            return
        self._resume_at = min(
            resume_at, sent.size - 1
        )  # at least one entry, since only a batch earns a receipt
        self._postpone_upload(self._upload_backoff.next_s())

    def _hold(self, sentence: str) -> None:
        self._troubles.appeared("upload", sentence)
        self._postpone_upload(CAP_S)

    def _ask_hub(self, call: Callable[[], Reply], backoff: Backoff) -> Reply | None:
        """The hub's answer; None, and nothing is due for a while, when it has none or no time."""
        try:
            reply = call()
        except HubUnreachable:
            self._connected = False
            sentence = "The hub cannot be reached; entries are kept until it can."
            self._troubles.appeared("hub", sentence, may_pass=True)
            self._postpone(backoff.next_s())
            return None
        self._connected = reply.status < 500
        if self._connected and reply.status != 429:
            self._troubles.gone("hub")
            return reply
        sentence = f"The hub asks to be left alone ({reply.status}); entries are kept."
        self._troubles.appeared("hub", sentence, may_pass=True)
        self._postpone(backoff.next_s(reply.retry_after_s))
        return None

    def _postpone(self, seconds: float) -> None:
        self._keys_due_s = max(self._keys_due_s, self._clock.mono() + seconds)
        self._postpone_upload(seconds)

    def _postpone_upload(self, seconds: float) -> None:
        self._upload_due_s = max(self._upload_due_s, self._clock.mono() + seconds)

    def _report(self) -> None:
        state = (self._connected, self._waiting)
        if state != self._reported:
            self._request(op="link", connected=self._connected, waiting=self._waiting)
            self._reported = state

    def _request(self, **message: object) -> dict[str, Any]:
        """Raises DeskUnavailable, DeskRefused."""
        reply = self._desk.request(message)
        if "error" in reply:
            raise DeskRefused(str(reply["error"]))
        return reply


def _quoted(reply: Reply) -> str:
    """Status and what the hub says of it, fit for a log: one line, no control characters, not long."""
    said = str(reply.document().get("error", ""))[:_QUOTED_CHARACTERS]
    return f"{reply.status} {said!a}"
