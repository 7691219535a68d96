"""The end of a relay's lease in a thread of the pin library, where it has one.

lgpio runs a thread of its own, outside of the interpreter: what is handed to
it happens also when every Python thread is blocked. It does not survive
SIGKILL (the kernel then lets the line go) and SIGSTOP stops it too; those are
the pull-down's and the watchdog's.

What is used of it is one cycle of `lgTxPulse` without an on-time:
`tx_pulse(handle, gpio, pulse_on=0, pulse_off, pulse_offset, pulse_cycles=1)`
writes a low level once its start has come, and does nothing else to the pin.
A cycle with an on-time would not do for a relay: its start is aligned to the
"natural start" of a cycle as long as the pulse (lgpio 0.2.2, `lgTxPulse` and
`lgGpioCreateTxRec`), so a pulse of 4 s would begin up to 4 s late. With a
cycle of 1 ms the low level comes 0 to 22 ms after `pulse_offset`: 1 ms of
alignment, 20 ms of the thread's own period. Calls for a pin that is still
waiting are queued behind it, so one that waits is taken away first.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Protocol

from gpiozero import Factory

CYCLE_US = 1000


class OneShot(Protocol):
    """Drives a pin low after a while, whatever this process does then. Raises what `pin_errors` names."""

    def arm(self, pin: int, after_s: float) -> None:
        """Once, `after_s` from now, in place of any earlier one of this pin."""

    def disarm(self, pin: int) -> None:
        """Not at all. Harmless where nothing is armed."""


def one_shot_of(factory: Factory) -> OneShot | None:
    """The one-shot of the library behind `factory`, or None where it has none."""
    behind = sys.modules.get("gpiozero.pins.lgpio")
    if behind is None or not isinstance(factory, behind.LGPIOFactory):
        return None
    # gpiozero's own pins take the handle from there; it has no public name.
    return LgpioOneShot(sys.modules["lgpio"], factory._handle)


class LgpioOneShot:
    """Through lgpio's transmission thread."""

    def __init__(self, lgpio: ModuleType, handle: int) -> None:
        self._lgpio = lgpio
        self._handle = handle

    def arm(self, pin: int, after_s: float) -> None:
        self.disarm(pin)
        self._lgpio.tx_pulse(self._handle, pin, 0, CYCLE_US, round(after_s * 1e6), 1)

    def disarm(self, pin: int) -> None:
        if not self._is_armed(pin):
            return
        try:
            self._lgpio.tx_pulse(self._handle, pin, 0, 0)
        except self._lgpio.error:
            # It has just happened, and there is nothing to stop: the library calls that a bad pulse.
            if self._is_armed(pin):
                raise

    def _is_armed(self, pin: int) -> bool:
        return bool(self._lgpio.tx_busy(self._handle, pin, self._lgpio.TX_PWM))
