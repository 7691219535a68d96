"""Calls an ASGI application in process, without an event loop, as the simulated day does."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Scope


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, whole."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


class Caller:
    """Sends requests to `app`; whatever it waits for but the request's body is an error."""

    def __init__(self, app: ASGIApp, token: str | None = None) -> None:
        self._app = app
        self._token = token

    def get(self, target: str) -> Answer:
        return self.send("GET", target)

    def post(self, target: str, body: object) -> Answer:
        return self.send("POST", target, json.dumps(body).encode())

    def send(
        self, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Answer:
        path, _, query = target.partition("?")
        given = dict(headers or {})
        if self._token is not None:
            given.setdefault("authorization", f"Bearer {self._token}")
        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        return self._run(scope, body)

    def _run(self, scope: Scope, body: bytes) -> Answer:
        sent: list[Message] = []
        waiting: list[Message] = [
            {"type": "http.request", "body": body[i : i + 65_536], "more_body": True}
            for i in range(0, len(body), 65_536)
        ]
        waiting.append({"type": "http.request", "body": b"", "more_body": False})

        async def receive() -> Message:
            return waiting.pop(0)

        async def send(message: Message) -> None:
            sent.append(message)

        coroutine: Any = self._app(scope, receive, send)
        try:
            coroutine.send(None)
        except StopIteration:
            pass
        else:
            coroutine.close()
            raise AssertionError("the application waits for something other than the request")
        headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return Answer(sent[0]["status"], headers, b"".join(m.get("body", b"") for m in sent[1:]))
