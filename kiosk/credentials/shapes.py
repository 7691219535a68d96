"""Values of signed claims held to their type and bounds; each raises CredentialError."""

from __future__ import annotations

from kiosk.credentials.errors import CredentialError


def whole(value: object, low: int, high: int) -> int:
    """An integer from low to high; True is none."""
    if type(value) is not int or not low <= value <= high:
        raise CredentialError(f"not an integer from {low} to {high}")
    return value


def byte_string(value: object, length: int) -> bytes:
    """A string of exactly `length` bytes."""
    if type(value) is not bytes or len(value) != length:
        raise CredentialError(f"not a string of {length} bytes")
    return value
