"""Every relay to rest, in a process of its own: what is run after a gatekeeper has died."""

from __future__ import annotations

import sys
import time

from drivers.errors import DeviceError
from drivers.pins import open_pin_factory
from kiosk.config import Site
from kiosk.gatekeeper.gate import make_relays


def bring_to_rest(site: Site) -> int:
    """Open and close every relay of the site: both drive it low. 0 when all of them did, else 1."""
    status = 0
    try:
        factory = open_pin_factory(site.gate.pin_factory)
    except DeviceError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for relay in make_relays(site.gate, factory, time.monotonic, site.lanes).values():
        try:
            relay.open()
            relay.close()
        except DeviceError as error:
            sys.stderr.write(f"{error}\n")
            status = 1
    return status
