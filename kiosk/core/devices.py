"""The names of devices: those of a further lane carry it, as `thermal@out`; the first lane has no name."""

from __future__ import annotations


def device_in(lane: str, device: str) -> str:
    """What faults and records call a lane's device."""
    return f"{device}@{lane}" if lane else device


def split_device(name: str) -> tuple[str, str]:
    """(device, lane) of such a name; the lane is empty for the first lane and for what all lanes share."""
    device, _, lane = name.partition("@")
    return device, lane
