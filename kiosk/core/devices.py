"""The names of devices: those of a further lane carry it, as `thermal@out`; the first lane has no name."""

from __future__ import annotations

OF_A_LANE = frozenset(
    {"thermal", "drift", "door", "passage", "request_to_exit", "blackbody", "calibration", "oral_model"}
)
"""What each lane has of its own; a reader is its access point's, and the other devices are the site's."""


def device_in(lane: str, device: str) -> str:
    """What faults and records call a lane's device."""
    return f"{device}@{lane}" if lane else device


def split_device(name: str) -> tuple[str, str]:
    """(device, lane) of such a name; the lane is empty for the first lane and for what all lanes share."""
    device, _, lane = name.partition("@")
    return device, lane
