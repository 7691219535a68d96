"""What a device's logs are called.

A device has one log as long as nothing is damaged: it is called like the
device. A file that was damaged is set aside, and what is recorded from then on
is another log, with entries from 0 on and tree heads of its own: to go on
under the old name could mean to sign a second root for a size that has one. The
hub takes it for the device's own by its first entry (`epoch_statement`).
"""

from __future__ import annotations

import re

from kiosk.journal.errors import JournalError
from kiosk.terms import LONGEST_DEVICE_ID, is_device_id


def log_id(device_id: str, epoch: int) -> str:
    """The name of a device's log number `epoch` (from 1 on), which may stand in a tree head."""
    return device_id if epoch == 1 else f"{device_id}.epoch-{epoch}"


def is_log_of(name: str, device_id: str) -> bool:
    """Whether a log of this name is the device's own, its first or a later one."""
    first, _, number = name.rpartition(".epoch-")
    return name == device_id or (first == device_id and re.fullmatch("[1-9][0-9]{0,4}", number) is not None)


def device_and_epoch(name: str) -> tuple[str, int]:
    """The device whose log has this name, and which of its logs it is."""
    device_id, _, number = name.rpartition(".epoch-")
    return (device_id, int(number)) if device_id and is_log_of(name, device_id) else (name, 1)


def check_device_id(device_id: str) -> None:
    """Raises JournalError for what cannot be the name of a device."""
    if not is_device_id(device_id) or len(device_id) > LONGEST_DEVICE_ID:
        raise JournalError(
            f"site.device_id: {device_id!r} is not 1 to {LONGEST_DEVICE_ID} letters, digits, dots, "
            "underscores or hyphens."
        )
