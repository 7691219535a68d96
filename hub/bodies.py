"""The bodies of the administrator's requests, read strictly."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, TypeVar

from annotated_types import Ge, Le, MaxLen
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from hub.errors import RequestError
from hub.issuing import MAX_LIFETIME_S, Issuer, Pass
from kiosk.credentials.credential import Colour
from kiosk.terms import is_device_id

_STRICT = ConfigDict(strict=True, extra="forbid", frozen=True)
_KEY_BYTES = 32
T = TypeVar("T", bound=BaseModel)


class PassRequest(BaseModel):
    """What POST /v1/passes takes. `valid_from` (RFC 3339) is now when it is absent."""

    model_config = _STRICT

    colour: Annotated[int, Ge(1), Le(3)]
    area: str
    lifetime_s: Annotated[int, Ge(1), Le(MAX_LIFETIME_S)]
    roles: Annotated[list[int], MaxLen(8)] = Field(default_factory=list)
    masked_name: str | None = None
    valid_from: Annotated[AwareDatetime, Field(strict=False)] | None = None
    rotating: bool = True


class DeviceRequest(BaseModel):
    """What POST /v1/devices takes; the key is Ed25519, 32 bytes in base64."""

    model_config = _STRICT

    device_id: str
    public_key: str


def issue_pass(body: object, issuer: Issuer, now: datetime, revocation_index: int) -> Pass:
    """The pass that the body asks for, under that index. Raises RequestError 422, IssuingError."""
    wanted = _checked(PassRequest, body)
    return issuer.issue(
        colour=Colour(wanted.colour),
        area=wanted.area,
        valid_from=wanted.valid_from or now,
        lifetime_s=wanted.lifetime_s,
        roles=frozenset(wanted.roles),
        masked_name=wanted.masked_name,
        rotating=wanted.rotating,
        revocation_index=revocation_index,
    )


def read_device(body: object) -> tuple[str, bytes]:
    """A device's id and its 32-byte key. Raises RequestError 422."""
    wanted = _checked(DeviceRequest, body)
    if not is_device_id(wanted.device_id):
        raise RequestError(422, "device_id is 1 to 64 letters, digits, dots, underscores or hyphens")
    try:
        key = base64.b64decode(wanted.public_key, validate=True)
        Ed25519PublicKey.from_public_bytes(key)
    except (binascii.Error, ValueError) as error:
        raise RequestError(422, f"public_key is not an Ed25519 key: {_KEY_BYTES} bytes in base64") from error
    return wanted.device_id, key


def _checked(shape: type[T], body: object) -> T:
    try:
        return shape.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the body"
        raise RequestError(422, f"{where}: {first['msg']}") from error
