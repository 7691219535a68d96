from __future__ import annotations

import re
from datetime import timedelta

import numpy as np
import zxingcpp

from hub.issuing import Pass
from hub.pages import code_svg
from tests.hub.asgi import Caller
from tests.hub.conftest import NOON, SetClock
from tests.hub.devices import FakeDevice
from tests.hub.test_app import GREEN

EVIL = "<script>alert(1)</script>"


def draw(svg: str) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """The rectangles of the page's SVG as a picture, eight pixels a module."""
    size = int(re.findall(r'viewBox="0 0 (\d+) ', svg)[0])
    picture = np.full((size, size), 255, np.uint8)
    for x, y, w, h in re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)h-\d+Z", svg):
        picture[int(y) : int(y) + int(h), int(x) : int(x) + int(w)] = 0
    return np.kron(picture, np.ones((8, 8), np.uint8))


def test_the_picture_on_the_page_is_the_code_of_the_moment(admin: Caller, clock: SetClock) -> None:
    wallet = Pass.from_wallet(admin.post("/v1/passes", GREEN).json())
    for later in (0, 40):
        clock.now = NOON + timedelta(seconds=later)
        (found,) = zxingcpp.read_barcodes(draw(admin.get(f"/p/{wallet.pass_id}").text))
        assert found.text == wallet.code_at(clock.now)


def test_the_phone_is_told_how_long_a_code_lasts(admin: Caller, clock: SetClock) -> None:
    wallet = Pass.from_wallet(admin.post("/v1/passes", GREEN).json())
    clock.now = NOON + timedelta(seconds=41)
    answer = admin.get(f"/p/{wallet.pass_id}/code")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {"svg": code_svg(wallet.code_at(clock.now)), "remaining_s": 19, "said": ""}


def test_a_page_says_when_its_pass_is_over_or_has_not_begun(admin: Caller, clock: SetClock) -> None:
    wallet = Pass.from_wallet(admin.post("/v1/passes", GREEN).json())
    clock.now = NOON + timedelta(days=2)
    assert "Expired" in admin.get(f"/p/{wallet.pass_id}").text
    clock.now = NOON - timedelta(days=2)
    assert "Not valid yet" in admin.get(f"/p/{wallet.pass_id}").text


def test_what_a_name_holds_is_shown_as_text(admin: Caller) -> None:
    wallet = admin.post("/v1/passes", GREEN | {"masked_name": EVIL[:24]}).json()
    page = admin.get(f"/p/{wallet['pass_id']}").text
    assert EVIL[:24] not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_list_shows_devices_and_entries_as_text(admin: Caller, device: FakeDevice) -> None:
    device.record(2, note=EVIL)
    admin.post("/v1/logs/gate-1/entries", device.batch())
    answer = admin.get("/")
    assert EVIL not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert answer.text.count("checkpoint.decision") == 2
    assert device.root().hex() in answer.text


def test_the_list_of_an_empty_hub_is_a_page(admin: Caller) -> None:
    assert "Newest 0 of 0 entries" in admin.get("/").text


def test_a_page_loads_nothing_from_outside(admin: Caller) -> None:
    wallet = admin.post("/v1/passes", GREEN).json()
    for target in ("/", f"/p/{wallet['pass_id']}"):
        answer = admin.get(target)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert not re.search(r"(src|href)\s*=", answer.text)
        assert re.findall(r"https?://[^\"]+", answer.text) in ([], ["http://www.w3.org/2000/svg"])
