"""A batch as it travels: lean, in columns, compressed. Both ends of the wire use this module.

    Content-Type: application/vnd.checkpoint-kiosk.batch, Content-Encoding: zstd

The body is one Zstandard frame (RFC 8878). In it: four bytes, the length of
the text, big-endian; the text, `{"start", "tree_head", "columns"}` in JSON;
the raw bytes that belong to its `columns` (see `columns`). The text and the raw
bytes stand in blocks of their own, so that each is coded as suits it.

An entry in the columns is one of

    [true, {"type", "trusted", "step", "salt", "data"}]
    [false, {"envelope", "data", "salt"}]

The first is an entry whose envelope the other side can make itself: `id` is
its place, `source` is `checkpoint-kiosk/` and the device, `time` lies `step`
microseconds after the entry before (for the first after 1970), and `datahash`
follows from salt and data. It is not sent: 32 bytes that cannot be compressed,
and the signed root vouches for it all the same. Any other entry goes as it is.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import zstandard

from kiosk.trust import strict_json
from kiosk.uplink import columns

MEDIA_TYPE = "application/vnd.checkpoint-kiosk.batch"
ENCODING = "zstd"
LEVEL = 6
"""Most of it are random bytes: higher levels save one part in a hundred, and take long on a Pi."""
MAX_ENTRIES = 256
MAX_BYTES = 4_194_304
"""Of a batch, decompressed; and of characters in its entries' shapes, once unpacked."""
MAX_WINDOW_BYTES = 8_388_608

_SOURCE_PREFIX = "checkpoint-kiosk/"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LENGTH = struct.Struct(">I")
_MADE_ANEW = {
    "specversion",
    "id",
    "source",
    "type",
    "time",
    "timetrusted",
    "datacontenttype",
    "datahash",
}
_LEAN = {"type", "trusted", "salt", "data"}


class PackingError(ValueError):
    """The body is no batch; the message is a sentence without its end."""


class TooLarge(PackingError):
    """The batch is larger than is taken."""


def compress(data: bytes) -> bytes:
    """One Zstandard frame."""
    return zstandard.ZstdCompressor(level=LEVEL).compress(data)


def decompress(data: bytes, max_bytes: int = MAX_BYTES) -> bytes:
    """What one Zstandard frame holds, never more than `max_bytes`. Raises PackingError, TooLarge."""
    reader = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW_BYTES).stream_reader(BytesIO(data))
    try:
        plain = reader.read(max_bytes + 1)
    except zstandard.ZstdError as error:
        raise PackingError("the body is no Zstandard frame that is read here") from error
    if len(plain) > max_bytes:
        raise TooLarge(f"the body is larger than {max_bytes} bytes once decompressed")
    return plain


def pack(device: str, batch: Mapping[str, Any]) -> bytes:
    """The body for `{"start", "entries", "tree_head"}`, the journal's own words."""
    before = _EPOCH
    lean: list[object] = []
    for seq, entry in enumerate(batch["entries"], batch["start"]):
        time = _time_of(entry["envelope"])
        made = None if time is None else _lean(entry, device, seq, (time - before) // _MICROSECOND)
        lean.append([False, entry] if made is None else [True, made])
        before = time if time is not None and made is not None else before
    in_columns, raw = columns.pack(lean)
    text = json.dumps(
        {"start": batch["start"], "tree_head": batch["tree_head"], "columns": in_columns},
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()
    frame = zstandard.ZstdCompressor(level=LEVEL, write_content_size=False).compressobj()
    first = frame.compress(_LENGTH.pack(len(text)) + text) + frame.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    return first + frame.compress(raw) + frame.flush()


def unpack(device: str, body: bytes) -> dict[str, Any]:
    """The batch as `pack` was given it, but for `datahash`, which lean entries lack.

    Raises PackingError; TooLarge.
    """
    plain = decompress(body)
    if len(plain) < _LENGTH.size:
        raise PackingError("the body is cut short")
    (length,) = _LENGTH.unpack_from(plain)
    text, raw = plain[_LENGTH.size : _LENGTH.size + length], plain[_LENGTH.size + length :]
    try:
        batch = strict_json.loads(text, max_characters=MAX_BYTES, max_depth=MAX_DEPTH)
        if not isinstance(batch, dict) or set(batch) != {"start", "tree_head", "columns"}:
            raise PackingError("the body is an object with start, tree_head and columns")
        start = batch["start"]
        if type(start) is not int or not 0 <= start < columns.MAX_SAFE_INTEGER:
            raise PackingError("start is a number from 0 on")
        lean = columns.unpack(batch["columns"], raw, max_values=MAX_ENTRIES, max_characters=MAX_BYTES)
    except (strict_json.JsonError, columns.ColumnsError) as error:
        raise PackingError(str(error)) from error
    return {"start": start, "tree_head": batch["tree_head"], "entries": _entries(device, start, lean)}


MAX_DEPTH = strict_json.MAX_DEPTH + 8
"""An entry stands deeper in its columns than by itself."""


def _time_of(envelope: Mapping[str, Any]) -> datetime | None:
    """The envelope's time, if it is written as `_written` writes it."""
    try:
        time = datetime.fromisoformat(envelope["time"])
        return time if _written(time) == envelope["time"] else None
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _written(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _lean(entry: Mapping[str, Any], device: str, seq: int, step: int) -> dict[str, object] | None:
    """The entry without what the other side knows; None where it is not all as it is there."""
    envelope = entry["envelope"]
    if set(entry) != {"envelope", "data", "salt"} or set(envelope) != _MADE_ANEW:
        return None
    made = _envelope(device, seq, envelope["type"], envelope["time"], envelope["timetrusted"])
    if made | {"datahash": envelope["datahash"]} != envelope:
        return None
    return {
        "type": envelope["type"],
        "trusted": envelope["timetrusted"],
        "step": step,
        "salt": entry["salt"],
        "data": entry["data"],
    }


def _envelope(device: str, seq: int, type_: object, time: str, trusted: object) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": str(seq),
        "source": _SOURCE_PREFIX + device,
        "type": type_,
        "time": time,
        "timetrusted": trusted,
        "datacontenttype": "application/json",
    }


def _entries(device: str, start: int, lean: list[object]) -> list[object]:
    time = _EPOCH
    entries: list[object] = []
    for seq, each in enumerate(lean, start):
        match each:
            case [False, entry]:
                entries.append(entry)
            case [True, {"step": step, **members}] if type(step) is int and set(members) == _LEAN:
                try:
                    time += step * _MICROSECOND
                except OverflowError as error:
                    raise PackingError("an entry's time is beyond the calendar") from error
                envelope = _envelope(device, seq, members["type"], _written(time), members["trusted"])
                entries.append({"envelope": envelope, "data": members["data"], "salt": members["salt"]})
            case _:
                raise PackingError("an entry is neither lean nor whole")
    return entries
