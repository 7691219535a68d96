from __future__ import annotations

import pytest

from kiosk.core.events import CodeScanned
from kiosk.core.orders import Orders
from kiosk.credentials.slip import order_key
from kiosk.terms import Instant
from tests.core.playbook import MORNING, code
from tests.credentials.slips import written


def scan(payload: bytes, at_s: float = 0.0, source: str = "scanner") -> CodeScanned:
    return CodeScanned(Instant(at_s, MORNING, True), source, payload, "test")


def orders() -> Orders:
    return Orders(["scanner", "other-scanner"], within_s=30.0)


def test_an_order_is_kept_as_a_hash_alone() -> None:
    kept = orders()
    assert kept.scanned(scan(b"MT-0042"))
    assert "MT-0042" not in repr(vars(kept))
    assert kept.take("scanner", 30.0) == order_key(b"MT-0042")


def test_an_order_is_taken_once() -> None:
    kept = orders()
    kept.scanned(scan(b"MT-0042"))
    assert kept.take("scanner", 1.0) is not None
    assert kept.take("scanner", 1.0) is None


def test_an_order_that_has_waited_too_long_is_nobodys() -> None:
    kept = orders()
    kept.scanned(scan(b"MT-0042"))
    assert kept.take("scanner", 30.1) is None


def test_each_reader_has_its_own_order_and_the_newest_counts() -> None:
    kept = orders()
    kept.scanned(scan(b"1"))
    kept.scanned(scan(b"2", 1.0))
    kept.scanned(scan(b"3", 2.0, "other-scanner"))
    assert kept.take("scanner", 3.0) == order_key(b"2")
    assert kept.take("other-scanner", 3.0) == order_key(b"3")


def test_an_order_that_stays_before_the_reader_is_seen_once() -> None:
    kept = orders()
    seen = [kept.scanned(scan(b"MT-0042", at_s / 2)) for at_s in range(40)]
    assert seen == [True] + [False] * 39
    assert kept.scanned(scan(b"MT-0042", 25.0))


@pytest.mark.parametrize(
    "payload",
    [b"", b" \r\n", b"x" * 513, code(), b"HC1:6BF", written().encode()],
    ids=["empty", "blank", "too long", "pass", "certificate", "slip"],
)
def test_a_pass_a_slip_and_nothing_are_no_orders(payload: bytes) -> None:
    assert not orders().is_order(scan(payload))


def test_an_order_is_one_only_at_a_reader_of_orders() -> None:
    assert orders().is_order(scan(b"MT-0042"))
    assert orders().is_order(scan(b"x" * 512))
    assert not orders().is_order(scan(b"MT-0042", source="camera"))
