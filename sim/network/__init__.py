"""The network between kiosk and hub, and what goes wrong in it."""

from __future__ import annotations

from sim.network.asgi import AsgiAdapter
from sim.network.faults import Fault, Faults, Outage, Rates
from sim.network.proxy import FaultProxy

__all__ = ["AsgiAdapter", "Fault", "FaultProxy", "Faults", "Outage", "Rates"]
