"""The gatekeeper process: threads and sockets around the parts, and an orderly end.

The main thread runs the core's loop. Each poller has a thread, the journal
has one, each socket has its own. At the end the relays come to rest first;
then the records that wait go to disk; then the threads are joined, since a
thread left inside a decoder would abort the interpreter. No step hangs on
whether another one has worked. SIGHUP is another site file (`kiosk.gatekeeper.reload`).
"""

from __future__ import annotations

import pwd
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Event, Thread

from drivers.qr import use_one_thread
from kiosk.clock import SystemClock
from kiosk.config import Site
from kiosk.gatekeeper import relays_note
from kiosk.gatekeeper.backends import SYSTEM
from kiosk.gatekeeper.compose import Gatekeeper
from kiosk.gatekeeper.ending import take_all
from kiosk.gatekeeper.fault_log import FaultLog
from kiosk.gatekeeper.reload import Reload
from kiosk.gatekeeper.screen_server import FromScreen, ScreenServer
from kiosk.gatekeeper.unix_server import SocketUnavailable, UnixServer, json_requests
from kiosk.gatekeeper.uplink_desk import MAX_REQUEST_BYTES
from kiosk.gatekeeper.watchdog import Watchdog, notify
from kiosk.journal.errors import JournalError
from kiosk.supervisor import GRACE_S, end_soon, on_reload_signal, on_stop_signals
from kiosk.wire import Message, ViewMessage

JOURNAL_WAIT_S = 0.2
RELOAD_GRACE_S = 5.0
"""Nobody waits for this end, and the relays are at rest before it begins."""
SCREEN_USER, UPLINK_USER = "checkpoint-screen", "checkpoint-uplink"


def main(site: Site, site_file: Path) -> int:
    """Run until SIGTERM or SIGINT, or until another `site_file` is to be taken up. 2 when it cannot start."""
    use_one_thread()  # each poller has its own
    try:
        site.site.runtime_dir.mkdir(parents=True, exist_ok=True, mode=0o750)
        relays_note.leave(site.gate.pin_factory, site.relay_pins)
        return _Process(site, site_file, end_soon).run()
    except SocketUnavailable as error:
        sys.stderr.write(f"gatekeeper: {error}\n")
    except JournalError as error:
        sys.stderr.write(f"gatekeeper: {error}\n")
    except OSError as error:
        sys.stderr.write(
            f"gatekeeper: {error.filename}: cannot be used: {error.strerror}; "
            "correct site.state_dir or site.runtime_dir in the site file, or the folder itself.\n"
        )
    return 2


class _Process:
    """`on_end` is called when the end begins: in so many seconds it must be over, whichever part hangs."""

    def __init__(
        self, site: Site, site_file: Path, on_end: Callable[[float], None] = lambda _grace_s: None
    ) -> None:
        self._on_end = on_end
        self._stopping = Event()
        self._told_to_stop = False
        self._grace_s = GRACE_S
        self._screen = ScreenServer(site.screen_socket, self._from_screen, uids=_uids(SCREEN_USER))
        self._faults = FaultLog()
        self._gatekeeper = Gatekeeper(site, SYSTEM, SystemClock(), self._publish)
        kiosk = self._gatekeeper
        self._reload = Reload(site_file, lambda: kiosk.loop.busy, kiosk.post, kiosk.clock.instant)
        answer = json_requests(self._gatekeeper.desk.handle, max_characters=MAX_REQUEST_BYTES)
        self._uplink = UnixServer(
            site.uplink_socket, answer, uids=_uids(UPLINK_USER), max_line_bytes=MAX_REQUEST_BYTES
        )
        parts = ["loop", "journal", *(poller.name for poller in self._gatekeeper.pollers)]
        self._watchdog = Watchdog(parts, self._gatekeeper.clock.mono)
        self._journal = self._thread("journal", self._write_journal, 0.0)
        self._pollers = [
            self._thread(poller.name, poller.poll_once, poller.period_s)
            for poller in self._gatekeeper.pollers
        ]

    def run(self) -> int:
        """0 after an orderly end, which alone disarms the board's watchdog; else 1, or what was raised."""
        board_watchdog = self._gatekeeper.board_watchdog
        try:
            self._work()
            if self._told_to_stop:
                board_watchdog.disarm()
        finally:
            board_watchdog.close()
        return 0 if self._told_to_stop else 1

    def _work(self) -> None:
        """Until the end has come, with everything closed."""
        on_stop_signals(self._stop)
        on_reload_signal(self.reload)
        try:
            self._screen.open()
            self._uplink.open()
            for thread in (self._journal, *self._pollers):
                thread.start()
            notify("READY=1")
            for sentence in self._gatekeeper.news_of_the_journal:
                sys.stderr.write(f"gatekeeper: {sentence}\n")
            while not self._stopping.is_set():
                self._gatekeeper.loop.run_once()
                self._watchdog.progressed("loop")
                self._feed_watchdogs()
                if self._gatekeeper.journal_is_back():
                    sys.stderr.write("gatekeeper: the journal can be opened again; starting anew with it.\n")
                    self._halt()
                if self._reload.poll_once():
                    sys.stderr.write("gatekeeper: starting anew with the new configuration.\n")
                    self._grace_s = RELOAD_GRACE_S
                    self._stop()
        finally:
            self._end()

    def reload(self) -> None:
        """The site file is another one."""
        self._reload.ask()
        self._gatekeeper.inbox.wake()

    def _feed_watchdogs(self) -> None:
        """The service manager's and the board's, by one decision."""
        if self._watchdog.stuck():
            return
        notify("WATCHDOG=1")
        if self._watchdog.all_have_begun:
            self._gatekeeper.board_watchdog.feed()

    def _end(self) -> None:
        take_all(
            lambda: self._on_end(self._grace_s),
            self._gatekeeper.gate.close,
            self._stopping.set,
            lambda: notify("STOPPING=1"),
            lambda: _join(self._journal),
            self._gatekeeper.flush,
            *(partial(_join, thread) for thread in self._pollers),
            self._uplink.close,
            self._screen.close,
            self._gatekeeper.close,
        )

    def _stop(self) -> None:
        self._told_to_stop = True
        self._halt()

    def _halt(self) -> None:
        self._stopping.set()
        self._gatekeeper.inbox.wake()

    def _publish(self, message: Message) -> None:
        """To the screens; and, for who reads the log instead, each fault as it comes and goes."""
        self._screen.publish(message)
        if isinstance(message, ViewMessage):
            for sentence in self._faults.take(message.view):
                sys.stderr.write(f"gatekeeper: {sentence}\n")

    def _from_screen(self, message: FromScreen) -> None:
        self._gatekeeper.staff.take(message)

    def _write_journal(self) -> None:
        self._gatekeeper.writer.run_once(JOURNAL_WAIT_S)

    def _thread(self, name: str, work: Callable[[], object], period_s: float) -> Thread:
        def repeat() -> None:
            try:
                while not self._stopping.is_set():
                    work()
                    self._watchdog.progressed(name)
                    if period_s:
                        self._stopping.wait(period_s)
            finally:
                # A part that ends by itself has failed: half a gatekeeper is worse than a restarted one.
                self._halt()

        return Thread(target=repeat, name=name)


def _join(thread: Thread) -> None:
    if thread.is_alive():
        thread.join()


def _uids(user: str) -> list[int]:
    """The user that the installer makes for one of the other two processes, where there is one."""
    try:
        return [pwd.getpwnam(user).pw_uid]
    except KeyError:
        return []
