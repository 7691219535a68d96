"""The hub's HTTP interface.

    GET  /                        (reader)  a page that lists devices and entries
    GET  /p/{pass_id}                       a pass on a phone; /p/{pass_id}/code what it refreshes
    GET  /slips, POST /slips                checks a meal safety slip (see `slips`)
    GET  /trust/metadata/{name}             the TUF repository's metadata; the timestamp is renewed for it
    GET  /trust/targets/{path}              its targets
    POST /v1/passes               (admin)   issue a pass -> 201, the wallet's JSON
    POST /v1/devices              (admin)   {"device_id", "public_key"} -> 201, or 200 when known
    GET  /v1/alarms               (reader)  {"alarms": [{"device_id", "kind", "open", "note", …}]}
    GET  /v1/logs/{device}        (reader)  {"device", "size", "root"}
    GET  /v1/logs/{device}/entries (reader) ?start&limit -> {"device", "size", "start", "entries"}
    POST /.well-known/est/…                 enrolment of devices (see `est`)
    POST /v1/logs/{device}/entries          a batch (see `logs`) -> a signed receipt

Over TLS a batch is taken only from a connection that has shown the certificate
of the log's device (see `tls`).

(admin) needs the admin's token as a bearer token; (reader) takes it as the
password of any user as well, so that a browser asks for it.

A batch is JSON, plain or with `Content-Encoding: zstd`, or packed as kiosks
pack it (`kiosk.uplink.packing`); what else comes compressed is answered 415.
Nothing is decompressed beyond what a plain body may have.

Every refusal is `{"error": "<sentence>"}`. The endpoints wait for nothing but
the request's body, use no thread, and take the time from `clock`, so the
application also runs in process, on a simulated clock, by `coroutine.send`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hub import est, logs, pages, slips
from hub.bodies import issue_pass, read_device
from hub.errors import RequestError
from hub.issuing import Pass
from hub.state import HubState
from hub.store import Device
from hub.tls import require_device
from hub.web import EXCEPTION_HANDLERS, read_json, read_packed, require_admin, require_reader, whole_number
from kiosk.trust import signed

MAX_BATCH_BYTES = 4_194_304
MAX_LISTED = 1000
NEWEST_SHOWN = 100
TIMESTAMP_FILE = "timestamp.json"
_NOT_KEPT = {"Cache-Control": "no-store"}


def create_app(state: HubState, clock: Callable[[], datetime]) -> Starlette:
    """The application over an opened state. `clock` gives aware UTC times."""
    api = _Api(state, clock)
    routes = [
        Route("/", api.overview),
        Route("/p/{pass_id}", api.show_pass),
        Route("/p/{pass_id}/code", api.show_code),
        Route("/trust/metadata/{name}", api.trust_metadata),
        Route("/trust/targets/{path:path}", api.trust_target),
        Route("/v1/passes", api.issue, methods=["POST"]),
        Route("/v1/devices", api.register, methods=["POST"]),
        Route("/v1/alarms", api.alarms),
        Route("/v1/logs/{device}", api.log),
        Route("/v1/logs/{device}/entries", api.entries),
        Route("/v1/logs/{device}/entries", api.take_entries, methods=["POST"]),
        *est.routes(state, clock),
        *slips.routes(state, clock),
    ]
    return Starlette(routes=routes, exception_handlers=EXCEPTION_HANDLERS)


class _Api:
    def __init__(self, state: HubState, clock: Callable[[], datetime]) -> None:
        self._state = state
        self._store = state.store
        self._clock = clock

    async def overview(self, request: Request) -> Response:
        require_reader(request, self._state.admin_token)
        store = self._store
        newest = store.latest_entries(NEWEST_SHOWN)
        return pages.list_page(store.devices(), newest, store.entry_count(), store.alarms())

    async def alarms(self, request: Request) -> Response:
        require_reader(request, self._state.admin_token)
        listed = [asdict(each) | {"open": each.is_open} for each in self._store.alarms()]
        return JSONResponse({"alarms": listed}, headers=_NOT_KEPT)

    async def show_pass(self, request: Request) -> Response:
        return pages.pass_page(self._pass(request), self._clock())

    async def show_code(self, request: Request) -> Response:
        code = pages.code_json(self._pass(request), self._clock())
        return JSONResponse(code, headers=_NOT_KEPT)

    async def trust_metadata(self, request: Request) -> Response:
        name: str = request.path_params["name"]
        repository = self._state.publisher.repository
        if name == TIMESTAMP_FILE:
            repository.renew(self._clock())
        return _file(repository.metadata_file(name), "application/json")

    async def trust_target(self, request: Request) -> Response:
        path: str = request.path_params["path"]
        return _file(self._state.publisher.repository.target_file(path), "application/octet-stream")

    async def issue(self, request: Request) -> Response:
        require_admin(request, self._state.admin_token)
        now = self._clock()
        body = await read_json(request)
        with self._store.next_pass() as place:
            self._state.publisher.make_room_for(place.index, now)
            issued = issue_pass(body, self._state.issuer, now, place.index)
            place.keep(issued, now)
        return JSONResponse(issued.wallet_json(), 201, {"Location": f"/p/{issued.pass_id}"})

    async def register(self, request: Request) -> Response:
        require_admin(request, self._state.admin_token)
        device_id, key = read_device(await read_json(request))
        known = self._store.device(device_id) is not None
        if self._store.add_device(device_id, key, self._clock()) != key:
            raise RequestError(409, f"the device {device_id!r} is registered with another key")
        return JSONResponse({"device_id": device_id}, 200 if known else 201)

    async def log(self, request: Request) -> Response:
        require_reader(request, self._state.admin_token)
        device = self._device(request)
        return JSONResponse(
            {"device": device.device_id, "size": device.size, "root": _b64(device.root)}, headers=_NOT_KEPT
        )

    async def entries(self, request: Request) -> Response:
        require_reader(request, self._state.admin_token)
        device = self._device(request)
        start = whole_number(request, "start", 0, 2**53)
        limit = whole_number(request, "limit", 100, MAX_LISTED)
        found = self._store.entries(device.device_id, start, limit)
        listed = [each.entry for each in found]
        return JSONResponse(
            {"device": device.device_id, "size": device.size, "start": start, "entries": listed},
            headers=_NOT_KEPT,
        )

    async def take_entries(self, request: Request) -> Response:
        device_id: str = request.path_params["device"]
        require_device(request, device_id)
        packed = await read_packed(request, device_id, MAX_BATCH_BYTES)
        body = await read_json(request, MAX_BATCH_BYTES) if packed is None else packed
        batch = logs.read_batch(body, lean=packed is not None)
        now = self._clock()
        taken = logs.take(self._store, device_id, batch, now)
        receipt = {
            "device": device_id,
            "size": taken.size,
            "root": _b64(taken.root),
            "time": now.isoformat(),
        }
        return JSONResponse(signed.sign(receipt, self._state.hub_key))

    def _pass(self, request: Request) -> Pass:
        found = self._store.find_pass(request.path_params["pass_id"])
        if found is None:
            raise RequestError(404, "there is no such pass")
        return found

    def _device(self, request: Request) -> Device:
        name: str = request.path_params["device"]
        found = self._store.device(name)
        if found is None:
            raise RequestError(404, f"the device {name!r} is not registered at this hub")
        return found


def _file(data: bytes | None, media_type: str) -> Response:
    if data is None:
        raise RequestError(404, "there is no such file in the trust repository")
    return Response(data, media_type=media_type, headers=_NOT_KEPT)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
