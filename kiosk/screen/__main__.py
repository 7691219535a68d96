"""`python -m kiosk.screen --socket PATH`: the screen process by hand."""

from __future__ import annotations

import argparse
import sys
from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kiosk.screen.process import main
from kiosk.screen.texts import LANGUAGES


def zone(name: str) -> tzinfo:
    """The time zone of an IANA name, for argparse."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise argparse.ArgumentTypeError(f"no time zone {name!r}; write e.g. Asia/Shanghai") from error


def parser() -> argparse.ArgumentParser:
    """The options of the screen process."""
    options = argparse.ArgumentParser(prog="python -m kiosk.screen", description=__doc__)
    add = options.add_argument
    add("--socket", type=Path, required=True, help="gatekeeper's screen socket")
    options.add_argument(
        "--screenshots", type=Path, metavar="DIR", help="save a PNG of every kind of picture"
    )
    add("--headless", action="store_true", help="draw offscreen")
    options.add_argument(
        "--language", choices=LANGUAGES, default="zh_CN", help="the language in large letters"
    )
    options.add_argument(
        "--time-zone", type=zone, default=zone("UTC"), metavar="NAME", help="e.g. Asia/Shanghai"
    )
    return options


if __name__ == "__main__":
    chosen = parser().parse_args()
    sys.exit(
        main(
            chosen.socket,
            screenshots=chosen.screenshots,
            headless=chosen.headless,
            language=chosen.language,
            time_zone=chosen.time_zone,
        )
    )
