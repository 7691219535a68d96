"""A proxy on loopback that lets requests through, or not, as its faults decide.

It understands just enough HTTP/1.1 (RFC 9112) to tell one request from the
next: a head, a body with Content-Length, one request for each connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from threading import Event, Thread
from typing import Self

from sim.network.faults import Fault, Faults

MAX_HEAD_BYTES = 65_536
MAX_BODY_BYTES = 67_108_864
_CONNECTION = re.compile(rb"\r\n(?:proxy-)?connection:[^\r]*", re.IGNORECASE)
_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]{1,12})\r\n", re.IGNORECASE)


class FaultProxy:
    """Stands before a hub in real time. `port` is known once it is open."""

    def __init__(self, target_host: str, target_port: int, faults: Faults) -> None:
        self._target = (target_host, target_port)
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
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=MAX_HEAD_BYTES)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            reply = await self._reply(await _read_request(reader))
            writer.write(reply)
            await writer.drain()
            writer.close()
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, _Cut):
            writer.transport.abort()
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _reply(self, request: bytes) -> bytes:
        verdict = self._faults.next()
        if verdict.fault in (Fault.OUTAGE, Fault.CUT):
            raise _Cut
        await asyncio.sleep(verdict.delay_s)
        if verdict.fault is Fault.SERVER_ERROR:
            return f"HTTP/1.1 {verdict.status} Simulated\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
        reply = await self._forward(request)
        if verdict.fault is Fault.LOST_REPLY:
            raise _Cut
        return reply

    async def _forward(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(*self._target)
        try:
            writer.write(request)
            await writer.drain()
            return await reader.read(-1)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


class _Cut(Exception):
    """The connection ends here."""


async def _read_request(reader: asyncio.StreamReader) -> bytes:
    """A whole request, asking the hub to close after it. Raises what the streams raise, ValueError."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = _CONTENT_LENGTH.search(head)
    size = int(length[1]) if length else 0
    if size > MAX_BODY_BYTES:
        raise ValueError("the body is too large")
    body = await reader.readexactly(size)
    return _CONNECTION.sub(b"", head[:-4]) + b"\r\nConnection: close\r\n\r\n" + body
