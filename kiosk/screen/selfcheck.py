"""`python -m kiosk.screen.selfcheck`: opens the display, without a window, and says what Qt has found.

For `kiosk doctor`, in a process of its own, since Qt ends one that it cannot
open a display for. One line of JSON: `platform`, `size` (pixels), `font` (the
family for Chinese, or null), `display` (whether there is one to open).
"""

from __future__ import annotations

import json
import os
import sys

from kiosk.screen.fonts import choose_family, installed_chinese_families
from kiosk.screen.process import has_display, make_application


def main(*, headless: bool) -> int:
    """Offscreen when headless or where there is no display; 0."""
    display = has_display(os.environ)
    app = make_application(headless=headless or not display)
    screen = app.primaryScreen()
    size = screen.size() if screen is not None else None
    found = {
        "platform": app.platformName(),
        "size": None if size is None else [size.width(), size.height()],
        "font": choose_family(installed_chinese_families()),
        "display": display,
    }
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(headless="--headless" in sys.argv[1:]))
