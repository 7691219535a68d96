"""The composition root: which parts a gatekeeper is made of, and how they are wired.

Nothing here runs by itself. `kiosk.gatekeeper.process` puts threads and
sockets around the parts; a simulated day calls them one by one.

What cannot be had at start (a journal that does not open, a calibration that
is not there) is a fault that screen and journal name; the gatekeeper starts
without it, and what it then cannot check refers people to staff.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from functools import partial

from drivers.pins import SharedPins
from drivers.watchdog import HardwareWatchdog
from kiosk import __version__
from kiosk.clock import Clock
from kiosk.config import Site
from kiosk.core.checkpoint import Checkpoint
from kiosk.core.commands import JsonValue
from kiosk.core.events import DeviceFaulted, Event, Started
from kiosk.core.past import Past
from kiosk.core.trips import NO_TRIP
from kiosk.credentials.bundle import TrustBundle
from kiosk.gatekeeper.backends import Backends
from kiosk.gatekeeper.board_watchdog import BoardWatchdog
from kiosk.gatekeeper.clock import TrustedClock
from kiosk.gatekeeper.contacts import contact_pollers
from kiosk.gatekeeper.device_state import DeviceState
from kiosk.gatekeeper.ending import take_all
from kiosk.gatekeeper.gate import Gate, make_relays
from kiosk.gatekeeper.journal_house import JournalHouse
from kiosk.gatekeeper.loop import Inbox, Loop
from kiosk.gatekeeper.pollers import AnyPoller
from kiosk.gatekeeper.pseudonyms import Pseudonyms
from kiosk.gatekeeper.readers import reader_pollers
from kiosk.gatekeeper.restore import past_of, salvaged_past
from kiosk.gatekeeper.sealing import Sealer
from kiosk.gatekeeper.sensors import Sensors
from kiosk.gatekeeper.slips import SlipWriter
from kiosk.gatekeeper.staff_desk import StaffDesk
from kiosk.gatekeeper.staff_register import StaffRegister, pepper_of
from kiosk.gatekeeper.time_sources import BootMark, TimeSources
from kiosk.gatekeeper.trust_desk import TrustDesk
from kiosk.gatekeeper.uplink_desk import UplinkDesk
from kiosk.journal.ballast import Ballast
from kiosk.journal.device_key import load_or_create
from kiosk.journal.epochs import Opened, open_journal, told
from kiosk.journal.errors import JournalDamaged, JournalError
from kiosk.journal.reader import JournalReader
from kiosk.journal.receipts import open_receipt
from kiosk.journal.store import Journal
from kiosk.journal.writer import JournalWriter
from kiosk.terms import Instant
from kiosk.trust.errors import TrustError
from kiosk.trust.store import TrustStore
from kiosk.wire import Message

JOURNAL_RETRY_S = 5.0


class Gatekeeper:
    """All parts of one gatekeeper. `publish` takes what the screen is to show.

    Raises OSError where the state directory cannot be used at all, and
    JournalError where the device's key cannot be read or made.
    """

    def __init__(
        self, site: Site, backends: Backends, clock: Clock, publish: Callable[[Message], None]
    ) -> None:
        self._site = site
        self.inbox = Inbox()
        mark = BootMark(site.site.state_dir / "boot_id")
        self.clock = TrustedClock(
            clock,
            borne_out=TimeSources(site.site.time_source),
            same_boot=mark.is_of_this_boot(),
            believed=mark.set,
        )
        self._pins = SharedPins(lambda: backends.pin_factory(site.gate.pin_factory))
        site.site.state_dir.mkdir(parents=True, exist_ok=True, mode=0o750)
        device_key = load_or_create(site.site.state_dir / "device.key")
        self._device_key = device_key
        self.journal = Journal(
            site.journal_path,
            site.site.device_id,
            device_key=device_key,
            make_room=lambda: self._house.make_room(),
        )
        self._house = JournalHouse(
            self.journal,
            Ballast(site.ballast_path, site.journal.reserve_mb * 1_000_000),
            self.post,
            self.clock.instant,
            timedelta(days=site.journal.retention_days),
        )
        self._opened: Opened | None = None
        self.trust = TrustStore(site.trust_path, site.uplink.trusted_root)
        self._try_journal_at_s: float | None = None
        past = self._open_journal()
        bundle = self._load_trust()
        self._pseudonyms = Pseudonyms(
            site.site.state_dir / "pseudonyms.json",
            site.zone,
            DeviceState("pseudonyms", self.clock, self.post),
        )
        self._pseudonyms.open()
        self.writer = JournalWriter(self.journal, self.post, self.clock.instant, when_idle=self._house.keep)
        self.desk = UplinkDesk(
            self.journal,
            TrustDesk(self.trust, self.post, self.clock.instant, self.clock.dated),
            device_key,
            site.hub_key,
            self.post,
            self.clock.instant,
            told=self.clock.told,
        )
        self.staff = StaffDesk(
            StaffRegister(site.site.state_dir, pepper_of(device_key)), self.post, self.clock.instant
        )
        self.gate = Gate(
            lambda: make_relays(site.gate, self._pins.factory(), clock.mono, site.lanes),
            self.clock,
            self.post,
        )
        self.board_watchdog = BoardWatchdog(_watchdog_of(site, backends), self.clock, self.post)
        self._sensors = Sensors(site, backends, clock, self.clock, self.post, publish)
        self.thermal = self._sensors.pollers
        self.pollers: list[AnyPoller] = [
            *self.thermal.values(),
            *reader_pollers(site, backends.camera, self.clock, self.post, publish),
            *contact_pollers(site, self._pins.factory, self.clock, self.post),
        ]
        self.loop = Loop(
            self._checkpoint(past, bundle),
            self.inbox,
            self.clock,
            gate=self.gate,
            thermal=self.thermal,
            submit=self.writer.submit,
            publish=publish,
            keep_house=self._keep_house,
        )
        self.post(self._started(past))
        self._miss_trip(past)

    def post(self, event: Event) -> None:
        self.inbox.post(event)

    def close(self) -> None:
        """Relays to rest, records on disk, then everything else is let go. Threads must have been joined."""
        devices = [poller.close for poller in self.pollers]
        ending = [self.gate.close, self.loop.finish, self.flush, self.journal.close]
        take_all(*ending, *devices, self._pins.close, self._sensors.close)

    @property
    def news_of_the_journal(self) -> list[str]:
        """What its opening has found, in sentences."""
        return [] if self._opened is None else told(self._opened)

    def flush(self) -> None:
        """Commit the records that wait, on the calling thread; the journal's own must have been joined."""
        while self.writer.run_once(0.0):
            pass

    def journal_is_back(self) -> bool:
        """Whether a new start can do better: a journal that did not open can be opened, or is damaged since.

        Only a new start can take one up, since it says who is inside, or set a damaged one aside.
        """
        if self.journal.is_damaged:
            return True
        if self._try_journal_at_s is None or self.clock.mono() < self._try_journal_at_s:
            return False
        self._try_journal_at_s = self.clock.mono() + JOURNAL_RETRY_S
        try:
            with JournalReader(self._site.journal_path) as journal:
                past_of(journal)
        except JournalDamaged:
            return True
        except JournalError:
            return False
        return True

    # -- parts

    def _keep_house(self, at: Instant) -> None:
        """On the loop's thread."""
        self._pseudonyms.keep_house(at)
        self.staff.keep_house(at)

    def _started(self, past: Past) -> Started:
        """What the journal is told of this start, and of how the run before ended."""
        found: dict[str, JsonValue] = {
            "version": __version__,
            "open_grants": len(past.open_grants),
            "last_passage": past.last_passage_id,
        }
        if self._opened is not None:
            found["journal"] = asdict(self._opened.found)
        return Started(self.clock.instant(), found, self._sensors.calibration)

    def _miss_trip(self, past: Past) -> None:
        """Where the driver chooses and has not: people board, and their record has no trip."""
        ride = self._site.ride
        if ride is not None and ride.trips and past.trip not in {trip.id for trip in ride.trips}:
            self._fault(NO_TRIP, "no trip has been chosen since the start; choose one on the staff page.")

    def _open_journal(self) -> Past:
        try:
            self._opened = open_journal(
                self.journal, self._site.site.device_id, self.clock.instant(), self._device_key
            )
            aside = self._opened.set_aside
            past = past_of(self.journal) if aside is None else salvaged_past(aside, self.journal.epoch)
        except JournalError as error:
            self._fault("journal", error)
            self._try_journal_at_s = self.clock.mono() + JOURNAL_RETRY_S
            return Past()
        if past.trusted_until is not None:
            self.clock.raise_floor(past.trusted_until)
        self._recall_receipt()
        return past

    def _recall_receipt(self) -> None:
        """The time of the last receipt that is kept; one that can't be read says nothing."""
        try:
            document = json.loads(self.journal.receipt or b"null")
            self.clock.told_before(open_receipt(document, self._site.hub_key).time)
        except (JournalError, ValueError, RecursionError):
            return

    def _load_trust(self) -> TrustBundle:
        try:
            bundle = self.trust.load()
        except TrustError as error:
            self._fault("keys", error)
            return TrustBundle()
        if self.trust.damage is not None:
            self._fault("keys", self.trust.damage)
        elif not bundle.keys:
            self._fault("keys", "no keys are cached yet; they come with the first connection to the hub")
        if bundle.issued_at is not None:
            self.clock.dated(bundle.issued_at)
        return bundle

    def _checkpoint(self, past: Past, bundle: TrustBundle) -> Checkpoint:
        return Checkpoint(
            self._site.rules,
            self._pseudonyms,
            bundle,
            past,
            Sealer(self._site.site.device_id),
            self._site.zone,
            self._site.ride,
            SlipWriter(self._site.site.device_id, self._site.site.name, self._device_key),
        )

    def _fault(self, name: str, detail: object) -> None:
        self.post(DeviceFaulted(self.clock.instant(), name, str(detail)))


def _watchdog_of(site: Site, backends: Backends) -> Callable[[], HardwareWatchdog] | None:
    device = site.gate.hardware_watchdog
    return partial(backends.watchdog, device, site.gate.watchdog_timeout_s) if device else None
