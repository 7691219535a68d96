"""What a check of one part has found, for `kiosk doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """`warn`: the kiosk runs, but somebody should know."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: the part, how it is, and what to do where it is not well."""

    part: str
    state: State
    text: str
    remedy: str = ""


def ok(part: str, text: str) -> Finding:
    return Finding(part, State.OK, text)


def warn(part: str, text: str, remedy: str) -> Finding:
    return Finding(part, State.WARN, text, remedy)


def fail(part: str, text: str, remedy: str) -> Finding:
    return Finding(part, State.FAIL, text, remedy)
