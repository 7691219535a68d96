"""The world's socket: lets a gatekeeper in another process read its sensor, camera and pins.

A request is one JSON message, `{"op": …}`; the reply is a JSON head, followed
by a body of raw bytes where the head says so. One thread a connection; the
world itself stands behind one lock.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Callable, Mapping
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from threading import RLock, Thread

from drivers.camera import Camera
from sim.i2c import Device
from sim.mlx90640_chip import Nack
from sim.pins import Board

Reply = tuple[dict[str, object], bytes]
NO_LANES: Mapping[str, tuple[Device, Callable[[], Camera]]] = {}


class WorldServer:
    """Serves until closed. `lock` is held while a request is dealt with.

    `chip` and `open_camera` are the first lane's, `further` those of the other lanes.
    """

    def __init__(
        self,
        path: Path,
        lock: RLock,
        chip: Device,
        open_camera: Callable[[], Camera],
        board: Board,
        further: Mapping[str, tuple[Device, Callable[[], Camera]]] = NO_LANES,
    ) -> None:
        self._path = path
        self._lock = lock
        self._lanes = {"": (chip, open_camera), **further}
        self._board = board
        self._listener: Listener | None = None
        self._closing = False
        self._connections: list[Connection] = []

    def start(self) -> None:
        self._listener = Listener(str(self._path), family="AF_UNIX", backlog=8)
        self._thread = Thread(target=self._accept, args=(self._listener,), name="world")
        self._thread.start()

    def close(self) -> None:
        """Hang up on every client and join the threads. Harmless when it is not open."""
        listener, self._listener = self._listener, None
        if listener is None:
            return
        self._closing = True
        Client(str(self._path), family="AF_UNIX").close()  # closing a listener does not wake its accept()
        self._thread.join()
        listener.close()

    def _accept(self, listener: Listener) -> None:
        threads = []
        while True:
            connection = listener.accept()
            if self._closing:
                break
            threads.append(Thread(target=self._serve, args=(connection,), name="world client"))
            self._connections.append(connection)
            threads[-1].start()
        connection.close()
        for open_connection in self._connections:
            _hang_up(open_connection)
        for thread in threads:
            thread.join()

    def _serve(self, connection: Connection) -> None:
        cameras: dict[str, Camera] = {}
        with connection:
            while True:
                try:
                    request = json.loads(connection.recv_bytes())
                    head, body = self._answer(request, cameras)
                    connection.send_bytes(json.dumps(head | {"body": bool(body)}).encode())
                    if body:
                        connection.send_bytes(body)
                except (OSError, EOFError):
                    return

    def _answer(self, request: dict[str, object], cameras: dict[str, Camera]) -> Reply:
        op, lane = request["op"], str(request.get("lane", ""))
        if lane not in self._lanes:
            raise OSError(f"there is no lane {lane!r}")
        if op == "frame":
            if lane not in cameras:
                cameras[lane] = self._lanes[lane][1]()
            return self._frame(cameras[lane])
        with self._lock:
            if op == "i2c":
                return self._transfer(self._lanes[lane][0], request)
            if op == "pin_write":
                self._board.write(_int(request["pin"]), bool(request["level"]))
                return {}, b""
            if op == "pin_read":
                return {"level": self._board.read(_int(request["pin"]))}, b""
        return {}, b""

    def _frame(self, camera: Camera) -> Reply:
        frame = camera.latest()
        if frame is None:
            return {}, b""
        height, width = frame.grey.shape
        return {"at_s": frame.at_s, "height": height, "width": width}, frame.grey.tobytes()

    def _transfer(self, chip: Device, request: dict[str, object]) -> Reply:
        try:
            return {}, chip.transfer(bytes.fromhex(str(request["write"])), _int(request["read"]))
        except Nack:
            return {"nack": True}, b""


def _hang_up(connection: Connection) -> None:
    """Wake a thread that waits for this client's next request. The client may be going at this moment."""
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as wire:
        wire.shutdown(socket.SHUT_RDWR)


def _int(value: object) -> int:
    if type(value) is not int:
        raise OSError("a number was expected")
    return value
