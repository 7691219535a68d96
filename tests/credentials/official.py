"""The official HC1 cases (eu-digital-green-certificates/dgc-testdata, common), from the outside test data."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass
from pathlib import Path

VECTORS = Path(os.environ.get("CHECKPOINT_VECTORS", Path(__file__).parents[3] / "shared" / "vectors"))
FOLDER = VECTORS / "dcc"
ABSENT = f"the official HC1 cases are not at {FOLDER}; set CHECKPOINT_VECTORS"


@dataclass(frozen=True, slots=True)
class Case:
    """`expected` maps a stage, without its prefix EXPECTED, to whether it succeeds; others say nothing."""

    name: str
    payload: str
    at: str
    certificate: str
    expected: dict[str, bool]
    picture: bytes

    @property
    def line(self) -> dict[str, object]:
        """What `kiosk verify` takes."""
        return {"payload": self.payload, "at": self.at, "keys": [self.certificate]}


def cases() -> list[Case]:
    return [_case(path) for path in sorted(FOLDER.glob("*.json"))]


def _case(path: Path) -> Case:
    raw = json.loads(path.read_text(encoding="utf-8"))
    context = raw["TESTCTX"]
    return Case(
        path.stem,
        raw["PREFIX"],
        context["VALIDATIONCLOCK"],
        context["CERTIFICATE"],
        {name.removeprefix("EXPECTED"): value for name, value in raw["EXPECTEDRESULTS"].items()},
        base64.b64decode(raw.get("2DCODE", "")),
    )
