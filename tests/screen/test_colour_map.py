from __future__ import annotations

from itertools import pairwise

from kiosk.screen.colour_map import colour_table
from kiosk.screen.palette import relative_luminance


def lightness(colour: int) -> float:
    """CIE L*, 0 to 100."""
    y = relative_luminance(f"#{colour & 0xFFFFFF:06x}")
    return 116 * y ** (1 / 3) - 16 if y > 0.008856 else 903.3 * y


def test_warmer_is_always_lighter() -> None:
    steps = [lightness(colour) for colour in colour_table()]
    assert all(later > earlier for earlier, later in pairwise(steps))


def test_equal_steps_in_temperature_look_nearly_equal() -> None:
    steps = [lightness(colour) for colour in colour_table()[::16]]
    differences = [later - earlier for earlier, later in pairwise(steps)]
    assert min(differences) > 2.5
    assert max(differences) < 10


def test_there_is_an_opaque_colour_for_every_value() -> None:
    assert len(colour_table()) == 256
    assert all(colour >> 24 == 0xFF for colour in colour_table())
