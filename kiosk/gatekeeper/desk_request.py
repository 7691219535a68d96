"""The shape of what passes over the uplink's desk."""

from __future__ import annotations

Request = dict[str, object]
Reply = dict[str, object]


class RequestError(ValueError):
    """A request that does not have the shape of its operation."""
