"""The colours of temperature: from black through violet and rose to cream, lighter is warmer.

Magma (Smith and van der Walt, matplotlib, CC0), interpolated between nine of
its colours. It is perceptual: equal steps in temperature are nearly equal
steps in lightness, so it reads the same in grey and to a colour-blind person.
It keeps clear of the green, amber and red that mean an outcome.
"""

from __future__ import annotations

ANCHORS = (0x000004, 0x1D1147, 0x51127C, 0x832681, 0xB63679, 0xE65164, 0xFB8861, 0xFEC287, 0xFCFDBF)


def _channel(colour: int, shift: int) -> int:
    return (colour >> shift) & 0xFF


def colour_of(value: int) -> int:
    """The colour 0xAARRGGBB, opaque, of a value from 0 to 255."""
    position = value / 255 * (len(ANCHORS) - 1)
    index = min(int(position), len(ANCHORS) - 2)
    part = position - index
    mixed = 0xFF
    for shift in (16, 8, 0):
        low, high = _channel(ANCHORS[index], shift), _channel(ANCHORS[index + 1], shift)
        mixed = (mixed << 8) | round(low + (high - low) * part)
    return mixed


def colour_table() -> list[int]:
    """All 256 colours, for an indexed QImage."""
    return [colour_of(value) for value in range(256)]
