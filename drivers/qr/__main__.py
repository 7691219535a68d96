"""`python -m drivers.qr [--fast] IMAGE…`: one JSON line per image, as soon as it has been looked at."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from drivers.qr.code import Decoded
from drivers.qr.decoder import QrDecoder, use_one_thread
from drivers.qr.picture import Picture, load
from drivers.qr.thorough import ThoroughDecoder

Decode = Callable[[Picture], list[Decoded]]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Exit status 1 if a file could not be read as an image."""
    parser = argparse.ArgumentParser(prog="python -m drivers.qr", description="Read the QR codes in images.")
    parser.add_argument("--fast", action="store_true", help="one plain pass; the default tries every stage")
    parser.add_argument("images", nargs="+", type=Path, metavar="IMAGE")
    options = parser.parse_args(arguments)
    use_one_thread()
    decode, missing = _decoder(options.fast)
    if missing:
        sys.stderr.write(missing + "\n")
    unread = False
    for path in options.images:
        report = _report(path, decode)
        unread |= "error" in report
        sys.stdout.write(json.dumps(report, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    return int(unread)


def _decoder(fast: bool) -> tuple[Decode, str | None]:
    if fast:
        plain = QrDecoder(further=False)
        return lambda picture: plain.decode(picture.grey), None
    thorough = ThoroughDecoder()
    return thorough.decode, thorough.missing


def _report(path: Path, decode: Decode) -> dict[str, object]:
    try:
        picture = load(path)
    except OSError as error:
        return _unread(path, error.strerror or str(error))
    if picture is None:
        return _unread(path, "not an image")
    started_s = time.perf_counter()
    codes = decode(picture)
    ms = round(1000 * (time.perf_counter() - started_s), 2)
    decoder = codes[0].decoder if codes else None
    return {"file": str(path), "texts": [code.text for code in codes], "decoder": decoder, "ms": ms}


def _unread(path: Path, why: str) -> dict[str, object]:
    return {"file": str(path), "texts": [], "decoder": None, "ms": 0.0, "error": why}


if __name__ == "__main__":
    raise SystemExit(main())
