"""The one exception of this package."""

from __future__ import annotations


class TrustError(ValueError):
    """What was offered is not signed as it must be, of another shape, expired, or older than what is held."""
