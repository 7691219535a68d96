"""The lines that travel on the screen's socket: newline-delimited JSON, checked on arrival.

Down, gatekeeper to screen: `ViewMessage`, `ThermalPicture`, `CameraPicture`,
`SoundMessage`.
Up, screen to gatekeeper: `IntentMessage`, `SignInMessage`. A line over `MAX_LINE_BYTES` or of
another shape is refused with `WireError`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from kiosk.core.commands import Sound
from kiosk.core.events import StaffAction, StaffReason
from kiosk.core.view import ViewState

MAX_LINE_BYTES = 131_072
"""More than a state with as many cases as there can be, each with the longest names."""
THERMAL_ROWS, THERMAL_COLUMNS = 24, 32
CAMERA_ROWS, CAMERA_COLUMNS = 90, 160


class WireError(ValueError):
    """A line on the socket is not one of the messages above."""


@dataclass(frozen=True, slots=True)
class ViewMessage:
    view: ViewState
    kind: Literal["view"] = "view"


@dataclass(frozen=True, slots=True)
class ThermalPicture:
    """A frame for the eye: 768 values from 0 to 255 as hex, row by row, between two temperatures."""

    low_celsius: float
    high_celsius: float
    pixels_hex: Annotated[str, Field(min_length=1536, max_length=1536, pattern="^[0-9a-f]*$")]
    lane: str = ""
    kind: Literal["thermal"] = "thermal"


@dataclass(frozen=True, slots=True)
class CameraPicture:
    """What a camera sees, for the eye: 90 rows of 160 grey values, as base64."""

    pixels: Annotated[str, Field(min_length=19_200, max_length=19_200, pattern="^[A-Za-z0-9+/]*$")]
    lane: str = ""
    kind: Literal["camera"] = "camera"


@dataclass(frozen=True, slots=True)
class SoundMessage:
    sound: Sound
    lane: str = ""
    kind: Literal["sound"] = "sound"


@dataclass(frozen=True, slots=True)
class IntentMessage:
    """What somebody at the screen asks for; the members are those of `StaffIntent`."""

    action: StaffAction
    reason: StaffReason | None = None
    case: Annotated[int, Field(ge=1, le=2**53)] | None = None
    lane: Annotated[str, Field(max_length=64)] = ""
    celsius: Annotated[float, Field(ge=0, le=100)] | None = None
    count: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    trip: Annotated[str, Field(max_length=40)] = ""
    kind: Literal["intent"] = "intent"


@dataclass(frozen=True, slots=True)
class SignInMessage:
    """Somebody of the staff and the PIN that was typed."""

    staff: Annotated[str, Field(pattern="^[0-9]{1,8}$")]
    pin: Annotated[str, Field(pattern="^[0-9]{4,12}$", repr=False)] = field(repr=False)
    kind: Literal["sign_in"] = "sign_in"


Message = ViewMessage | ThermalPicture | CameraPicture | SoundMessage | IntentMessage | SignInMessage
_ADAPTER: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field(discriminator="kind")])


def encode(message: Message) -> bytes:
    """One message as one line, the newline included."""
    return _ADAPTER.dump_json(message) + b"\n"


def decode(line: bytes) -> Message:
    """The message that a line holds. Raises WireError."""
    if len(line) > MAX_LINE_BYTES:
        raise WireError(f"a line of {len(line)} bytes; at most {MAX_LINE_BYTES} are read")
    try:
        return _ADAPTER.validate_json(line)
    except ValidationError as error:
        raise WireError(f"not a message of this socket: {error.errors()[0]['msg']}") from error
