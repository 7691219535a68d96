"""The one exception of this package."""

from __future__ import annotations


class TrustError(ValueError):
    """A document is not signed by the hub, not of the right shape, or older than the one in force."""
