"""May the clock be believed: against the floor, against NTP, and will it survive a power cut."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from kiosk.config import Site
from kiosk.gatekeeper.clock import BUILT, CLOCKS_DIFFER_BY, LONGEST_JUMP
from kiosk.gatekeeper.finding import Finding, fail, ok, warn
from kiosk.gatekeeper.time_sources import RTC, TIME_ERROR, kernel_clock_state
from kiosk.journal.errors import JournalError
from kiosk.journal.reader import JournalReader
from kiosk.journal.receipts import open_receipt
from kiosk.trust.errors import TrustError
from kiosk.trust.store import TrustStore

RECEIPT, TIMESTAMP = "receipt", "timestamp"
LOOK_BACK_ENTRIES = 1_000


def check_clock(site: Site, now: datetime, borne_out: Callable[[], bool]) -> Finding:
    """The wall clock against the latest moment that is known to have passed, and what speaks for it."""
    floor, whence = max(_floors(site))
    text = f"{now:%Y-%m-%d %H:%M:%S} UTC, floor {floor:%Y-%m-%d %H:%M} UTC ({whence})"
    if now < floor:
        remedy = "set it: connect to a time server, or run: timedatectl set-time 'YYYY-MM-DD HH:MM:SS'"
        if whence in (RECEIPT, TIMESTAMP):
            remedy += f"; if it is right, the hub's clock was wrong: set that, and its next {whence} counts"
        return fail(
            "clock", f"{text}: it is behind, so it is not trusted and nobody is admitted by it", remedy
        )
    if now <= floor + LONGEST_JUMP:
        return ok("clock", f"{text}: trusted, as it has hardly gone on since")
    if borne_out():
        return ok("clock", f"{text}: trusted, as a time server or a clock chip bears it out")
    return fail(
        "clock",
        f"{text}: it is far ahead and nothing bears it out, so after a start it is not trusted",
        "connect to a time server or to the hub, or add a clock chip (DS3231)",
    )


def check_synchronised(kernel_state: Callable[[], int] = kernel_clock_state) -> Finding:
    part, state = "time server", kernel_state()
    if state == TIME_ERROR:
        return warn(part, "the clock is not synchronised", "see: timedatectl timesync-status")
    if state < 0:
        return warn(part, "this system does not tell whether its clock is synchronised", "see: timedatectl")
    return ok(part, "the clock is synchronised")


def check_rtc(device: Path = RTC) -> Finding:
    if device.exists():
        return ok(
            "clock chip", f"{device.name} is there; it needs its battery to keep the time without mains"
        )
    remedy = (
        "add one (DS3231, dtoverlay=i2c-rtc,ds3231), or see that a time server is reached after every start"
    )
    return warn("clock chip", "none: after a power cut the time is wrong until it is set", remedy)


def _floors(site: Site) -> Iterator[tuple[datetime, str]]:
    """Every moment that is known to have passed, and what says so, as the gatekeeper takes them."""
    yield BUILT, "build date"
    if (moment := _last_trusted(site.journal_path)) is not None:
        yield moment, "last entry at trusted time"
    with (
        contextlib.suppress(JournalError, ValueError, RecursionError),
        JournalReader(site.journal_path) as reader,
    ):
        receipt = open_receipt(json.loads(reader.receipt or b"null"), site.hub_key)
        yield receipt.time - CLOCKS_DIFFER_BY, RECEIPT
    store = TrustStore(site.trust_path, site.uplink.trusted_root)
    with contextlib.suppress(TrustError):
        if (issued_at := store.load().issued_at) is not None:
            yield issued_at - CLOCKS_DIFFER_BY, TIMESTAMP


def _last_trusted(journal: Path) -> datetime | None:
    """When the last entry at trusted time was written; None where that cannot be read."""
    try:
        with JournalReader(journal) as reader:
            start = max(reader.size - LOOK_BACK_ENTRIES, 0)
            times = [entry.time for entry in reader.entries(start, LOOK_BACK_ENTRIES) if entry.time_trusted]
    except (JournalError, ValueError, KeyError):
        return None
    return datetime.fromisoformat(times[-1]) if times else None
