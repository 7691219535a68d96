"""The `--site` argument that most commands share, and how its errors are said."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiosk.config import Site

DEFAULT_SITE = Path("/etc/checkpoint-kiosk/site.toml")


def add_site_argument(parser: argparse.ArgumentParser, default: object = DEFAULT_SITE) -> None:
    """`default` is argparse.SUPPRESS where the command above has the argument too."""
    parser.add_argument("--site", type=Path, default=default, help=f"the site file (default: {DEFAULT_SITE})")


def load_or_explain(path: Path) -> Site | None:
    """The site, or None after what is wrong has been said on standard error."""
    from kiosk.config import ConfigError, load  # it takes long, and there are commands that can't wait for it

    try:
        return load(path)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return None
