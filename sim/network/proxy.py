"""A proxy on loopback that lets requests through, or not, as its faults decide.

It understands just enough HTTP/1.1 (RFC 9112) to tell one request from the
next: a head, a body with Content-Length, one request for each connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
from threading import Event, Thread
from typing import Self
from urllib.parse import urlsplit

from sim.network.faults import Fault, Faults

MAX_HEAD_BYTES = 65_536
MAX_BODY_BYTES = 67_108_864
_ROUNDS_TO_SETTLE = 10
_CONNECTION = re.compile(rb"\r\n(?:proxy-)?connection:[^\r]*", re.IGNORECASE)
_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]{1,12})\r\n", re.IGNORECASE)
_SERVER_ERROR = b"HTTP/1.1 %d Simulated\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class FaultProxy:
    """Stands before the hub at `target_url` (http) in real time. `port` is known once it is open."""

    def __init__(self, target_url: str, faults: Faults) -> None:
        target = urlsplit(target_url)
        self._target = (target.hostname, target.port or 80)
        self._faults = faults
        self._ready = Event()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open(self) -> Self:
        """Listen on a free port of loopback."""
        self._thread = Thread(target=lambda: asyncio.run(self._run()), name="fault proxy")
        self._thread.start()
        self._ready.wait()
        return self

    def close(self) -> None:
        """Cut all connections and join the thread."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(self, *_: object) -> None:
        self.close()

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.setblocking(False)
            self.port = listener.getsockname()[1]
            self._loop.add_reader(listener, self._accept, listener)
            self._ready.set()
            await self._stop.wait()
            self._loop.remove_reader(listener)
        await _settle()  # until what was just accepted is in its task's hands
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await _settle()  # until the aborted connections have let their sockets go

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection, _ = listener.accept()
            task = self._loop.create_task(self._serve(connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _serve(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=connection, limit=MAX_HEAD_BYTES)
        try:
            writer.write(await self._reply(await _read_request(reader)))
            writer.close()
            await writer.wait_closed()
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, _Cut):
            pass
        finally:
            writer.transport.abort()

    async def _reply(self, request: bytes) -> bytes:
        verdict = self._faults.next()
        if verdict.fault in (Fault.OUTAGE, Fault.CUT):
            raise _Cut
        await asyncio.sleep(verdict.delay_s)
        if verdict.fault is Fault.SERVER_ERROR:
            return _SERVER_ERROR % verdict.status
        reply = await self._forward(request)
        if verdict.fault is Fault.LOST_REPLY:
            raise _Cut
        return reply

    async def _forward(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(*self._target)
        try:
            writer.write(request)
            await writer.drain()
            return _closing(await reader.read(-1))
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


class _Cut(Exception):
    """The connection ends here."""


async def _settle() -> None:
    for _ in range(_ROUNDS_TO_SETTLE):
        await asyncio.sleep(0)


async def _read_request(reader: asyncio.StreamReader) -> bytes:
    """A whole request, asking the hub to close after it. Raises what the streams raise, ValueError."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = _CONTENT_LENGTH.search(head)
    size = int(length[1]) if length else 0
    if size > MAX_BODY_BYTES:
        raise ValueError("the body is too large")
    body = await reader.readexactly(size)
    return _closing(head + body)


def _closing(message: bytes) -> bytes:
    """The message, which says that nothing comes after it on this connection; an empty one stays empty.

    A client that is not told would send its next request into the connection's end.
    """
    head, end, body = message.partition(b"\r\n\r\n")
    return _CONNECTION.sub(b"", head) + b"\r\nConnection: close" + end + body if end else message
