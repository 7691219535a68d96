"""What gatekeeper lets the uplink hand in of the hub's trust: metadata, then the targets that are missing.

Nothing of it is believed: the store verifies it against the root that was
pinned, its own versions and its own time, and only a whole state comes into
force.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from kiosk.core.events import TrustChanged
from kiosk.gatekeeper.desk_request import Reply, Request, RequestError
from kiosk.terms import Instant
from kiosk.trust.metadata import MetadataFiles
from kiosk.trust.store import TrustStore


class TrustDesk:
    """Answers `trust` and `target`. `stated` is told when the hub has signed what came into force."""

    def __init__(
        self,
        store: TrustStore,
        post: Callable[[TrustChanged], None],
        now: Callable[[], Instant],
        stated: Callable[[datetime], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._post = post
        self._now = now
        self._stated = stated

    @property
    def status(self) -> dict[str, int]:
        """The versions that are in force, by role."""
        return asdict(self._store.versions)

    def offer(self, request: Request) -> Reply:
        """Raises RequestError, TrustError."""
        roots = request.get("roots")
        if not isinstance(roots, list):
            raise RequestError("The request's roots are not a list.")
        files = MetadataFiles(
            tuple(_bytes(each, "roots") for each in roots),
            *(_bytes(request.get(name), name) for name in ("timestamp", "snapshot", "targets")),
        )
        return self._settled(self._store.offer(files, self._now()))

    def take(self, request: Request) -> Reply:
        """Raises RequestError, TrustError."""
        path, text = request.get("path"), request.get("data")
        try:
            data = base64.b64decode(text if isinstance(text, str) else "?", validate=True)
        except ValueError as error:
            raise RequestError("The request's data is not base64.") from error
        if not isinstance(path, str):
            raise RequestError("The request does not name a target.")
        return self._settled(self._store.take(path, data))

    def _settled(self, missing: tuple[str, ...]) -> Reply:
        if not missing:
            bundle = self._store.bundle
            if bundle.issued_at is not None:
                self._stated(bundle.issued_at)
            self._post(TrustChanged(self._now(), bundle))
        return {"missing": list(missing), "trust": self.status}


def _bytes(text: object, name: str) -> bytes:
    if not isinstance(text, str):
        raise RequestError(f"The request's {name} is no text.")
    return text.encode(errors="replace")
