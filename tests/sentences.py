"""What a command says of bad input, as tests ask for it."""

from __future__ import annotations

import random

GARBAGE = random.Random(7).randbytes(4096)


def sentence(text: str) -> str:
    """One line, and nothing of Python's in it."""
    assert text.count("\n") == 1, text
    assert "Traceback" not in text
    return text
