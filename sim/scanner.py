"""A hand-held code scanner on a serial line: the kiosk's end is a pseudo-terminal.

Linux gives a pseudo-terminal a new name each time, so a scanner that is to be plugged in again at the same
name is given a `link`, which then points at the line.
"""

from __future__ import annotations

import os
import tty
from pathlib import Path
from typing import Final

CARRIAGE_RETURN: Final = b"\r"


class PtyScanner:
    """`with PtyScanner() as hand:` `hand.path` goes into site.toml, `hand.scan(payload)` sends a code.

    `link`: a path that shall lead to the line; `terminator`: what the scanner sends after each code.
    """

    def __init__(self, link: Path | None = None, *, terminator: bytes = CARRIAGE_RETURN) -> None:
        self._link = link
        self._terminator = terminator
        self._own_end: int | None = None
        self._kiosk_end: int | None = (
            None  # kept open, so that a scan waits for a kiosk that is not there yet
        )
        self._path = ""

    @property
    def path(self) -> str:
        """The device file of the line, empty before the first `replug()`."""
        return self._path

    def replug(self) -> None:
        """Plug the scanner in. Harmless when it is. Raises OSError if there is no pseudo-terminal left."""
        if self._own_end is not None:
            return
        self._own_end, self._kiosk_end = os.openpty()
        os.set_blocking(self._own_end, False)
        tty.setraw(self._kiosk_end)
        line = os.ttyname(self._kiosk_end)
        self._path = line if self._link is None else str(self._link)
        if self._link is not None:
            self._link.unlink(missing_ok=True)
            self._link.symlink_to(line)

    def unplug(self) -> None:
        """Pull the cable: a reader of the line gets an error. Harmless when it is not plugged in."""
        own_end, kiosk_end = self._own_end, self._kiosk_end
        self._own_end = self._kiosk_end = None
        if self._link is not None:
            self._link.unlink(missing_ok=True)
        for end in (own_end, kiosk_end):
            if end is not None:
                os.close(end)

    def scan(self, payload: bytes) -> None:
        """Send a code and the terminator. Nobody sees it while unplugged.

        Raises:
            BlockingIOError: the line is full, because nobody reads it.
        """
        self.send(payload + self._terminator)

    def send(self, raw: bytes) -> None:
        """Send bytes as they are."""
        rest = memoryview(raw)
        while rest and self._own_end is not None:
            rest = rest[os.write(self._own_end, rest) :]

    def __enter__(self) -> PtyScanner:
        self.replug()
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()
