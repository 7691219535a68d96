"""What is done with an MLX90640 before its first subpage is read, and again when its settings were lost."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from drivers.errors import DeviceUnavailable
from drivers.mlx90640 import layout
from drivers.mlx90640.eeprom import EepromError, Parameters, majority, to_bytes
from drivers.mlx90640.eeprom_check import checked
from drivers.mlx90640.registers import Registers

EEPROM_READS = 3
STEP_LIMIT_S = 1.0
SETTING_TRIES = 3
READ_SHARE = (layout.RAM_WORDS + layout.AUX_WORDS) / layout.EEPROM_WORDS
"""Words that a subpage takes over those of the EEPROM; the few registers beside them hardly count."""

_WORDS = struct.Struct(f">{layout.EEPROM_WORDS}H")


@dataclass(frozen=True, slots=True, eq=False)
class SetUp:
    """What was found, and the `control` word as it stands now.

    `flag_down_s`: no subpage that is read from now on was complete before.
    """

    unit: Parameters
    words: tuple[int, ...]
    eeprom: bytes
    control: int
    kept_power: bool
    flag_down_s: float


def set_up(
    registers: Registers, now: Callable[[], float], control: int, period_s: float, *, marks: bool
) -> SetUp:
    """Read the EEPROM, write `control` to control register 1, and drop what lies in the RAM.

    Where it is not for this opening to mark the chip, a mark that is there stays and none is made.

    Raises DeviceUnavailable and DeviceStalled, in one sentence.
    """
    words = _read_eeprom(registers, now, period_s)
    try:
        unit = checked(words)
    except EepromError as error:
        raise DeviceUnavailable(_unusable(registers, error)) from error
    registers.deadline = now() + STEP_LIMIT_S
    kept_power = _voted_control(registers) & layout.MARKER_MASK == layout.MARKER
    if not (marks or kept_power):
        control &= ~layout.MARKER_MASK
    _write_control(registers, control)
    flag_down_s = now()
    registers.write_word(layout.STATUS, layout.CLEAR_NEW_DATA)
    return SetUp(unit, words, to_bytes(words), control, kept_power, flag_down_s)


def _read_eeprom(registers: Registers, now: Callable[[], float], period_s: float) -> tuple[int, ...]:
    """Three reads and their majority; the fastest of them says what the bus can carry.

    One slow read may be the machine's fault; three are the bus's.
    """
    reads, took_s = [], []
    for _ in range(EEPROM_READS):
        start_s = now()
        registers.deadline = start_s + STEP_LIMIT_S
        reads.append(_WORDS.unpack(registers.read(layout.EEPROM, layout.EEPROM_WORDS)))
        took_s.append(now() - start_s)
    subpage_s = min(took_s) * READ_SHARE
    if subpage_s >= period_s:
        raise DeviceUnavailable(
            f"{registers.name} needs {subpage_s * 1000:.0f} ms of the bus for each subpage, too long for "
            f"{1 / period_s:g} Hz; lower refresh_hz or raise the bus speed (dtparam=i2c_arm_baudrate)."
        )
    try:
        return majority(reads)
    except EepromError as error:
        raise DeviceUnavailable(_unusable(registers, error)) from error


def _voted_control(registers: Registers) -> int:
    """Control register 1, bit by bit what two of three reads say."""
    a, b, c = (registers.read_word(layout.CONTROL) for _ in range(3))
    return a & b | b & c | a & c


def _write_control(registers: Registers, control: int) -> None:
    for _ in range(SETTING_TRIES):
        registers.write_word(layout.CONTROL, control)
        if registers.read_word(layout.CONTROL) == control:
            return
    raise DeviceUnavailable(f"{registers.name} does not keep its settings; check its supply and wiring.")


def _unusable(registers: Registers, error: EepromError) -> str:
    return f"{registers.name} cannot be used: {error}; check its wiring and supply, then replace the sensor."
