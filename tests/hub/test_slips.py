from __future__ import annotations

import base64
import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote, urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub import slip_page
from hub.slips import ALL_BURST, BURST, MAX_FORM_BYTES, Rate, Rates
from kiosk.credentials.slip import Crew, Role, Written
from tests.credentials.slips import (
    DEVICE,
    HANDED_OVER,
    KEY,
    LARGEST,
    ORDER,
    SLIP,
    clinical,
    measured,
    written,
)
from tests.hub.asgi import Answer, Caller
from tests.hub.conftest import NOON, SetClock

FORM = {"content-type": "application/x-www-form-urlencoded"}
EVIL = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def counter(admin: Caller, clock: SetClock) -> None:
    """The kiosk at the counter is registered, and its slip was written a minute ago."""
    key = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()
    assert admin.post("/v1/devices", {"device_id": DEVICE, "public_key": key}).status == 201
    clock.now = HANDED_OVER + timedelta(minutes=1)


def check(anyone: Caller, slip: str, order: str = "") -> Answer:
    return anyone.send("POST", "/slips", urlencode({"slip": slip, "order": order}).encode(), FORM)


def test_the_page_asks_for_a_slip_and_needs_no_token(anyone: Caller) -> None:
    for target in ("/slips", "/s"):
        answer = anyone.get(target)
        assert answer.status == 200
        assert '<textarea id="slip" name="slip"' in answer.text
        assert "Genuine" not in answer.text


def test_a_genuine_slip_says_kiosk_place_time_and_temperatures(anyone: Caller) -> None:
    answer = check(anyone, written())
    assert answer.status == 200
    assert slip_page.GENUINE in answer.text
    assert slip_page.NOT_ASKED in answer.text
    for said in (DEVICE, SLIP.place, HANDED_OVER.isoformat(), "1042"):
        assert said in answer.text
    assert re.findall(r"(\d\d\.\d) °C ± (\d\.\d) °C", answer.text) == [
        ("36.5", "0.9"),
        ("36.8", "0.9"),
        ("36.7", "0.9"),
        ("36.6", "0.9"),
    ]
    assert answer.text.count("限值内 within") == 4
    assert answer.text.count("Estimate for the mouth") == 4


def test_the_order_decides_whether_it_is_this_meals_slip(anyone: Caller) -> None:
    assert slip_page.SAME_ORDER in check(anyone, written(), ORDER.lower()).text
    other = check(anyone, written(), "MT-20261128-0043").text
    assert slip_page.OTHER_ORDER in other
    assert slip_page.GENUINE not in other


def test_a_forged_slip_is_said_to_be_forged(anyone: Caller) -> None:
    forged = written(key=Ed25519PrivateKey.from_private_bytes(b"\x07" * 32))
    answer = check(anyone, forged, ORDER).text
    assert "Forged or changed" in answer
    assert "Genuine" not in answer
    assert "°C ±" not in answer.replace(forged, "")


def test_a_kiosk_that_is_not_registered_is_said_to_be_unknown(anyone: Caller) -> None:
    assert "No kiosk of that name" in check(anyone, written(replace(SLIP, device_id="counter-2"))).text


def test_a_slip_from_the_future_is_not_genuine(anyone: Caller, clock: SetClock) -> None:
    clock.now = NOON
    assert "Dated in the future" in check(anyone, written()).text


@pytest.mark.parametrize(
    "text", ["", "hello", "MS1:", written()[:-30], "HP1:6BFOXN", "\x00", "MS1:" + "A" * 4000]
)
def test_what_is_no_slip_is_said_to_be_none(text: str, anyone: Caller) -> None:
    answer = check(anyone, text)
    assert answer.status == 200
    assert "no meal safety slip" in answer.text


def test_line_breaks_and_spaces_that_copying_adds_do_not_count(anyone: Caller) -> None:
    text = written()
    for pasted in (f" {text} ", f"{text[:80]}\r\n{text[80:160]}\n{text[160:]}\n"):
        assert slip_page.GENUINE in check(anyone, pasted).text


