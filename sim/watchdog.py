"""The simulated board's watchdog, as a program sees it through a file descriptor.

Each write, each ioctl and the closing of the descriptor cross a Unix socket of packets: a
packet is what write(2) was given, or an ioctl that waits for its reply. So the board learns
of a holder that was killed as a kernel does, by its descriptor. The rules are those of Linux,
Documentation/watchdog/watchdog-api.rst. Not fed in time, the board is reset.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

from drivers.watchdog import Kernel

IDENTITY = b"Broadcom BCM2835 Watchdog timer"
KEEPALIVE, MAGIC_CLOSE, SETS_TIMEOUT = 0x8000, 0x0100, 0x0080
POLL_S = 0.02
_IOCTL, _REPLY = struct.Struct("=6sI"), struct.Struct("=i")
_IS_IOCTL = b"ioctl\0"
_LONGEST = 256


def _number(direction: int, command: int, size: int) -> int:
    """asm-generic/ioctl.h: two bits of direction, fourteen of size, eight of type, eight of number."""
    return direction << 30 | size << 16 | ord("W") << 8 | command


READS, WRITES = 2, 1
SUPPORT = _number(READS, 0, 40)
SET_TIMEOUT = _number(READS | WRITES, 6, 4)
GET_TIMEOUT = _number(READS, 7, 4)


class SimWatchdog:
    """Takes a time of up to `longest_s`. `feeds`, `disarms` and `resets` are the moments of each."""

    def __init__(
        self,
        now: Callable[[], float],
        on_reset: Callable[[], None] = lambda: None,
        *,
        timeout_s: int = 15,
        longest_s: int = 3600,
        stays_armed: bool = False,
    ) -> None:
        self._now = now
        self._on_reset = on_reset
        self._longest_s = longest_s
        self._stays_armed = stays_armed
        self._line: socket.socket | None = None
        self._said_goodbye = False
        self._fed_at_s: float | None = None
        self.timeout_s = timeout_s
        self.feeds: list[float] = []
        self.disarms: list[float] = []
        self.resets: list[float] = []
        self.breaks_with = 0

    @property
    def is_armed(self) -> bool:
        return self._fed_at_s is not None

    @property
    def is_held(self) -> bool:
        return self._line is not None

    @property
    def line(self) -> socket.socket | None:
        """The board's end of what its holder writes to."""
        return self._line

    def attach(self, line: socket.socket) -> None:
        """Somebody opens it."""
        line.setblocking(False)
        self._line = line
        self._said_goodbye = False
        self._feed()

    def take_all(self) -> None:
        """All that its holder has written, asked or closed by now."""
        while self._line is not None:
            try:
                packet = self._line.recv(_LONGEST)
            except BlockingIOError:
                return
            if not packet:
                self._let_go()
            elif packet.startswith(_IS_IOCTL):
                self._line.send(self._answer(packet))
            else:
                self._said_goodbye = b"V" in packet
                self._feed()

    def poll_once(self) -> None:
        """Reset the board if its time is over; nothing feeds it any more then, until it is opened again."""
        self.take_all()
        if self._fed_at_s is None or self._now() - self._fed_at_s < self.timeout_s:
            return
        self.resets.append(self._now())
        self._fed_at_s = None
        line, self._line = self._line, None
        if line is not None:
            line.close()
        self._on_reset()

    def _feed(self) -> None:
        self._fed_at_s = self._now()
        self.feeds.append(self._fed_at_s)

    def _let_go(self) -> None:
        assert self._line is not None
        self._line.close()
        self._line = None
        if self._said_goodbye and not self._stays_armed:
            self._fed_at_s = None
            self.disarms.append(self._now())

    def _answer(self, packet: bytes) -> bytes:
        _, request = _IOCTL.unpack_from(packet)
        argument = packet[_IOCTL.size :]
        if self.breaks_with:
            return _REPLY.pack(self.breaks_with)
        if request == SUPPORT:
            return _REPLY.pack(0) + struct.pack("=II32s", KEEPALIVE | MAGIC_CLOSE | SETS_TIMEOUT, 0, IDENTITY)
        if request == SET_TIMEOUT:
            (asked_s,) = struct.unpack("=i", argument)
            if not 1 <= asked_s <= self._longest_s:
                return _REPLY.pack(errno.EINVAL)
            self.timeout_s = asked_s
            self._feed()
        elif request != GET_TIMEOUT:
            return _REPLY.pack(errno.ENOTTY)
        return _REPLY.pack(0) + struct.pack("=i", self.timeout_s)


def ask(descriptor: int, request: int, argument: bytes, until_answered: Callable[[], None]) -> bytes:
    """ioctl(2) from the holder's end of the line."""
    os.write(descriptor, _IOCTL.pack(_IS_IOCTL, request) + argument)
    until_answered()
    reply = os.read(descriptor, _LONGEST)
    (number,) = _REPLY.unpack_from(reply) if reply else (errno.ENODEV,)
    if number:
        raise OSError(number, os.strerror(number))
    return reply[_REPLY.size :]


def kernel_of(board: SimWatchdog) -> Kernel:
    """What a driver in this process opens it through."""

    def open_(_path: str) -> int:
        board.take_all()
        if board.is_held:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        board.attach(ours)
        return theirs.detach()

    def ioctl(descriptor: int, request: int, argument: bytes) -> bytes:
        return ask(descriptor, request, argument, board.take_all)

    return Kernel(open_, ioctl)


class WatchdogServer:
    """The board's watchdog in real time, for a program in another process: it opens `path`, a Unix socket."""

    def __init__(self, path: Path, board: SimWatchdog) -> None:
        self._path = path
        self._board = board
        self._closing = Event()
        self._thread = Thread(target=self._run, name="watchdog")

    def __enter__(self) -> WatchdogServer:
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(str(self._path))
        self._listener.listen()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._thread.join()
        self._listener.close()
        if self._board.line is not None:
            self._board.line.close()

    def _run(self) -> None:
        while not self._closing.is_set():
            line = self._board.line
            ready, _, _ = select.select([self._listener, *([line] if line else [])], [], [], POLL_S)
            self._board.poll_once()
            if self._listener in ready:
                self._let_in(self._listener.accept()[0])

    def _let_in(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError):
            line.send(_REPLY.pack(errno.EBUSY if self._board.is_held else 0))
        if self._board.is_held:
            line.close()
        else:
            self._board.attach(line)


def open_over_socket(path: str) -> int:
    """open(2) of the watchdog that a `WatchdogServer` serves at `path`."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as line:
        line.connect(path)
        (number,) = _REPLY.unpack(line.recv(_REPLY.size))
        if number:
            raise OSError(number, os.strerror(number))
        return line.detach()


def ioctl_over_socket(descriptor: int, request: int, argument: bytes) -> bytes:
    return ask(descriptor, request, argument, lambda: None)
