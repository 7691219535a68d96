"""An end that nothing cuts short."""

from __future__ import annotations

from collections.abc import Callable


def take_all(*steps: Callable[[], object]) -> None:
    """Take each step, in order, whatever another one raises. Raises what was raised last, in context."""
    if not steps:
        return
    first, *rest = steps
    try:
        first()
    finally:
        take_all(*rest)
