"""What the endpoints share: bounded bodies, the admin's token, errors as JSON. No threads anywhere."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from hub.errors import HubError, NotAdministrator, RequestError
from kiosk.trust import strict_json
from kiosk.uplink import packing

MAX_BODY_BYTES = 65_536

READER_CHALLENGE = 'Basic realm="checkpoint hub", charset="UTF-8", Bearer'


async def read_json(request: Request, max_bytes: int = MAX_BODY_BYTES) -> object:
    """The request's body as JSON, which may come compressed. Raises RequestError 413, 415, 400.

    What a compressed body grows to is bounded like a plain one, and not made beyond that.
    """
    encoding = request.headers.get("content-encoding", "identity")
    if encoding not in ("identity", packing.ENCODING):
        raise RequestError(415, f"the body must be plain or compressed with {packing.ENCODING}")
    body = await read_body(request, max_bytes)
    if encoding == packing.ENCODING:
        with _unpacking():
            body = packing.decompress(body, max_bytes)
    try:
        return strict_json.loads(body, max_characters=max_bytes)
    except strict_json.JsonError as error:
        raise RequestError(400, f"the body can't be read: {error}") from error


async def read_packed(request: Request, device_id: str, max_bytes: int) -> dict[str, object] | None:
    """A batch as kiosks pack it; None where something else is carried. Raises RequestError 413, 400."""
    sent = (request.headers.get("content-type", ""), request.headers.get("content-encoding", ""))
    if sent != (packing.MEDIA_TYPE, packing.ENCODING):
        return None
    body = await read_body(request, max_bytes)
    with _unpacking():
        return packing.unpack(device_id, body)


async def read_body(request: Request, max_bytes: int) -> bytes:
    """The request's body as it came. Raises RequestError 413."""
    declared = request.headers.get("content-length", "0")
    if not declared.isascii() or not declared.isdigit() or int(declared[:20]) > max_bytes:
        _too_large(max_bytes)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            _too_large(max_bytes)
    return bytes(body)


def require_admin(request: Request, token: str) -> None:
    """Raises NotAdministrator unless the request carries the admin's bearer token (RFC 6750, 2.1)."""
    if not _is_token(_bearer(request), token):
        raise NotAdministrator("this needs the admin's token: Authorization: Bearer …", "Bearer")


def require_reader(request: Request, token: str) -> None:
    """As `require_admin`, for what is only read: in a browser the token may be the password (RFC 7617).

    Nothing that changes the hub takes the password: a browser would add it to another site's request.
    """
    if not (_is_token(_bearer(request), token) or _is_token(_password(request), token)):
        sentence = "this needs the admin's token: as the password of any user, or Authorization: Bearer …"
        raise NotAdministrator(sentence, READER_CHALLENGE)


def shown_secrets(request: Request) -> tuple[bytes, bytes]:
    """The bearer token and the Basic password; empty where there is none."""
    return _bearer(request), _password(request)


def whole_number(request: Request, name: str, default: int, high: int) -> int:
    """A query parameter from 0 to `high`. Raises RequestError 400."""
    text = request.query_params.get(name, str(default))
    if not text.isascii() or not text.isdigit() or len(text) > 16 or int(text) > high:
        raise RequestError(400, f"{name} is a whole number from 0 to {high}")
    return int(text)


async def answer_request_error(_request: Request, error: Exception) -> Response:
    """One sentence as JSON, with the status that it was raised with."""
    if not isinstance(error, RequestError):
        raise error
    headers = {"WWW-Authenticate": error.challenge} if isinstance(error, NotAdministrator) else None
    return JSONResponse({"error": str(error), **error.extra}, error.status, headers)


async def answer_hub_error(_request: Request, error: Exception) -> Response:
    """A request that can't be met as it is."""
    return JSONResponse({"error": str(error)}, 422)


async def answer_database_error(_request: Request, error: Exception) -> Response:
    """The disk is full or the database locked: nothing was stored, and the sender tries again."""
    cause = getattr(error, "orig", None) or type(error).__name__
    return JSONResponse({"error": f"the hub's database: {cause}"}, 503, {"Retry-After": "5"})


async def answer_nobody(_request: Request, _error: Exception) -> Response:
    """The client went away in the middle of its request: nothing was stored, and nobody reads this."""
    return Response(status_code=400)


EXCEPTION_HANDLERS = {
    ClientDisconnect: answer_nobody,
    RequestError: answer_request_error,
    HubError: answer_hub_error,
    SQLAlchemyError: answer_database_error,
}


@contextmanager
def _unpacking() -> Iterator[None]:
    try:
        yield
    except packing.TooLarge as error:
        raise RequestError(413, f"the body is too large: {error}") from error
    except packing.PackingError as error:
        raise RequestError(400, f"the body can't be read: {error}") from error


def _bearer(request: Request) -> bytes:
    return _credentials(request, "bearer").encode()


def _password(request: Request) -> bytes:
    try:
        return base64.b64decode(_credentials(request, "basic"), validate=True).partition(b":")[2]
    except ValueError:
        return b""


def _credentials(request: Request, wanted: str) -> str:
    """What stands behind the scheme, whose case does not count (RFC 9110, 11.4); empty for another scheme."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    return credentials.strip(" ") if scheme.lower() == wanted else ""


def _is_token(given: bytes, token: str) -> bool:
    return hmac.compare_digest(given, token.encode())


def _too_large(max_bytes: int) -> NoReturn:
    raise RequestError(413, f"the body is larger than {max_bytes} bytes")
