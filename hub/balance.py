"""Spreads connections that stay open over several workers.

All workers accept from one socket, and whoever is idle is first. A kiosk that
drains a long log stays with the worker that it met first, which may have met
others too while the next one has nothing to do. So a worker ends a connection
after every so many answers: the kiosk comes back, and an idle worker takes it.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

ANSWERS = 16


class Balanced:
    """The application `app`, with `Connection: close` (RFC 9112, 9.6) in every 16th of its answers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._answers = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._answers += 1
        await self._app(scope, receive, _closing(send) if self._answers % ANSWERS == 0 else send)


def _closing(send: Send) -> Send:
    async def closing(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
        await send(message)

    return closing
