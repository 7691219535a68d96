"""What can go wrong at the hub, each with one sentence."""

from __future__ import annotations

from collections.abc import Mapping


class HubError(ValueError):
    """The base of what this package raises."""


class IssuingError(HubError):
    """A pass can't be issued with these claims, or a wallet's JSON is none."""


class StateError(HubError):
    """The state folder can't be prepared or read."""


class RequestError(HubError):
    """A request that is answered with `status` and one sentence; `extra` goes into the body beside it."""

    def __init__(self, status: int, sentence: str, extra: Mapping[str, object] | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.extra = dict(extra or {})


class HistoryChanged(RequestError):
    """A device has signed what does not fit what it had signed before: refused, and an alarm of `kind`."""

    def __init__(self, status: int, kind: str, sentence: str) -> None:
        super().__init__(status, sentence)
        self.kind = kind


class NotAdministrator(RequestError):
    """A request without the admin's token; `challenge` says how it can be given (RFC 9110, 11.6.1)."""

    def __init__(self, sentence: str, challenge: str) -> None:
        super().__init__(401, sentence)
        self.challenge = challenge
