"""Hands what the mirror holds to gatekeeper: the metadata first, then the targets that it asks for."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from kiosk.uplink.errors import DeskRefused
from kiosk.uplink.trust_mirror import TrustMirror

MOST_TARGETS = 2048


def hand_in(mirror: TrustMirror, status: dict[str, Any], request: Callable[..., dict[str, Any]]) -> None:
    """Nothing where gatekeeper's `status` says that it holds as much.

    Raises what `request` raises, OSError, TrustError.
    """
    held = status["trust"]
    if (held["root"], held["timestamp"]) == mirror.versions:
        return
    files = mirror.metadata_after(held["root"])
    reply = request(
        op="trust",
        roots=[root.decode() for root in files.roots],
        timestamp=files.timestamp.decode(),
        snapshot=files.snapshot.decode(),
        targets=files.targets.decode(),
    )
    for _ in range(MOST_TARGETS):
        if not reply["missing"]:
            return
        path = str(reply["missing"][0])
        data = base64.b64encode(mirror.target(path)).decode()
        reply = request(op="target", path=path, data=data)
    raise DeskRefused("Gatekeeper asks for targets without end.")
