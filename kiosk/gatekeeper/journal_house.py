"""What is done for the journal while nobody waits for it: on its own thread, in small steps, a second apart.

- Retention: data and salt of entries are deleted `retention` after the hub has
  acknowledged them, by its own signed time, 256 entries a step. Whatever is not
  acknowledged stays, however old. The highest passage number among them is
  kept, and what temperatures were taken with, so that a start still knows them;
  what staff have set the site to and the driver has chosen; and the rules and
  the trust that were in force, for a replay of what is left.
- The write-ahead log is copied into the database.
- The ballast: released when an entry finds the disk full, which is the fault
  `disk`; put back when there is room for it, and then the fault is over.
- Old entries are held against their hashes, some each step.
- A log that follows a damaged one is the fault `journal_epoch` until the hub
  has acknowledged its statement of what may be lost.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from kiosk.core.events import DeviceFaulted, DeviceRecovered
from kiosk.core.in_force import in_force_then
from kiosk.core.passage import CALIBRATION_CHANGED
from kiosk.gatekeeper.device_state import Post
from kiosk.gatekeeper.restore_choices import choices_then
from kiosk.journal.ballast import Ballast
from kiosk.journal.errors import JournalDamaged, JournalError
from kiosk.journal.reader import Entry
from kiosk.journal.scrub import Scrub
from kiosk.journal.store import Journal
from kiosk.terms import Instant

PERIOD_S = 1.0
FORGET_ENTRIES = 256
ERASE_EVERY_S = 3600.0
"""How often what was deleted is wiped from the write-ahead log too."""
DISK, EPOCH = "disk", "journal_epoch"


class JournalHouse:
    """`keep` is called whenever nothing is to be recorded; `make_room` by the journal on a full disk."""

    def __init__(
        self,
        journal: Journal,
        ballast: Ballast,
        post: Post,
        now: Callable[[], Instant],
        retention: timedelta,
    ) -> None:
        self._journal = journal
        self._ballast = ballast
        self._post = post
        self._now = now
        self._retention = retention
        self._scrub = Scrub(journal)
        self._due_s = 0.0
        self._disk_is_full = False
        self._epoch_is_told = False
        self._to_erase = False
        self._erase_due_s = 0.0

    def make_room(self) -> bool:
        """The disk is full: release the ballast, once, and say so. Whether it is worth trying again."""
        freed = self._ballast.release()
        if not self._disk_is_full:
            self._disk_is_full = True
            what = "its reserve is in use" if freed else "there is no reserve left"
            detail = f"the disk of {self._journal.path.parent} is full; {what}; free space on it"
            self._post(DeviceFaulted(self._now(), DISK, detail))
        return freed

    def keep(self) -> None:
        """One step of each, if a second has passed since the last. Raises nothing."""
        at = self._now()
        if at.mono < self._due_s:
            return
        self._due_s = at.mono + PERIOD_S
        self._hold_ballast(at)
        try:
            self._tell_epoch(at)
            if at.utc_trusted:
                self._forget(at)
            self._journal.checkpoint()
            self._scrub.step()
        except JournalDamaged as error:
            if not self._journal.is_damaged:
                self._journal.suspect()
                self._post(DeviceFaulted(at, "journal", str(error)))
        except JournalError:
            return  # what is recorded next meets the same, and says so

    def _hold_ballast(self, at: Instant) -> None:
        if self._ballast.hold() and self._disk_is_full:
            self._disk_is_full = False
            self._post(DeviceRecovered(at, DISK))

    def _tell_epoch(self, at: Instant) -> None:
        if self._journal.epoch == 1:
            return
        is_open = self._journal.acknowledged == 0
        if is_open and not self._epoch_is_told:
            detail = (
                f"the journal was damaged and was begun anew as {self._journal.device_id}, which the hub "
                "takes by itself once it is connected; keep the file that was set aside"
            )
            self._post(DeviceFaulted(at, EPOCH, detail))
        elif self._epoch_is_told and not is_open:
            self._post(DeviceRecovered(at, EPOCH))
        self._epoch_is_told = is_open

    def _forget(self, at: Instant) -> None:
        start, note = self._journal.forgotten
        end = self._journal.acknowledged_by(int((at.utc - self._retention).timestamp()))
        if start < end:
            end = min(start + FORGET_ENTRIES, end)
            kept = note_of(note, self._journal.entries(start, end - start))
            self._journal.forget(end, kept)
            self._to_erase = True
        elif self._to_erase and at.mono >= self._erase_due_s:
            self._journal.checkpoint(erase=True)
            self._to_erase, self._erase_due_s = False, at.mono + ERASE_EVERY_S


def note_of(note: str, entries: list[Entry]) -> str:
    """What a start must still know of entries that are deleted, added to what was kept of those before."""
    kept: dict[str, Any] = json.loads(note) if note else {"last_passage_id": 0, "calibration": None}
    for entry in entries:
        if not isinstance(entry.data, dict):
            continue
        passage_id = entry.data.get("passage")
        if type(passage_id) is int:
            kept["last_passage_id"] = max(kept["last_passage_id"], passage_id)
        if entry.type == CALIBRATION_CHANGED:
            kept["calibration"] = entry.data.get("now")
        in_force_then(kept, entry.type, entry.data)
        choices_then(kept, entry.type, entry.data)
    return json.dumps(kept)
