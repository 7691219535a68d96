from __future__ import annotations

import pytest

from kiosk.journal.log_id import is_log_of, log_id


def test_a_devices_logs_are_its_own_whatever_their_number() -> None:
    assert all(is_log_of(log_id("gate-1", epoch), "gate-1") for epoch in (1, 2, 77, 99_999))


@pytest.mark.parametrize(
    "name", ["gate-10", "gate-1.epoch-", "gate-1.epoch-0", "gate-1.epoch-2x", "xgate-1", ""]
)
def test_another_name_is_another_devices(name: str) -> None:
    assert not is_log_of(name, "gate-1")
    assert not is_log_of("gate-1.epoch-2", "gate.1")
