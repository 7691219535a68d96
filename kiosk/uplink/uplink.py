"""Trust down, journal up, whenever there is a connection. The uplink forgets nothing, since it keeps nothing.

Where the upload stands is known to gatekeeper (what is acknowledged) and to
the hub (what is stored); the uplink asks both and may be killed at any moment.
One call of `run_once` reports, fetches trust if it is time, sends at most one
batch, and says when it wants to run again. Trust and upload wait each for
themselves: whatever the hub does with the one, the other goes on. Where
neither has asked anything of the hub for a while a probe does: rarely where the
hub answers, so that staff see within a minute that the connection is lost, and
often where it does not, so that they see within seconds that it is there again.
What waited for the connection goes at a random moment soon after: the longer the
hub was away, the wider thousands of kiosks spread (`spread_s`).

What an answer to a batch means:

| status         | then                                                                   |
|----------------|------------------------------------------------------------------------|
| 2xx            | hand the receipt to gatekeeper, go on at once                          |
| 409 resume_at  | go on from there; when it says nothing new, hold                       |
| 413            | halve the batch; when it is a single entry, hold                       |
| 429, 503       | wait as long as Retry-After says, and the jitter                       |
| 400, 422       | hold: the hub does not take these entries, and a technician must look  |
| 401, 403       | hold: the hub does not know this kiosk, or has revoked it; staff see it |
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
from kiosk.trust.errors import TrustError
from kiosk.uplink.backoff import CAP_S, LONGEST_RETRY_AFTER_S
from kiosk.uplink.desk import Desk
from kiosk.uplink.errors import DeskRefused, DeskUnavailable, HubUnreachable
from kiosk.uplink.hub_client import HubClient, Reply
from kiosk.uplink.schedule import Schedule
from kiosk.uplink.trouble import PASSING_S, Troubles
from kiosk.uplink.trust_hand_in import hand_in
from kiosk.uplink.trust_mirror import TrustMirror

MAX_BATCH_ENTRIES = 256
TRUST_REFRESH_S = 30.0
IDLE_S = 1.0
DESK_RETRY_S = 0.1
REPORT_S = 5.0
PROBE_S = 5.0
"""How often a hub that is away is asked for."""
QUIET_PROBE_S = (35.0, 45.0)
"""How long after an answer one that has answered is: trust is refreshed sooner, and says the same.