def test_a_link_that_was_pasted_is_the_slip_that_it_holds(anyone: Caller) -> None:
    link = Written(SLIP, written(), "https://hub.example/s").shown
    assert slip_page.GENUINE in check(anyone, link).text


def test_more_people_than_are_listed_are_counted(anyone: Caller) -> None:
    many = replace(SLIP, people=(Crew(Role.COOK, 12, (measured(369),)), SLIP.people[2]))
    assert "11 more, measured no higher in the same way" in check(anyone, written(many)).text


def test_a_clinical_thermometers_value_is_called_so_and_has_no_uncertainty(anyone: Caller) -> None:
    courier = Crew(Role.COURIER, 1, (clinical(366),))
    answer = check(anyone, written(replace(SLIP, people=(*SLIP.people[:2], courier)))).text
    assert (
        "<b>36.6 °C</b><br><small>体温计复测，由工作人员测量 Clinical thermometer, taken by staff" in answer
    )
    assert answer.count("°C ±") == 3


def test_who_was_not_measured_is_said_not_to_have_been(anyone: Caller) -> None:
    nobody = replace(SLIP, people=(Crew(Role.COURIER, 1, ()),))
    assert slip_page.NOT_MEASURED in check(anyone, written(nobody)).text


def test_who_was_above_the_limit_is_said_to_have_been(anyone: Caller) -> None:
    above = replace(SLIP, people=(Crew(Role.COURIER, 1, (replace(measured(391), within_limit=False),)),))
    assert "超限 above" in check(anyone, written(above)).text


def test_what_was_pasted_and_signed_is_shown_as_text(anyone: Caller) -> None:
    evil = replace(SLIP, place=EVIL)
    for answer in (check(anyone, written(evil)), check(anyone, EVIL, f'"{EVIL}')):
        assert EVIL not in answer.text
        assert "&lt;script&gt;" in answer.text
        assert 'value=""<' not in answer.text


def test_the_page_may_load_nothing_and_send_its_form_nowhere_else(anyone: Caller) -> None:
    answer = check(anyone, written())
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert not re.search(r"(src|href)\s*=", answer.text)
    nonces = re.findall(r'nonce="([^"]+)"', answer.text)
    assert len(nonces) == 2
    assert f"'nonce-{nonces[0]}'" in policy


def test_a_form_that_is_too_large_or_none_is_refused(anyone: Caller) -> None:
    assert anyone.send("POST", "/slips", b"slip=" + b"A" * MAX_FORM_BYTES, FORM).status == 413
    assert anyone.send("POST", "/slips", b"slip=%FF%FE", FORM).status == 400
    assert anyone.send("POST", "/slips", b"&".join(b"a=1" for _ in range(9)), FORM).status == 400
    assert check(anyone, written(), "x" * 513).status == 400


def test_the_largest_slip_fits_the_form(anyone: Caller) -> None:
    assert len(urlencode({"slip": written(LARGEST), "order": quote("店" * 170)})) < MAX_FORM_BYTES
    assert check(anyone, written(LARGEST)).status == 200


def test_one_address_may_check_so_many_slips_at_once(anyone: Caller, clock: SetClock) -> None:
    for _ in range(BURST):
        assert check(anyone, "hello").status == 200
    refused = check(anyone, written())
    assert refused.status == 429
    assert refused.headers["retry-after"] == "2"
    assert "Genuine" not in refused.text
    clock.now += timedelta(seconds=2)
    assert check(anyone, written()).status == 200
    assert check(anyone, written()).status == 429


def test_a_rate_is_never_more_than_its_burst() -> None:
    rate = Rate(2, 1.0)
    assert [rate.take(NOON) for _ in range(3)] == [True, True, False]
    later = NOON + timedelta(hours=1)
    assert [rate.take(later) for _ in range(3)] == [True, True, False]
    assert not rate.take(NOON)  # a clock that was set back gives nothing


def test_many_addresses_together_are_bounded_too() -> None:
    rates = Rates()
    taken = [rates.take(f"10.0.{n // 250}.{n % 250}", NOON) for n in range(3000)]
    assert taken.count(True) == ALL_BURST
