"""The hub's pages: a pass on a phone, the list of devices and entries; what all of them have in common.

Each is one document without anything from outside; what it shows is escaped,
and its Content-Security-Policy allows only the style and script of its own.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from html import escape
from importlib.resources import files
from string import Template

import zxingcpp
from starlette.responses import HTMLResponse

from hub.alarms import Alarm
from hub.issuing import Pass
from hub.store import Device, StoredEntry
from kiosk.credentials import cbor, cose
from kiosk.credentials.claims import Claims, read_claims
from kiosk.credentials.credential import Colour
from kiosk.credentials.rotation import SLOT_S

REFRESH_S = 5
MAX_DATA_CHARACTERS = 400

_NAMES = {Colour.GREEN: "绿码 Green", Colour.YELLOW: "黄码 Yellow", Colour.RED: "红码 Red"}
_SHADES = {Colour.GREEN: "#007a33", Colour.YELLOW: "#e0a800", Colour.RED: "#c8102e"}
_SIZE = re.compile(r'<svg width="(\d+)"')
_MODULES = re.compile(r' d="([MZhv0-9 -]+)"')


def code_svg(text: str) -> str:
    """The QR code (level M, quiet zone of 4 modules) as an SVG element without a size of its own."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    svg = zxingcpp.write_barcode_to_svg(barcode)
    size, modules = _SIZE.search(svg), _MODULES.search(svg)
    if size is None or modules is None:
        raise RuntimeError("zxing-cpp writes its SVG in another form than expected")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[1]} {size[1]}" role="img">'
        f'<path fill="#fff" d="M0 0h{size[1]}v{size[1]}H0z"/><path d="{modules[1]}"/></svg>'
    )


def code_json(shown: Pass, now: datetime) -> dict[str, object]:
    """What the phone asks for every few seconds: `{"svg", "remaining_s", "said"}`."""
    return {
        "svg": code_svg(shown.code_at(now)),
        "remaining_s": SLOT_S - int(now.timestamp()) % SLOT_S,
        "said": _said(shown, now),
    }


def pass_page(shown: Pass, now: datetime) -> HTMLResponse:
    """The page that the holder opens on a phone."""
    claims = _claims(shown)
    code = code_json(shown, now)
    return page(
        "pass.html",
        colour=_SHADES[claims.colour],
        colour_name=escape(_NAMES[claims.colour]),
        masked_name=escape(claims.masked_name or ""),
        area=escape(claims.area),
        svg=str(code["svg"]),
        remaining_s=str(code["remaining_s"]),
        said=escape(str(code["said"])),
        refresh_s=str(REFRESH_S),
    )


def list_page(
    devices: Sequence[Device], newest: Sequence[StoredEntry], total: int, alarms: Sequence[Alarm]
) -> HTMLResponse:
    """The alarms, all devices, and the newest entries of them all."""
    return page(
        "list.html",
        alarms=_alarm_table(alarms),
        devices="\n".join(_device_row(d) for d in devices),
        entries="\n".join(map(_entry_row, newest)),
        shown=str(len(newest)),
        total=str(total),
    )


def _said(shown: Pass, now: datetime) -> str:
    if now >= shown.expires_at:
        return "已过期 Expired"
    if now < shown.valid_from:
        return "尚未生效 Not valid yet"
    return ""


def _claims(shown: Pass) -> Claims:
    message = cbor.decode(shown.message, tags=frozenset({cose.SIGN1_TAG}))
    return read_claims(cose.read(message).payload)


def _entry_row(stored: StoredEntry) -> str:
    envelope = stored.entry["envelope"]
    data = json.dumps(stored.entry["data"], ensure_ascii=False)
    return _row(
        stored.device_id,
        str(stored.seq),
        str(envelope.get("time", "")),
        str(envelope["type"]),
        data if len(data) <= MAX_DATA_CHARACTERS else data[:MAX_DATA_CHARACTERS] + "…",
    )


def _device_row(device: Device) -> str:
    state = "" if device.revoked_at is None else f"revoked {device.revoked_at}"
    return _row(device.device_id, str(device.size), device.root.hex(), state)


def _alarm_table(alarms: Sequence[Alarm]) -> str:
    if not alarms:
        return "<p>None.</p>"
    names = ("State", "Device", "Kind", "First", "Last", "Times", "What", "Dealt with")
    head = "".join(f"<th>{name}</th>" for name in names)
    rows = "".join(map(_alarm_row, alarms))
    return f'<table class="alarms"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _alarm_row(alarm: Alarm) -> str:
    said = "; ".join(f"{each.at} {each.by}: {each.note}" for each in alarm.acknowledgements)
    state = "open" if alarm.is_open else "acknowledged"
    cells = (alarm.device_id, alarm.kind, alarm.first_at, alarm.last_at, str(alarm.times), alarm.sentence)
    return _row(state, *cells, said, kind=state)


def _row(*cells: str, kind: str = "") -> str:
    return (
        (f'<tr class="{kind}">' if kind else "<tr>")
        + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        + "</tr>"
    )


@cache
def _template(name: str) -> Template:
    return Template(files("hub").joinpath(name).read_text(encoding="utf-8"))


def page(template: str, *, status: int = 200, form_action: str = "'none'", **values: str) -> HTMLResponse:
    """A document of this package with `values`, which are escaped already, in it."""
    nonce = secrets.token_urlsafe(16)
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'; "
        f"base-uri 'none'; form-action {form_action}; frame-ancestors 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return HTMLResponse(_template(template).substitute(values, nonce=nonce), status, headers)