With the longest wait for an answer a cut is known within a minute, and thousands of kiosks press nobody.
"""
OUTAGE_TO_SPREAD = 30.0
LONGEST_SPREAD_S = 120.0
_QUOTED_CHARACTERS = 200

_log = logging.getLogger(__name__)


def spread_s(outage_s: float) -> float:
    """Within how many seconds of the hub's return a kiosk begins to send what has waited for it.

    All kiosks see it return within `PROBE_S`. The longer it was away, the likelier all of them
    have something to send, and the less one of them loses by waiting a little longer.
    """
    return min(max(outage_s / OUTAGE_TO_SPREAD, PROBE_S), LONGEST_SPREAD_S)


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
        mirror: TrustMirror,
        clock: Clock,
        rng: Random,
        *,
        trust_refresh_s: float = TRUST_REFRESH_S,
        passing_s: float = PASSING_S,
    ) -> None:
        """`rng` jitters the waits; `trust_refresh_s` is how often the hub's trust is asked for.

        A lost connection is logged once it has lasted `passing_s`.
        """
        self._desk = desk
        self._hub = hub
        self._mirror = mirror
        self._clock = clock
        self._rng = rng
        self._trust_refresh_s = trust_refresh_s
        self._trust_next = Schedule(clock.mono, rng)
        self._upload_next = Schedule(clock.mono, rng)
        self._probe_next = Schedule(clock.mono, rng)
        self._cut_since_s: float | None = None
        self._troubles = Troubles(_log.warning, clock.mono, passing_s)
        self._limit = MAX_BATCH_ENTRIES
        self._resume_at: int | None = None
        self._waiting = 0
        self._connected = False
        self._received = 0
        self._is_refused = False
        self._reported: tuple[bool, int, int, bool] | None = None

    @property
    def troubles(self) -> tuple[str, ...]:
        """What does not work now, a sentence each, for a technician."""
        return self._troubles.sentences

    def run_once(self) -> float:
        """Do what is due, and say after how many seconds to call again.

        The desk is asked first: without it nothing can be carried, and the hub is let alone.
        """
        try:
            status = self._request(op="status")
            self._refresh_trust(status)
            self._upload(status)
            self._probe()
            self._report()
        except (DeskUnavailable, DeskRefused) as error:
            self._reported = None
            self._troubles.appeared("desk", f"Gatekeeper does not serve the uplink: {error}", may_pass=True)
            return DESK_RETRY_S
        self._troubles.gone("desk")
        return self._wait_s()

    def _wait_s(self) -> float:
        due_s = min(self._trust_next.due_s, self._probe_next.due_s)
        if self._waiting:
            due_s = min(due_s, self._upload_next.due_s)
        longest_s = IDLE_S if self._connected else REPORT_S
        return min(max(due_s - self._clock.mono(), 0.0), longest_s)

    def _refresh_trust(self, status: dict[str, Any]) -> None:
        if not self._trust_next.is_due:
            return
        reply = self._ask_hub(self._mirror.refresh, self._trust_next)
        if reply is None:
            return
        if self._mirror.problem is not None:
            self._refuse_trust(f"The hub's trust is not taken: {self._mirror.problem}.")
        elif not self._mirror.is_whole:
            self._refuse_trust(f"The hub gives no trust: {_quoted(reply)}")
        else:
            self._hand_in_trust(status)

    def _hand_in_trust(self, status: dict[str, Any]) -> None:
        """Raises nothing: trust that the desk does not take, or dies of, must not keep the journal here."""
        try:
            hand_in(self._mirror, status, self._request)
        except DeskRefused as refusal:
            self._refuse_trust(f"The hub's trust is refused: {refusal}")
        except DeskUnavailable as error:
            self._troubles.appeared("trust", f"The hub's trust cannot be handed in: {error}", may_pass=True)
            self._trust_next.failed()
        except (OSError, TrustError) as error:
            self._refuse_trust(f"The uplink's copy of the hub's trust is damaged: {error}")
        else:
            self._troubles.gone("trust")
            self._trust_next.succeeded(self._trust_refresh_s)

    def _refuse_trust(self, sentence: str) -> None:
        self._troubles.appeared("trust", sentence)
        self._trust_next.failed(at_least_s=self._trust_refresh_s)

    def _probe(self) -> None:
        if not self._probe_next.is_due:
            return
        if self._ask_hub(self._hub.probe) is None:
            self._cut_since_s = self._clock.mono() if self._cut_since_s is None else self._cut_since_s
        elif self._cut_since_s is not None:
            within_s = spread_s(self._clock.mono() - self._cut_since_s)
            self._cut_since_s = None
            self._trust_next.bring_forward(within_s)
            self._upload_next.bring_forward(within_s)

    def _upload(self, status: dict[str, Any]) -> None:
        size, acknowledged = int(status["size"]), int(status["acknowledged"])
        start = acknowledged if self._resume_at is None else self._resume_at
        self._waiting = max(size - start, 0)
        if start >= size:
            self._limit = MAX_BATCH_ENTRIES
            self._resume_at = None
            return
        if not self._upload_next.is_due:
            return
        batch = self._request(op="batch", start=start, limit=self._limit)
        sent = _Sent(start, start + len(batch["entries"]), size)
        reply = self._ask_hub(lambda: self._hub.upload(status["device"], batch), self._upload_next)
        if reply is not None:
            self._take_answer(reply, sent)

    def _take_answer(self, reply: Reply, sent: _Sent) -> None:
        self._is_refused = reply.status in (401, 403)
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
        self._received = received
        self._waiting = max(sent.size - min(received, acknowledged), 0)
        self._resume_at = received if received < acknowledged else None
        self._upload_next.succeeded()
        self._troubles.gone("upload")

    def _resume(self, reply: Reply, sent: _Sent) -> None:
        resume_at = reply.document().get("resume_at")
        if type(resume_at) is not int or not 0 <= resume_at <= sent.size or resume_at == sent.start:
            self._hold(f"The hub holds another history than this kiosk: {_quoted(reply)}")
            return
        self._resume_at = min(
            resume_at, sent.size - 1
        )  # at least one entry, since only a batch earns a receipt
        self._upload_next.failed()

    def _hold(self, sentence: str) -> None:
        self._troubles.appeared("upload", sentence)
        self._upload_next.again_in(CAP_S)

    def _ask_hub(self, call: Callable[[], Reply], schedule: Schedule | None = None) -> Reply | None:
        """The hub's answer; None, and `schedule` is put off, when it has none or no time."""
        try:
            reply = call()
        except HubUnreachable:
            self._connected = False
            self._put_off("The hub cannot be reached; entries are kept until it can.", schedule)
            return None
        self._connected = reply.status < 500
        if not self._connected or reply.status == 429:
            sentence = f"The hub asks to be left alone ({reply.status}); entries are kept."
            self._put_off(sentence, schedule, reply.retry_after_s)
            return None
        self._troubles.gone("hub")
        self._probe_next.again_in(self._rng.uniform(*QUIET_PROBE_S))
        return reply

    def _put_off(self, sentence: str, schedule: Schedule | None, retry_after_s: float | None = None) -> None:
        """Probe and trust do not back off, but leave the hub alone for as long as it asks."""
        self._trust_next.leave_alone(retry_after_s or 0.0)
        self._troubles.appeared("hub", sentence, may_pass=True)
        self._probe_next.again_in(max(PROBE_S, min(retry_after_s or 0.0, LONGEST_RETRY_AFTER_S)))
        if schedule is not None:
            schedule.failed(retry_after_s)

    def _report(self) -> None:
        state = (self._connected, self._waiting, self._received, self._is_refused)
        if state != self._reported:
            link = {"connected": self._connected, "waiting": self._waiting, "refused": self._is_refused}
            self._request(op="link", **link)
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
