"""A Unix socket of gatekeeper: lines up, lines down, and nobody is waited for.

One thread serves all clients. A client is let in when the kernel says that it
runs under gatekeeper's own user or one of those named (SO_PEERCRED). One that
sends a longer line than allowed, or reads so slowly that more than allowed
piles up, is dropped; it may connect again.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import selectors
import socket
import stat
import struct
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Lock, Thread
from typing import Self

from kiosk.trust import strict_json

SOCKET_MODE = 0o660
_READ_BYTES = 65_536
_CREDENTIALS = struct.Struct("3i")  # struct ucred: pid, uid, gid (unix(7))


class SocketUnavailable(OSError):
    """The socket cannot be served; the sentence says why and what to do."""


class _Client:
    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.received = bytearray()
        self.waiting = bytearray()


class UnixServer:
    """Serves `path` from `open` to `close`."""

    def __init__(
        self,
        path: Path,
        on_line: Callable[[bytes], bytes | None],
        *,
        greeting: Callable[[], bytes] = lambda: b"",
        uids: Iterable[int] = (),
        max_line_bytes: int = 65_536,
        max_waiting_bytes: int = 4_194_304,
        max_clients: int = 8,
    ) -> None:
        """`on_line` takes a line without its newline and may give bytes to answer with; it runs on the
        server's thread and raises nothing. `greeting` gives what a new client is sent first. `uids` are
        let in besides gatekeeper's own.
        """
        self._path = path
        self._on_line = on_line
        self._greeting = greeting
        self._uids = frozenset(uids)
        self._max_line_bytes = max_line_bytes
        self._max_waiting_bytes = max_waiting_bytes
        self._max_clients = max_clients
        self._clients: dict[int, _Client] = {}
        self._lock = Lock()
        self._running: _Running | None = None

    def open(self) -> Self:
        """Bind the socket and start the thread. Raises SocketUnavailable."""
        self._running = _Running(_bind(self._path))
        self._thread = Thread(target=self._serve, args=(self._running,), name=f"socket {self._path.name}")
        self._thread.start()
        return self

    def close(self) -> None:
        """Drop all clients, remove the socket file, join the thread."""
        with self._lock:
            running, self._running = self._running, None
        if running is None:
            return
        running.stopping = True
        running.wake()
        self._thread.join()
        running.close(self._path)

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def client_count(self) -> int:
        with self._lock:
            return len(self._clients)

    def broadcast(self, line: bytes) -> None:
        """Send a line, its newline included, to every client. Never waits; from any thread."""
        with self._lock:
            for client in self._clients.values():
                client.waiting += line
            if self._running is not None:
                self._running.wake()

    def _serve(self, running: _Running) -> None:
        while not running.stopping:
            for key, events in running.selector.select():
                if key.data is None:
                    self._accept(running)
                elif isinstance(key.data, _Client):
                    self._attend(running, key.data, events)
                else:
                    running.drain()
            self._settle(running)
        for client in list(self._clients.values()):
            self._drop(running, client)

    def _accept(self, running: _Running) -> None:
        try:
            connection, _ = running.listener.accept()
        except OSError:
            return
        if not self._may_enter(connection) or len(self._clients) >= self._max_clients:
            connection.close()
            return
        connection.setblocking(False)
        client = _Client(connection)
        with self._lock:
            self._clients[connection.fileno()] = client
        greeting = self._greeting()  # after the client is known: nothing is broadcast past it
        with self._lock:
            client.waiting += greeting
        running.selector.register(connection, selectors.EVENT_READ, client)

    def _may_enter(self, connection: socket.socket) -> bool:
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        _, uid, _ = _CREDENTIALS.unpack(credentials)
        return uid == os.geteuid() or uid in self._uids

    def _attend(self, running: _Running, client: _Client, events: int) -> None:
        try:
            if events & selectors.EVENT_WRITE:
                self._send(client)
            if events & selectors.EVENT_READ and not self._receive(client):
                self._drop(running, client)
        except BlockingIOError:
            pass
        except OSError:
            self._drop(running, client)

    def _send(self, client: _Client) -> None:
        with self._lock:
            sent = client.connection.send(client.waiting)
            del client.waiting[:sent]

    def _receive(self, client: _Client) -> bool:
        """Deal with what has come in. False when the client has gone or has broken the rules."""
        received = client.connection.recv(_READ_BYTES)
        client.received += received
        *lines, rest = client.received.split(b"\n")
        client.received = bytearray(rest)
        for line in lines:
            if len(line) > self._max_line_bytes or len(client.waiting) > self._max_waiting_bytes:
                return False
            answer = self._on_line(bytes(line))
            if answer is not None:
                with self._lock:
                    client.waiting += answer
        return bool(received) and len(rest) <= self._max_line_bytes

    def _settle(self, running: _Running) -> None:
        """After every round: drop who reads too slowly, watch for room where something waits."""
        with self._lock:
            states = [(client, len(client.waiting)) for client in self._clients.values()]
        for client, waiting_bytes in states:
            if waiting_bytes > self._max_waiting_bytes:
                self._drop(running, client)
                continue
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if waiting_bytes else 0)
            if running.selector.get_key(client.connection).events != events:
                running.selector.modify(client.connection, events, client)

    def _drop(self, running: _Running, client: _Client) -> None:
        running.selector.unregister(client.connection)
        with self._lock:
            del self._clients[client.connection.fileno()]
        client.connection.close()


class _Running:
    """What exists while the server is open: the listener, its selector, and a pipe to wake the thread."""

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.stopping = False
        self._inode = os.stat(listener.getsockname()).st_ino
        self._wake_out, self._wake_in = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self.selector = selectors.DefaultSelector()
        self.selector.register(listener, selectors.EVENT_READ, None)
        self.selector.register(self._wake_out, selectors.EVENT_READ, self)

    def wake(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake_in, b"\n")

    def drain(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake_out, _READ_BYTES)

    def close(self, path: Path) -> None:
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_ino == self._inode:  # not another's, who has taken the place meanwhile
                path.unlink()
        self.selector.close()
        self.listener.close()
        os.close(self._wake_in)
        os.close(self._wake_out)


def json_requests(
    handle: Callable[[dict[str, object]], dict[str, object]], *, max_characters: int, max_depth: int = 8
) -> Callable[[bytes], bytes]:
    """An `on_line` that answers each JSON object by another, and anything else by an `error`."""

    def answer(line: bytes) -> bytes:
        try:
            request = strict_json.loads(line, max_characters=max_characters, max_depth=max_depth)
        except strict_json.JsonError as error:
            return _line({"error": f"The request cannot be read: {error}."})
        if not isinstance(request, dict):
            return _line({"error": "A request is a JSON object."})
        return _line(handle(request))

    return answer


def _line(reply: dict[str, object]) -> bytes:
    return json.dumps(reply, separators=(",", ":")).encode() + b"\n"


def _bind(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        _remove_stale(path)
        listener.bind(str(path))
        path.chmod(SOCKET_MODE)  # before listen(): until then nobody can connect
        listener.listen()
    except SocketUnavailable:
        listener.close()
        raise
    except OSError as error:
        listener.close()
        raise SocketUnavailable(f"{path}: the socket cannot be made: {error.strerror or error}.") from error
    listener.setblocking(False)
    return listener


def _remove_stale(path: Path) -> None:
    try:
        is_socket = stat.S_ISSOCK(path.lstat().st_mode)
    except FileNotFoundError:
        return
    if not is_socket:
        raise SocketUnavailable(f"{path}: is not a socket; move the file away or choose another folder.")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        refused = probe.connect_ex(str(path)) == errno.ECONNREFUSED
    if not refused:
        raise SocketUnavailable(f"{path}: another process serves this socket; end it first.")
    path.unlink()
