"""An entry that a journal holds, as those read it who make something of it again."""

from __future__ import annotations

from typing import Any, Protocol


class Kept(Protocol):
    """An entry of a journal; `data` is None once it has been deleted."""

    @property
    def seq(self) -> int: ...
    @property
    def type(self) -> str: ...
    @property
    def time(self) -> str: ...
    @property
    def time_trusted(self) -> bool: ...
    @property
    def data(self) -> Any: ...
