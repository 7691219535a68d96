"""Serves the hub's application with uvicorn, and ends within a second of SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import uvicorn
from sqlalchemy import URL

from hub.app import create_app
from hub.balance import Balanced
from hub.errors import StateError
from hub.state import ADMIN_TOKEN_FILE, HubState, open_state
from hub.tls import LiveContext, PeerProtocol, TlsOptions
from hub.workers import run_workers

_BACKLOG = 128
_LAST_WORDS_S = 1


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """Where to keep what the hub keeps, and where to listen; port 0 takes a free one.

    `database` None is a SQLite file in the folder; https with `tls`.
    """

    state_dir: Path
    host: str = "127.0.0.1"
    port: int = 8080
    ready_fd: int | None = None
    database: URL | None = None
    workers: int = 1
    tls: TlsOptions | None = None


def serve(options: ServeOptions, clock: Callable[[], datetime]) -> None:
    """Run the hub until a signal ends it. Raises HubError with a sentence when it can't start."""
    with _listen(options.host, options.port) as listener:
        state = open_state(options.state_dir, clock(), options.database)
        url = _url("http" if options.tls is None else "https", options.host, listener)

        def say_ready() -> None:
            _say_ready(url, options, state)

        try:
            if options.tls is not None:
                options.tls.check()
            if options.workers == 1:
                _run(options, state, clock, listener, say_ready)
            else:
                state.close()  # no connection is shared with a child
                say_ready()  # the socket listens: who comes now waits for the first worker
                run_workers(options.workers, lambda parent_fd: _work(options, clock, listener, parent_fd))
        finally:
            state.close()


def _work(
    options: ServeOptions, clock: Callable[[], datetime], listener: socket.socket, parent_fd: int
) -> None:
    state = open_state(options.state_dir, clock(), options.database)
    try:
        _run(options, state, clock, listener, lambda: None, parent_fd)
    finally:
        state.close()


class _Server(uvicorn.Server):
    """Says once when it serves; at the end it cuts half-sent requests, which will come again."""

    def __init__(
        self,
        config: uvicorn.Config,
        say_ready: Callable[[], None],
        parent_fd: int | None = None,
        tls: LiveContext | None = None,
    ) -> None:
        super().__init__(config)
        self._tls = tls
        self._say_ready = say_ready
        self._parent_fd = parent_fd

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self._parent_fd is not None:  # it can be read once the parent has gone
            asyncio.get_running_loop().add_reader(self._parent_fd, self._end)
        self._say_ready()

    def _end(self) -> None:
        self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second, says uvicorn."""
        if self._tls is not None and counter % 10 == 0:
            self._tls.look()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.force_exit = True
        for connection in list(self.server_state.connections):
            connection.transport.close()
        await super().shutdown(sockets=sockets)


def _run(
    options: ServeOptions,
    state: HubState,
    clock: Callable[[], datetime],
    listener: socket.socket,
    say_ready: Callable[[], None],
    parent_fd: int | None = None,
) -> None:
    app = create_app(state, clock)
    tls = None if options.tls is None else LiveContext(options.tls)
    config = uvicorn.Config(
        app if parent_fd is None else Balanced(app),
        log_level="warning",
        access_log=False,
        lifespan="off",
        server_header=False,
        http=PeerProtocol,
        ssl_context_factory=None if tls is None else tls.factory,
        timeout_graceful_shutdown=_LAST_WORDS_S,
    )
    server = _Server(config, say_ready, parent_fd, tls)
    # uvicorn raises the signal that ended it once more, for whoever handled it before
    before = {number: signal.signal(number, _ignore) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        server.run(sockets=[listener])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say_ready(url: str, options: ServeOptions, state: HubState) -> None:
    token = options.state_dir / ADMIN_TOKEN_FILE
    sys.stdout.write(f"hub at {url}  public key {state.public_key_base64}  admin token in {token}\n")
    sys.stdout.flush()
    if options.ready_fd is not None:
        os.write(options.ready_fd, f"{url}\n".encode())
        os.close(options.ready_fd)


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise StateError(
            f"can't listen on {host}: {error.strerror or error}; choose another --host"
        ) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise StateError(
            f"can't listen on {host} port {port}: {error.strerror}; choose another --port or --host"
        ) from error
    return listener


def _url(scheme: str, host: str, listener: socket.socket) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"{scheme}://{name}:{listener.getsockname()[1]}"


def _ignore(_number: int, _frame: object) -> None:
    """The server has ended already."""
