"""How far hypothesis searches: each time the same way, or anew where somebody asks for it.

    SEARCH=500 .venv/bin/python -m pytest tests/core/replay/test_search.py tests/core/test_invariants.py \\
        tests/gatekeeper/test_gate_invariants.py

makes 500 examples of each search, others each time; with `--hypothesis-seed=N` beside it the same ones again.
"""

from __future__ import annotations

import os

from hypothesis import settings

ASKED = int(os.environ.get("SEARCH", "0"))


def search(examples: int, steps: int = 50) -> settings:
    """`examples` where nobody asks for more, and then always the same ones; `steps` of a state machine."""
    return settings(
        max_examples=ASKED or examples,
        stateful_step_count=steps,
        derandomize=not ASKED,
        deadline=None,
        print_blob=True,
    )
