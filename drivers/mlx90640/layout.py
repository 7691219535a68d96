"""Where things lie in an MLX90640: addresses, words, bits (datasheet 3901090640 rev. 11, section 10)."""

from __future__ import annotations

from typing import Final

ROWS: Final = 24
COLUMNS: Final = 32
PIXELS: Final = ROWS * COLUMNS

RAM: Final = 0x0400
EEPROM: Final = 0x2400
STATUS: Final = 0x8000
CONTROL: Final = 0x800D

RAM_WORDS: Final = 832
EEPROM_WORDS: Final = 832
AUX_WORDS: Final = RAM_WORDS - PIXELS
RAW_WORDS: Final = RAM_WORDS + 2
"""What a subpage is kept as: the RAM, control register 1, the subpage's number."""

RAW_CONTROL: Final = RAM_WORDS
RAW_SUBPAGE: Final = RAM_WORDS + 1

VBE: Final = 768
CP_0: Final = 776
GAIN: Final = 778
PTAT: Final = 800
CP_1: Final = 808
VDD: Final = 810
AUXILIARY: Final = (VBE, CP_0, GAIN, PTAT, CP_1, VDD)
"""Words of the RAM, beside the pixels, from which temperatures are computed."""

EEPROM_PIXELS: Final = 64
"""The first pixel's word in the EEPROM."""

LAST_SUBPAGE: Final = 0x0007
NEW_DATA: Final = 0x0008
CLEAR_NEW_DATA: Final = 0x0030
"""Written to the status register: the flag goes down, and new data may overwrite old ones."""

SUBPAGES_ON: Final = 0x0001
MARKER_MASK: Final = 0x0070
MARKER: Final = 0x0010
"""Bits 4 to 6 select a subpage, but only while bit 3 (repeat) is set, which it never is here. They
are 0 after power-on, so a 1 there says that the chip has had its supply since it was written."""
CHESS: Final = 0x1000

DEAD_WORD: Final = 0x7FFF
REFRESH_CODES: Final = {0.5: 0, 1.0: 1, 2.0: 2, 4.0: 3, 8.0: 4, 16.0: 5, 32.0: 6, 64.0: 7}
"""Subpages per second against the code in control register 1."""
RESOLUTION_CODES: Final = {16: 0, 17: 1, 18: 2, 19: 3}
"""Bits of the ADC against the code in control register 1."""


def control_word(refresh_hz: float, resolution_bits: int) -> int:
    """Control register 1 as this driver sets it: subpages on, chess pattern, marker."""
    refresh, resolution = REFRESH_CODES[refresh_hz], RESOLUTION_CODES[resolution_bits]
    return CHESS | resolution << 10 | refresh << 7 | MARKER | SUBPAGES_ON
