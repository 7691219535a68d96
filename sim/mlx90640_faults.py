"""Faults of the simulated MLX90640, its supply and its bus, to be ordered by a developer or a test.

All that is random about a fault follows from a seed: the same order at the
same moment does the same damage. Bits flip in what is read, never in what is
written; dead rows are dead in the chip, and so the same at every read.
"""

from __future__ import annotations

from enum import Enum

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint16]

PIXELS, COLUMNS, ROWS = 768, 32, 24
DEAD_WORD = 0x7FFF
RAM = 0x0400
AUXILIARY = np.array([768, 776, 778, 800, 808, 810])
"""Words of the RAM, besides the pixels, from which temperatures are computed (datasheet, section 11)."""

MOST_DEAD_ROWS = 4
MORE_FLIPS = 0.5
REGISTER_FLIPS, EEPROM_FLIPS = 0.3, 0.9

OUTAGE_S, SAG_S = (0.15, 0.6), (0.4, 2.5)
SAGGING_V = (2.45, 2.8)


class Fault(Enum):
    """What a developer can do to the chip."""

    UNPLUGGED = "unplugged"
    STALLED = "stalled"
    ALL_ONES = "all_ones"
    ALL_ZEROS = "all_zeros"
    DEAD_ROWS = "dead_rows"
    BIT_FLIPS = "bit_flips"
    REPEATED_SUBPAGE = "repeated_subpage"
    TORN = "torn"
    BROWN_OUT = "brown_out"


def dead_rows(seed: int) -> npt.NDArray[np.intp]:
    """Which rows of pixels a unit loses, one to four of them."""
    rng = np.random.default_rng([0xDEAD, seed])
    count = int(rng.integers(1, MOST_DEAD_ROWS + 1))
    return np.sort(rng.choice(ROWS, count, replace=False))


def kill(ram: Words, rows: npt.NDArray[np.intp]) -> Words:
    """A copy of the RAM with every pixel of `rows` at its end stop."""
    words = ram.copy()
    words[:PIXELS].reshape(ROWS, COLUMNS)[rows] = DEAD_WORD
    return words


def flip(words: Words, address: int, rng: np.random.Generator) -> Words:
    """What a disturbed bus makes of `words` read from `address`.

    In the RAM always at least one bit of a word that counts, half of the time
    an auxiliary one where some were read; elsewhere now and then.
    """
    flipped = words.copy()
    for index in _hit(len(words), address, rng):
        flipped[index] ^= np.uint16(1 << int(rng.integers(16)))
    return flipped


def _hit(count: int, address: int, rng: np.random.Generator) -> npt.NDArray[np.intp]:
    first = address - RAM
    if not 0 <= first < PIXELS + 64:
        often = EEPROM_FLIPS if count > 1 else REGISTER_FLIPS
        return rng.integers(0, count, int(rng.poisson(often)))
    auxiliary = AUXILIARY[(first <= AUXILIARY) & (first + count > AUXILIARY)] - first
    pixels = np.arange(min(count, max(PIXELS - first, 0)))
    groups = [group for group in (auxiliary, pixels) if len(group)]
    if not groups:
        return rng.integers(0, count, 1)
    group = groups[int(rng.integers(len(groups)))]
    return rng.choice(group, min(1 + int(rng.poisson(MORE_FLIPS)), len(group)), replace=False)


class FailingSupply:
    """A supply that drops again and again from `since_s` on: out, back but too low, out, back …

    Answers for growing times only, as the chip's clock runs.
    """

    def __init__(self, seed: int, since_s: float) -> None:
        self._rng = np.random.default_rng([0xB207, seed])
        self.sagging_v = 3.3
        self.is_on = True
        self.changes_at_s = since_s

    def change(self) -> float:
        """Let the next change happen; when it was."""
        at_s = self.changes_at_s
        self.is_on = not self.is_on
        span = SAG_S if self.is_on else OUTAGE_S
        self.changes_at_s = at_s + float(self._rng.uniform(*span))
        self.sagging_v = float(self._rng.uniform(*SAGGING_V))
        return at_s
