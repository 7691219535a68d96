"""A disk on which every flush takes its time, as a worn card does: an SQLite VFS, and all of a process."""

from __future__ import annotations

import os
import time

import apsw


class SlowDisk(apsw.VFS):
    """Registered under `self.name` until `close`; each flush of each file takes `flush_s` longer."""

    def __init__(self, flush_s: float, *, by_default: bool = False) -> None:
        """`by_default`: whatever names no VFS goes through this one."""
        self.name = f"slow-disk-{id(self)}"
        self.flush_s = flush_s
        self.beneath = apsw.vfs_names()[0]  # by its name: SQLite's default may be this very one from now on
        super().__init__(self.name, self.beneath, makedefault=by_default)

    def close(self) -> None:
        self.unregister()

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        return super().xOpen(None, flags) if name is None else _SlowFile(self, name, flags)


class _SlowFile(apsw.VFSFile):
    def __init__(self, disk: SlowDisk, name: str | apsw.URIFilename, flags: list[int]) -> None:
        self._flush_s = disk.flush_s
        super().__init__(disk.beneath, name, flags)

    def xSync(self, flags: int) -> None:  # noqa: N802
        time.sleep(self._flush_s)
        super().xSync(flags)


def slow_down_this_process(flush_s: float) -> SlowDisk:
    """From now on every flush takes `flush_s` longer, SQLite's and those of files that Python writes."""
    for name in ("fsync", "fdatasync"):
        setattr(os, name, _slowed(getattr(os, name), flush_s))
    return SlowDisk(flush_s, by_default=True)


def _slowed(flush: object, flush_s: float) -> object:
    assert callable(flush)

    def slowed(file: int) -> None:
        time.sleep(flush_s)
        flush(file)

    return slowed
