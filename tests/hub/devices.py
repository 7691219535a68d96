"""A kiosk's side of the upload: entries, tree heads and batches, with seeded keys and salts."""

from __future__ import annotations

import base64
import random
from hashlib import sha256
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.journal.merkle import leaf_hash, root
from kiosk.journal.tree_head import TreeHead, sign


class FakeDevice:
    """A log that grows, and the batches of it."""

    def __init__(self, device_id: str = "gate-1", seed: int = 1) -> None:
        self._random = random.Random(seed)
        self.device_id = device_id
        self.key = Ed25519PrivateKey.from_private_bytes(self._random.randbytes(32))
        self.entries: list[dict[str, Any]] = []
        self.leaves: list[bytes] = []

    @property
    def registration(self) -> dict[str, str]:
        key = base64.b64encode(self.key.public_key().public_bytes_raw()).decode()
        return {"device_id": self.device_id, "public_key": key}

    def record(self, count: int = 1, **data: Any) -> None:
        """Add so many entries."""
        for _ in range(count):
            self.tell("checkpoint.decision", {"reason": "granted", "n": len(self.entries), **data})

    def tell(self, kind: str, data: Any) -> None:
        """Add one entry of a kind."""
        entry = self._entry(kind, data)
        self.entries.append(entry)
        self.leaves.append(leaf_hash(rfc8785.dumps(entry["envelope"])))

    def root(self, size: int | None = None) -> bytes:
        return root(self.leaves[:size])

    def tree_head(self, size: int | None = None, **changes: Any) -> str:
        size = len(self.leaves) if size is None else size
        head: dict[str, Any] = {"device_id": self.device_id, "size": size, "root": self.root(size)} | changes
        return sign(TreeHead(**head), self.key)

    def batch(self, start: int = 0, end: int | None = None) -> dict[str, Any]:
        end = len(self.entries) if end is None else end
        return {"start": start, "entries": self.entries[start:end], "tree_head": self.tree_head(end)}

    def _entry(self, kind: str, data: Any) -> dict[str, Any]:
        salt = self._random.randbytes(16)
        digest = sha256(salt + rfc8785.dumps(data)).digest()
        envelope = {
            "specversion": "1.0",
            "id": f"{self.device_id}/{len(self.entries)}",
            "source": f"/kiosks/{self.device_id}",
            "type": kind,
            "time": "2026-11-22T12:00:00Z",
            "datahash": base64.b64encode(digest).decode(),
        }
        return {"envelope": envelope, "data": data, "salt": base64.b64encode(salt).decode()}
