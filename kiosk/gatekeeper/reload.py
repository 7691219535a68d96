"""Another site file while the kiosk runs: a new start takes it up, at a moment when it costs nobody anything.

Nothing that lives is changed. Asked for it (SIGHUP), the file is read and checked whole. Where it is
wrong, all that is wrong is said to the log and recorded, the fault `configuration` stands on the screen,
and the kiosk goes on with what it has. Where it is right, the gatekeeper ends and its supervisor starts
it anew:

- within `PATIENCE_S` as soon as nobody is dealt with;
- then, in a rush, also while somebody is being measured or reads an answer: he shows his code once more;
- never while somebody has a grant, waits for a record or for an order, or photographs a slip, nor while
  a door is held open or the site is evacuated. If that lasts until `GIVES_UP_S` the new file is not
  taken up, which is said in the same way as one that is wrong.

The relays rest before the end as after it, so a reload moves none.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from kiosk.config import ConfigError, load
from kiosk.core.busy import Busy
from kiosk.core.events import DeviceFaulted
from kiosk.gatekeeper.device_state import Post
from kiosk.terms import Instant

CONFIGURATION = "configuration"
PATIENCE_S, GIVES_UP_S = 5.0, 10.0
_IN_THE_WAY = {
    Busy.OPEN: "somebody was in a passage, or a record was not on disk; reload once that is over.",
    Busy.HELD: "a door is held open by staff, or everybody is let out; release that first, then reload.",
}


class Reload:
    """`busy` says what an end would cost now. `poll_once` belongs to the loop's thread, `ask` to any."""

    def __init__(self, path: Path, busy: Callable[[], Busy], post: Post, now: Callable[[], Instant]) -> None:
        self._path = path
        self._busy = busy
        self._post = post
        self._now = now
        self._is_asked = False
        self._since_s: float | None = None

    def ask(self) -> None:
        """The file is another one; asked again, it is read again. Safe in a signal's handler."""
        self._is_asked = True

    def poll_once(self) -> bool:
        """Whether the gatekeeper is to end now, for a new start with the new file."""
        at = self._now()
        if self._is_asked:
            self._is_asked = False
            self._since_s = at.mono if self._is_right(at) else None
        if self._since_s is None:
            return False
        waited_s, busy = at.mono - self._since_s, self._busy()
        if busy is Busy.FREE or (busy is Busy.BEGUN and waited_s >= PATIENCE_S):
            self._since_s = None
            return self._is_right(at)  # it may have been edited again meanwhile
        if waited_s >= GIVES_UP_S:
            self._since_s = None
            self._refuse(at, f"{self._path}: is right and is not taken up: {_IN_THE_WAY[busy]}")
        return False

    def _is_right(self, at: Instant) -> bool:
        try:
            load(self._path)
        except ConfigError as error:
            self._refuse(at, str(error))
            return False
        return True

    def _refuse(self, at: Instant, why: str) -> None:
        sys.stderr.write(f"gatekeeper: the new configuration is not in force; the old one stays.\n{why}\n")
        self._post(DeviceFaulted(at, CONFIGURATION, why))
