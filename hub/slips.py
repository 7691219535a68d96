"""Meal safety slips: the page on which a customer checks one.

    GET  /slips, /s     the page; the script takes a slip from behind the `#`, where no server sees it
    POST /slips         slip, order (a form) -> the page with the answer

Without the script the page works as a plain form. Only what the kiosk has
signed is shown, all of it as text; an order's number is compared and forgotten.
Of a genuine slip the page says too whether the kiosk's entry of it has arrived
here: whoever holds the slip could tell that the entry exists, so this tells
nobody more than he knows, and nothing else of the entry is shown.

What anybody may ask for is bounded: a form of `MAX_FORM_BYTES`, `BURST` checks
at once and one more each `RENEWED_S` for an address, `ALL_BURST` for all of
them together in each process of the hub.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from urllib.parse import parse_qs

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub import slip_page
from hub.errors import RequestError
from hub.state import HubState
from hub.store import Store
from hub.web import read_body
from kiosk.credentials.credential import Refusal
from kiosk.credentials.slip import MAX_ORDER_BYTES, Slip, open_slip, text_of
from kiosk.terms import is_device_id

MAX_FORM_BYTES = 8192
MAX_FIELDS = 4
BURST, RENEWED_S = 20, 2.0
ALL_BURST, ALL_RENEWED_S = 100, 0.01
MAX_ADDRESSES = 1024
_BREAKS = dict.fromkeys(map(ord, "\r\n\t"))

Clock = Callable[[], datetime]


def routes(state: HubState, clock: Clock) -> list[Route]:
    slips = _Slips(state.store, clock)
    return [
        Route("/slips", slips.ask),
        Route("/s", slips.ask),
        Route("/slips", slips.check, methods=["POST"]),
    ]


class Rate:
    """So many at once, and one more each `renewed_s` (a token bucket)."""

    def __init__(self, burst: int, renewed_s: float) -> None:
        self._burst = burst
        self._renewed_s = renewed_s
        self._left = float(burst)
        self._at: datetime | None = None

    def take(self, now: datetime) -> bool:
        """Whether one more is within the rate, which it then counts towards."""
        since_s = 0.0 if self._at is None else max(0.0, (now - self._at).total_seconds())
        self._at = now
        self._left = min(float(self._burst), self._left + since_s / self._renewed_s)
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


class Rates:
    """A rate for each address, of the `MAX_ADDRESSES` that came last, and one for all of them."""

    def __init__(self) -> None:
        self._all = Rate(ALL_BURST, ALL_RENEWED_S)
        self._each: OrderedDict[str, Rate] = OrderedDict()

    def take(self, address: str, now: datetime) -> bool:
        rate = self._each.setdefault(address, Rate(BURST, RENEWED_S))
        self._each.move_to_end(address)
        if len(self._each) > MAX_ADDRESSES:
            self._each.popitem(last=False)
        return rate.take(now) and self._all.take(now)


class _Slips:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._rates = Rates()

    async def ask(self, _request: Request) -> Response:
        return slip_page.empty()

    async def check(self, request: Request) -> Response:
        now = self._clock()
        text, order = _read_form(await read_body(request, MAX_FORM_BYTES))
        address = request.client.host if request.client else ""
        if not self._rates.take(address, now):
            return slip_page.too_many(round(RENEWED_S))
        result, as_written = self._open(text, now)
        if isinstance(result, Refusal):
            return slip_page.refused(result.reason, text, order)
        is_recorded = self._store.has_slip(result.device_id, as_written)
        return slip_page.genuine(result, text, order, is_recorded=is_recorded)

    def _open(self, text: str, now: datetime) -> tuple[Slip | Refusal, str]:
        """What was pasted, without what copying has added: line breaks, and perhaps spaces around it."""
        text = text_of(text.translate(_BREAKS))
        as_it_is = open_slip(text.encode(), self._key, now)
        if isinstance(as_it_is, Slip):
            return as_it_is, text
        trimmed = open_slip(text.strip().encode(), self._key, now)
        return (trimmed, text.strip()) if isinstance(trimmed, Slip) else (as_it_is, text)

    def _key(self, device_id: str) -> Ed25519PublicKey | None:
        device = self._store.device(device_id) if is_device_id(device_id) else None
        return None if device is None else Ed25519PublicKey.from_public_bytes(device.public_key)


def _read_form(body: bytes) -> tuple[str, str]:
    """The fields `slip` and `order`. Raises RequestError 400."""
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError as error:
        raise RequestError(400, "the body is not the form of this page") from error
    slip, order = fields.get("slip", [""])[0], fields.get("order", [""])[0]
    if len(order.encode()) > MAX_ORDER_BYTES:
        raise RequestError(400, f"an order's number has at most {MAX_ORDER_BYTES} bytes")
    return slip, order.strip()
