"""A journal with everything that vouches for it, and somebody who changes it knowing how it is made."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import apsw
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.journal.envelope import seal
from kiosk.journal.merkle import Frontier
from kiosk.journal.store import Journal
from kiosk.journal.tree_head import HEAD_EVERY, TreeHead, sign
from kiosk.journal.verify import Trusted, VerifyReport, verify
from kiosk.journal.witness import witness_key, witness_path
from tests.journal.conftest import draft

DEVICE = "kiosk-7"
DEVICE_KEY = Ed25519PrivateKey.from_private_bytes(b"d" * 32)
HUB_KEY = Ed25519PrivateKey.from_private_bytes(b"h" * 32)
FORGER_KEY = Ed25519PrivateKey.from_private_bytes(b"f" * 32)
TRUSTED = Trusted(DEVICE_KEY.public_key(), HUB_KEY.public_key(), witness_key(DEVICE_KEY))
LOCATED_TO = 256


def receipt(size: int, root: bytes, device: str = DEVICE, signed_at: datetime | None = None) -> bytes:
    """As the hub gives one."""
    fields: dict[str, str | int] = {
        "device": device,
        "size": size,
        "root": base64.b64encode(root).decode(),
        "time": (signed_at or datetime(2026, 11, 22, 9, 0, tzinfo=UTC)).isoformat(),
    }
    signature = base64.b64encode(HUB_KEY.sign(rfc8785.dumps(fields))).decode()
    return json.dumps({**fields, "signature": signature}).encode()


def write(path: Path, entries: int, acknowledged: int) -> Path:
    """A log with receipts for batches of 256 up to `acknowledged`."""
    with Journal(path, DEVICE, device_key=DEVICE_KEY, random=Random(1).randbytes) as journal:
        for start in range(0, entries, 100):
            journal.append_many([draft(n) for n in range(start, min(start + 100, entries))])
        for size in [*range(256, acknowledged, 256), acknowledged]:
            journal.acknowledge(size, receipt(size, journal.root_at(size)))
    return path


@dataclass(slots=True)
class Forger:
    """Works on a copy of a journal's files. Every method changes it and gives the first entry changed."""

    path: Path
    random: Random

    @classmethod
    def of(cls, honest: Path, folder: Path, seed: int) -> Forger:
        folder.mkdir()
        shutil.copy(honest, folder / honest.name)
        shutil.copy(witness_path(honest), witness_path(folder / honest.name))
        forger = cls(folder / honest.name, Random(seed))
        forger._run(*forger._triggers())
        return forger

    def flip(self) -> int:
        """One bit of one stored value."""
        column = self.random.choice(["envelope", "data", "salt", "leaf_hash", "subtree"])
        seq = self.random.randrange(self._size())
        value = bytearray(self._one(f"SELECT {column} FROM entry WHERE seq = {seq}"))
        value[self.random.randrange(len(value))] ^= 1 << self.random.randrange(8)
        self._run((f"UPDATE entry SET {column} = ? WHERE seq = ?", (bytes(value), seq)))
        return seq

    def delete(self) -> int:
        seq = self.random.randrange(self._size() - 1)
        self._run((f"DELETE FROM entry WHERE seq = {seq}", ()))
        return seq

    def reorder(self) -> int:
        one, other = sorted(self.random.sample(range(self._size()), 2))
        for old, new in ((one, -1), (other, one), (-1, other)):
            self._run(("UPDATE entry SET seq = ? WHERE seq = ?", (new, old)))
        return one

    def truncate(self) -> int:
        """And nothing left that tells of more."""
        size = self.random.randrange(self._size() * 3 // 4, self._size())
        self._cut(size)
        return size

    def rewrite(self) -> int:
        """Other data, with every hash after it made to fit."""
        seq = self.random.randrange(self._size())
        self._write_anew(seq, drop=0)
        return seq

    def delete_and_rewrite(self) -> int:
        seq = self.random.randrange(self._size() - 1)
        self._write_anew(seq, drop=1)
        return seq

    def fork(self) -> int:
        """Another history from somewhere on, under tree heads that the forger has signed."""
        return self._fork(FORGER_KEY, self._size())

    def fork_with_the_device_key(self) -> int:
        """The same by somebody who holds the device's key, among what the hub has acknowledged."""
        return self._fork(DEVICE_KEY, int(self._one("SELECT max(size) FROM receipt")))

    # -- how

    def _fork(self, key: Ed25519PrivateKey, before: int) -> int:
        seq = self.random.randrange(before)
        self._write_anew(seq, drop=0)
        frontier = Frontier()
        connection = self._connect()
        for leaf in self._leaves():
            frontier.append(leaf)
            if frontier.size > seq and frontier.size % HEAD_EVERY == 0:
                note = sign(TreeHead(DEVICE, frontier.size, frontier.root()), key)
                connection.execute("UPDATE tree_head SET note = ? WHERE size = ?", (note, frontier.size))
        note = sign(TreeHead(DEVICE, frontier.size, frontier.root()), key)
        connection.execute("UPDATE tree_head SET note = ? WHERE size = ?", (note, frontier.size))
        connection.close()
        return seq

    def _write_anew(self, seq: int, drop: int) -> None:
        size = self._size()
        connection = self._connect()
        frontier = Frontier(self._leaves(seq))
        connection.execute(f"DELETE FROM entry WHERE seq >= {seq}")
        for number in range(seq, size - drop):
            entry = seal(DEVICE, number, draft(number + 1000), self.random.randbytes)
            row = (number, entry.envelope, entry.data, entry.salt, entry.leaf_hash)
            subtree = frontier.append(entry.leaf_hash)
            connection.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)", (*row, subtree))
        connection.close()

    def _cut(self, size: int) -> None:
        self._run(
            (f"DELETE FROM entry WHERE seq >= {size}", ()),
            (f"DELETE FROM tree_head WHERE size > {size}", ()),
            (f"DELETE FROM receipt WHERE size > {size}", ()),
        )

    def _triggers(self) -> list[tuple[str, tuple[()]]]:
        connection = self._connect()
        names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        connection.close()
        return [(f"DROP TRIGGER {name}", ()) for (name,) in names]

    def _size(self) -> int:
        return int(self._one("SELECT max(seq) + 1 FROM entry"))

    def _one(self, query: str) -> bytes:
        connection = self._connect()
        try:
            value: bytes = connection.execute(query).get
            return value
        finally:
            connection.close()

    def _run(self, *statements: tuple[str, tuple[object, ...]]) -> None:
        connection = self._connect()
        with connection:
            for statement, bindings in statements:
                connection.execute(statement, bindings)
        connection.close()

    def _leaves(self, seq: int = 2**53) -> Any:
        connection = self._connect()
        query = "SELECT leaf_hash FROM entry WHERE seq < ? ORDER BY seq"
        rows = connection.execute(query, (seq,)).fetchall()
        connection.close()
        return [leaf for (leaf,) in rows]

    def _connect(self) -> apsw.Connection:
        connection = apsw.Connection(str(self.path))
        connection.execute("PRAGMA synchronous = OFF")
        return connection


KINDS: tuple[Callable[[Forger], int], ...] = (
    Forger.flip,
    Forger.delete,
    Forger.reorder,
    Forger.truncate,
    Forger.rewrite,
    Forger.delete_and_rewrite,
    Forger.fork,
    Forger.fork_with_the_device_key,
)


def is_located(report: VerifyReport, changed: int) -> bool:
    """Whether the first problem names a stretch of at most 256 entries that the first change lies in."""
    first, end = min(report.places)
    return first <= changed < end and end - first <= LOCATED_TO


def judge(honest: Path, folder: Path, kind: Callable[[Forger], int], seed: int) -> tuple[bool, bool]:
    """One forgery: whether it is refused, and whether it is located."""
    forger = Forger.of(honest, folder, seed)
    changed = kind(forger)
    report = verify(forger.path, TRUSTED)
    shutil.rmtree(folder)
    return not report.ok, not report.ok and is_located(report, changed)
