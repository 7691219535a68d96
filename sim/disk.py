"""A disk that loses its power: an SQLite VFS, through which the journal's files go to a folder of their own.

SQLite works on real files beneath, as always, so that its locks and its shared
memory are the real ones. What the medium would hold is kept beside: every write
and every change of a file's length is pending until a flush, and a flush makes
the file's pending ones last. A disk that lies says that it has, and does so
for all files at a moment of its own choosing, one flush in `honest_one_in`.

`cut` makes the folder that is found after the power has come back: what has
lasted, and of what was pending each 512-byte sector by itself kept, dropped or
torn, in no order. A file that was never flushed may be missing altogether.

What may fail is listed by section 4 of SQLite's atomiccommit.html: writes that
are neither ordered nor atomic beyond a sector, here not even that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import count
from pathlib import Path
from random import Random

import apsw

SECTOR_BYTES = 512
_NUMBERS = count()


class PowerLost(apsw.IOError):
    """The operation never came to be: the power was gone."""


class Fate(Enum):
    """What becomes of one pending sector."""

    KEPT = auto()
    DROPPED = auto()
    TORN = auto()


@dataclass(slots=True)
class _Write:
    offset: int
    data: bytes


@dataclass(slots=True)
class _Length:
    size: int


@dataclass(slots=True)
class _Medium:
    """What one file holds for good, and what waits. `exists`: its name is in the folder for good."""

    lasting: bytearray = field(default_factory=bytearray)
    pending: list[_Write | _Length] = field(default_factory=list)
    exists: bool = False

    def flush(self) -> None:
        for each in self.pending:
            _apply(self.lasting, each)
        self.pending.clear()
        self.exists = True


class SimDisk(apsw.VFS):
    """Registered as an SQLite VFS under `self.name` until `close`. Files keep their names and folder."""

    def __init__(
        self, seed: int, *, honest_one_in: int = 1, dies_at: int | None = None, holds: Path | None = None
    ) -> None:
        """`honest_one_in` 1: every flush is what it says. `dies_at`: the write or flush at which power goes.

        What is in the folder `holds` is on the medium for good.
        """
        self.name = f"disk-{next(_NUMBERS)}"
        self.operations = 0
        self._random = Random(seed)
        self._honest_one_in = honest_one_in
        self._dies_at = dies_at
        there = [] if holds is None else [each for each in holds.iterdir() if each.is_file()]
        self._media = {str(each): _Medium(bytearray(each.read_bytes()), [], True) for each in there}
        super().__init__(self.name, "")

    def close(self) -> None:
        self.unregister()

    @property
    def is_dead(self) -> bool:
        return self._dies_at is not None and self.operations >= self._dies_at

    def cut(self, folder: Path) -> Path:
        """Write what is there after the cut into a new folder, and give it."""
        folder.mkdir()
        for name, medium in self._media.items():
            if name.endswith("-shm") or not (medium.exists or self._random.random() < 0.5):
                continue
            content = bytearray(medium.lasting)
            for each in medium.pending:
                for piece in _sectors(each):
                    self._meet_fate(content, piece)
            (folder / Path(name).name).write_bytes(content)
        return folder

    # -- what SQLite calls

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        return super().xOpen(None, flags) if name is None else _File(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        if self.is_dead:  # a connection that is let go after the cut: on the medium nothing happens any more
            return
        self.step()
        super().xDelete(filename, syncdir)
        if syncdir and self._keeps_its_word():
            self._media.pop(filename, None)
        else:
            self.medium(filename).pending.append(_Length(0))

    def medium(self, name: str) -> _Medium:
        return self._media.setdefault(name, _Medium())

    def step(self) -> None:
        """One more thing that the disk is asked to do. Raises PowerLost."""
        if self.is_dead:
            raise PowerLost("the power is gone")
        self.operations += 1
        if self.is_dead:
            raise PowerLost("the power is gone")

    def flush(self, name: str) -> None:
        if self._honest_one_in == 1:
            self.medium(name).flush()
        elif self._keeps_its_word():
            for medium in self._media.values():
                medium.flush()

    def _keeps_its_word(self) -> bool:
        return self._honest_one_in == 1 or self._random.randrange(self._honest_one_in) == 0

    def _meet_fate(self, content: bytearray, piece: _Write | _Length) -> None:
        fate = self._random.choice(list(Fate))
        if fate is Fate.TORN and isinstance(piece, _Write):
            piece = _Write(piece.offset, piece.data[: self._random.randrange(len(piece.data) + 1)])
        if fate is not Fate.DROPPED:
            _apply(content, piece)


class _File(apsw.VFSFile):
    def __init__(self, disk: SimDisk, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        self._disk = disk
        self._name = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._disk.medium(self._name).pending.append(_Write(offset, bytes(data)))
        self._disk.step()
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self._disk.medium(self._name).pending.append(_Length(newsize))
        self._disk.step()
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: ARG002, N802
        """The files beneath need no flush: their own disk keeps its power."""
        self._disk.step()
        self._disk.flush(self._name)


def _sectors(change: _Write | _Length) -> Iterator[_Write | _Length]:
    if isinstance(change, _Length):
        yield change
        return
    start, end = change.offset, change.offset + len(change.data)
    while start < end:
        stop = min((start // SECTOR_BYTES + 1) * SECTOR_BYTES, end)
        yield _Write(start, change.data[start - change.offset : stop - change.offset])
        start = stop


def _apply(content: bytearray, change: _Write | _Length) -> None:
    if isinstance(change, _Length):
        del content[change.size :]
        content.extend(bytes(change.size - len(content)))
        return
    end = change.offset + len(change.data)
    content.extend(bytes(max(0, end - len(content))))
    content[change.offset : end] = change.data
