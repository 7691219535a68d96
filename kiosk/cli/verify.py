"""`kiosk verify`: judges codes, one JSON line in (see `verify_input`), one out.

    {"outcome": "accept" | "refuse", "reason", "format", "kid"}

`reason` is `credential.valid`, or why the code is refused (`kiosk.terms.Reason`),
or `input.…` for a line that could not be judged. `detail` says more where
there is more to say. `kid` is in hex; it and `format` are null where they are
not known. "Accept" means that structure, signature, certificate and times
hold; with `"policy": {…}` (see `kiosk.credentials.policy`) in the line it means
that the policy takes the credential too, without staff. A line with a meal
safety slip is answered by `verify_slip`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import IO, TYPE_CHECKING

from kiosk.cli.verify_input import MAX_LINE_BYTES, InputError, read_line, read_question
from kiosk.cli.verify_slip import Keys, answer_slip, is_slip, read_devices_file
from kiosk.credentials.credential import Refusal
from kiosk.credentials.verifier import verify

if TYPE_CHECKING:
    from argparse import _SubParsersAction

VALID = "credential.valid"


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `verify` to the commands of `kiosk`."""
    parser = subparsers.add_parser(
        "verify",
        help="judge codes: JSON lines on stdin, a JSON line for each on stdout",
        description='Each line: {"payload": "HP1:...", "at": "2026-11-22T08:00:00Z", "keys": JWK set or '
        "list of base64 DER certificates}; for a meal safety slip: "
        '{"payload": "MS1:...", "devices": {"counter-1": "its public key"}, "order": "..."}',
    )
    parser.add_argument(
        "--devices",
        type=Path,
        metavar="FILE",
        help='JSON with the public keys of kiosks, {"counter-1": "..."}, for slips whose line names none',
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Answer every line of stdin. The exit status is 0 however the codes are judged."""
    try:
        devices: Keys = {} if args.devices is None else read_devices_file(args.devices)
    except InputError as error:
        sys.stderr.write(f"kiosk verify: {error}\n")
        return 2
    for line in _lines(sys.stdin.buffer):
        sys.stdout.write(json.dumps(answer(line, devices), ensure_ascii=True) + "\n")
        sys.stdout.flush()
    return 0


def answer(line: bytes, devices: Keys = MappingProxyType({})) -> dict[str, object]:
    """The answer to one line, whatever it holds; `devices` are the kiosks whose slips are known."""
    try:
        fields = read_line(line)
        if is_slip(fields.get("payload")):
            return answer_slip(fields, devices)
        question = read_question(fields)
    except InputError as error:
        return {**_answer("refuse", error.reason, None, None), "detail": str(error)}
    result = verify(question.payload, question.bundle, question.at)
    if isinstance(result, Refusal):
        detail = {"detail": result.detail} if result.detail else {}
        return {**_answer("refuse", result.reason.value, result.format, result.kid), **detail}
    objection = question.bundle.policy.objection(result, question.at) if question.with_policy else None
    if objection is not None:
        return _answer("refuse", objection[1].value, result.format, result.kid)
    return _answer("accept", VALID, result.format, result.kid)


def _answer(outcome: str, reason: str, format_: str | None, kid: bytes | None) -> dict[str, object]:
    return {
        "outcome": outcome,
        "reason": reason,
        "format": format_,
        "kid": None if kid is None else kid.hex(),
    }


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Lines without their end, blank ones left out; of one that is too long the rest is skipped."""
    while line := stream.readline(MAX_LINE_BYTES + 2):
        piece = line
        while len(piece) == MAX_LINE_BYTES + 2 and not piece.endswith(b"\n"):
            piece = stream.readline(MAX_LINE_BYTES + 2)
        if stripped := line.strip():
            yield stripped if len(stripped) <= MAX_LINE_BYTES else line
