"""What is wrong with a site's hardware watchdog, a sentence each."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kiosk.config.sections import Site
from kiosk.config.sentences import shown

# The kernel's, or a simulated board's. /dev/watchdog is the first one too, but the unit may not open it.
_WATCHDOG = re.compile(r"/dev/watchdog\d{1,3}|[a-z]+:.+")


def contradicting_watchdog(site: Site) -> Iterator[str]:
    device, timeout_s = site.gate.hardware_watchdog, site.gate.hardware_watchdog_s
    if device and not _WATCHDOG.fullmatch(device):
        yield (
            f"gate.hardware_watchdog: {shown(device)} is no watchdog of the kernel; write '/dev/watchdog0', "
            "or leave it out."
        )
    if not device and timeout_s is not None:
        yield (
            f"gate.hardware_watchdog_s: {timeout_s} counts for nothing without a watchdog; write "
            "hardware_watchdog = '/dev/watchdog0', or remove it."
        )
