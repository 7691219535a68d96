"""From the start of the three processes until a person could come: `python -m tests.bench.ready`.

Ready is the welcome page with a connection and with keys, sent to the screen,
and the screen's own picture of that page on disk: it has been painted by then.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from tests.bench.figures import Figure, median_and_worst, run_kiosk, show

ROUNDS, LIMIT_S, TIMEOUT_S = 5, 2.0, 60.0


def measure(rounds: int = ROUNDS) -> list[Figure]:
    return median_and_worst("three processes ready", [_once() for _ in range(rounds)], "s", LIMIT_S)


def _once() -> float:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        state, document = Path(folder) / "state", Path(folder) / "report.json"
        run_kiosk(
            "sim", "--headless", "--people", "0", "--state", str(state), "--json", str(document),
            timeout_s=TIMEOUT_S,
        )  # fmt: skip
        ready_s: float = json.loads(document.read_text(encoding="utf-8"))["ready_s"]
        painted_at_s = (state / "screenshots" / "page-welcome.png").stat().st_mtime
        # Written just before the children start, so that this counts a little too much.
        began_at_s = (state / "site.toml").stat().st_mtime
        return max(ready_s, painted_at_s - began_at_s)


if __name__ == "__main__":
    sys.exit(not show("Start", measure()))
