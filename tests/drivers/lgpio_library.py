"""A stand-in for the module lgpio, on a simulated board: what gpiozero's lgpio pins and the one-shot call.

The real module opens a GPIO character device, which only a Pi has. So the end
that is simulated is the lowest that can be: everything above it, gpiozero's
`LGPIOFactory` and pins included, is real. The transmission thread follows
lgpio 0.2.2 (`lgTxPulse`, `lgGpioCreateTxRec`, `lgPthTx`): starts aligned to
the cycle, a thread that wakes every 20 ms, queued calls, (0, 0) as a stop, and
an error for a stop where nothing is active.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from sim.pins import Pins

THREAD_PERIOD_S = 0.02
MIN_CYCLE_US = 10


class LgpioError(Exception):
    """Derives from Exception alone, as lgpio's does."""


class _Pulse:
    def __init__(self, on_us: int, off_us: int, cycles: int, next_s: float) -> None:
        self.on_us, self.off_us, self.cycles, self.next_s = on_us, off_us, cycles, next_s
        self.next_level = on_us > 0


class LgpioLibrary(ModuleType):
    """`run_thread()` is what the library's own thread does; a test calls it as time passes."""

    SET_PULL_NONE, SET_PULL_UP, SET_PULL_DOWN = 128, 32, 64
    RISING_EDGE, FALLING_EDGE, BOTH_EDGES = 1, 2, 3
    TX_PWM, TX_WAVE = 0, 1
    error = LgpioError

    def __init__(self, board: Pins, now: Callable[[], float]) -> None:
        super().__init__("lgpio")
        self._board = board
        self._now = now
        self._outputs: set[int] = set()
        self._pulses: dict[int, list[_Pulse]] = {}
        self.fails: set[str] = set()
        self.calls: list[str] = []

    def gpiochip_open(self, _chip: int) -> int:
        return 7

    def gpiochip_close(self, _handle: int) -> None:
        self._pulses.clear()

    def gpio_claim_input(self, _handle: int, pin: int, _flags: int = 0) -> None:
        self._called("gpio_claim_input")
        self._pulses.pop(pin, None)
        self._outputs.discard(pin)

    def gpio_claim_output(self, _handle: int, pin: int, level: int = 0, _flags: int = 0) -> None:
        self._outputs.add(pin)
        self._board.write(pin, bool(level))

    def gpio_free(self, _handle: int, pin: int) -> None:
        self._pulses.pop(pin, None)

    def gpio_get_mode(self, _handle: int, pin: int) -> int:
        return 2 if pin in self._outputs else 0

    def gpio_read(self, _handle: int, pin: int) -> int:
        return int(self._board.level(pin) if pin in self._outputs else self._board.read(pin))

    def gpio_write(self, _handle: int, pin: int, level: int) -> None:
        self._called("gpio_write")
        self._board.write(pin, bool(level))

    def tx_busy(self, _handle: int, pin: int, kind: int) -> int:
        self._called("tx_busy")
        assert kind == self.TX_PWM
        return int(pin in self._pulses)

    def tx_pulse(
        self,
        _handle: int,
        pin: int,
        pulse_on: int,
        pulse_off: int,
        pulse_offset: int = 0,
        pulse_cycles: int = 0,
    ) -> int:
        self._called("tx_pulse")
        waiting = self._pulses.get(pin)
        if waiting and not pulse_on and not pulse_off:
            del self._pulses[pin]
            return 0
        if pulse_on + pulse_off <= MIN_CYCLE_US:
            raise LgpioError("'bad PWM micros'")
        cycle_us = pulse_on + pulse_off
        into_us = round(self._now() * 1e6) % 1_000_000 % cycle_us
        start_s = self._now() + THREAD_PERIOD_S + (cycle_us - into_us + pulse_offset) / 1e6
        self._pulses.setdefault(pin, []).append(_Pulse(pulse_on, pulse_off, pulse_cycles or -1, start_s))
        return 9

    def run_thread(self) -> None:
        """All that is due by now, of the first pulse that waits for each pin."""
        for pin, (pulse, *queued) in list(self._pulses.items()):
            while pulse.next_s <= self._now():
                if pulse.next_level or not pulse.on_us:
                    if pulse.cycles == 0:
                        self._board.write(pin, False)
                        self._pulses[pin] = queued
                        if not queued:
                            del self._pulses[pin]
                        break
                    self._board.write(pin, bool(pulse.on_us))
                    pulse.next_s += (pulse.on_us or pulse.off_us) / 1e6
                    pulse.next_level = not pulse.on_us
                    pulse.cycles -= 1
                else:
                    self._board.write(pin, False)
                    pulse.next_s += pulse.off_us / 1e6
                    pulse.next_level = True

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if name in self.fails:
            raise LgpioError(f"'{name} does not work'")
