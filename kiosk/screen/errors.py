"""What can go wrong in the screen process."""

from __future__ import annotations


class ScreenError(OSError):
    """The screen could not do what it was asked, for a reason that the message names."""
