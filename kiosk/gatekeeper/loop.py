"""The one thread that runs the core: events from the inbox in, commands carried out.

`inbox.get` waits no longer than the core's own `wake_at`, or the end of a
relay's lease; silence becomes a `Tick`. A simulated day calls `drain()`
instead, at the moments that `due_at_s` names.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Mapping

from kiosk.core.busy import Busy
from kiosk.core.checkpoint import Checkpoint
from kiosk.core.commands import (
    Announce,
    Buzz,
    Command,
    HoldGate,
    Light,
    Record,
    ReleaseGate,
    SecureGate,
    Show,
    StartSampling,
    StopSampling,
)
from kiosk.core.devices import device_in
from kiosk.core.events import DeviceFaulted, Event, Stopping, Tick
from kiosk.core.view import Page
from kiosk.gatekeeper.clock import TrustedClock
from kiosk.gatekeeper.gate import Gate
from kiosk.gatekeeper.thermal import ThermalPoller
from kiosk.terms import Instant
from kiosk.wire import Message, SoundMessage, ViewMessage

LONGEST_WAIT_S = 0.5


class Inbox:
    """Events on their way to the core, in order."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Event | None] = queue.SimpleQueue()

    def post(self, event: Event) -> None:
        self._queue.put(event)

    def wake(self) -> None:
        """Let a waiting loop look at the clock."""
        self._queue.put(None)

    def get(self, timeout_s: float) -> Event | None:
        """The next event, or None when nothing has come in time."""
        try:
            return self._queue.get(timeout=max(timeout_s, 0.0))
        except queue.Empty:
            return None

    @property
    def is_empty(self) -> bool:
        return self._queue.empty()


class Loop:
    """Events in, commands out."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        inbox: Inbox,
        clock: TrustedClock,
        *,
        gate: Gate,
        thermal: Mapping[str, ThermalPoller],
        submit: Callable[[Record], None],
        publish: Callable[[Message], None],
        keep_house: Callable[[Instant], None],
    ) -> None:
        self._checkpoint = checkpoint
        self._inbox = inbox
        self._clock = clock
        self._gate = gate
        self._thermal = thermal
        self._said_missing: set[str] = set()
        self._submit = submit
        self._publish = publish
        self._keep_house = keep_house

    @property
    def due_at_s(self) -> float | None:
        """When the loop has something to do even if nothing happens (monotonic seconds)."""
        due = [at for at in (self._checkpoint.wake_at, self._gate.lease_ends_s) if at is not None]
        return min(due, default=None)

    @property
    def busy(self) -> Busy:
        """What an end now would cost; what waits in the inbox is somebody who is about to begin."""
        return self._checkpoint.busy if self._inbox.is_empty else max(self._checkpoint.busy, Busy.BEGUN)

    def run_once(self) -> None:
        """Wait for one event or for the next deadline, and deal with it."""
        due = self.due_at_s
        wait_s = LONGEST_WAIT_S if due is None else min(due - self._clock.mono(), LONGEST_WAIT_S)
        self._take(self._inbox.get(wait_s))

    def drain(self) -> None:
        """Deal with all that has come and is due, without waiting."""
        self._take(None)
        while not self._inbox.is_empty:
            self._take(self._inbox.get(0.0))

    def finish(self) -> None:
        """The last event: what the core still wants recorded is, and nothing else is carried out any more."""
        for command in self._checkpoint.step(Stopping(self._clock.instant())):
            if isinstance(command, Record):
                self._submit(command)

    def _take(self, event: Event | None) -> None:
        if event is None:
            event = Tick(self._clock.instant())
        for command in self._checkpoint.step(event):
            self._do(command)
        self._gate.poll_once()
        self._keep_house(event.at)

    def _do(self, command: Command) -> None:
        match command:
            case SecureGate(output):
                self._gate.secure(output)
            case ReleaseGate(_, output, pulse_s):
                self._gate.release(output, pulse_s)
            case HoldGate(output):
                self._gate.hold(output)
            case Buzz(on):
                self._gate.buzz(on)
            case Light(lamp, for_s, lane):
                self._gate.light(lamp, for_s, lane)
            case Record():
                self._submit(command)
            case StartSampling(passage_id, lane):
                self._start_sampling(passage_id, lane)
            case StopSampling(passage_id, lane):
                if lane in self._thermal:
                    self._thermal[lane].stop(passage_id)
            case Show(view):
                if view.page is Page.RESULT and view.lane in self._thermal:
                    self._thermal[view.lane].answered(view.passage_id)
                self._publish(ViewMessage(view))
            case Announce(sound, lane):
                self._publish(SoundMessage(sound, lane))

    def _start_sampling(self, passage_id: int, lane: str) -> None:
        if lane in self._thermal:
            self._thermal[lane].start(passage_id)
        elif lane not in self._said_missing:
            self._said_missing.add(lane)
            detail = "there is no sensor, and the policy does not let people board without; change either."
            self._inbox.post(DeviceFaulted(self._clock.instant(), device_in(lane, "thermal"), detail))
