"""The one exception of this package. It never leaves `verifier.verify`."""

from __future__ import annotations


class CredentialError(ValueError):
    """The bytes are not what the format demands."""
