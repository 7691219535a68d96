"""`python -m tests.bench.on_slow_disk ARGUMENT…` is `kiosk ARGUMENT…`, and each flush takes longer."""

from __future__ import annotations

import os
import sys

from kiosk.__main__ import main
from sim.slow_disk import slow_down_this_process

FLUSH_VARIABLE = "BENCH_FLUSH_S"

if __name__ == "__main__":
    disk = slow_down_this_process(float(os.environ[FLUSH_VARIABLE]))
    sys.exit(main(sys.argv[1:]))
