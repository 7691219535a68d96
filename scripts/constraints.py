"""Print constraints.txt: the version of every package that the project needs, as .venv holds it now.

Names, versions and markers only. Packages of an extra that is not installed
here (`pi`) keep the line that constraints.txt gives already. Run by `make constraints`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = "checkpoint-kiosk"
EXTRAS = ("dev", "pi", "fuzz", "mutants")
CONSTRAINTS = Path(__file__).resolve().parent.parent / "constraints.txt"

HEAD = """\
# The versions that are tested together: names, versions and environment markers only.
# Every `make` target and systemd/install.sh install with them.
# To refresh: install newer packages into .venv, `make test`, then `make constraints`.
"""

# Newer Qt wheels for aarch64 want glibc 2.39; Debian 12, with Python 3.11, has glibc 2.36.
QT_FOR_GLIBC_2_36 = "6.8.0.2"
QT_PACKAGES = ("pyside6-essentials", "shiboken6")

# Each Python brings its own, and a pin would also bind the build environment of the project.
NOT_PINNED = ("pip", "setuptools", "wheel")


def needs(distribution: metadata.Distribution, extras: tuple[str, ...]) -> Iterator[Requirement]:
    """The requirements that hold on this machine with these extras."""
    for line in distribution.requires or ():
        requirement = Requirement(line)
        if requirement.marker is None or any(
            requirement.marker.evaluate({"extra": extra}) for extra in ("", *extras)
        ):
            yield requirement


def closure() -> dict[str, str | None]:
    """Name -> version of all that the project needs; None for what is not installed here."""
    found: dict[str, str | None] = {}
    todo = list(needs(metadata.distribution(PROJECT), EXTRAS))
    while todo:
        requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        if name in found or name in NOT_PINNED:
            continue
        found[name] = None
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        found[name] = distribution.version
        todo += needs(distribution, tuple(requirement.extras))
    return found


def kept_lines() -> dict[str, str]:
    """Name -> line of constraints.txt as it is."""
    if not CONSTRAINTS.exists():
        return {}
    lines = CONSTRAINTS.read_text(encoding="utf-8").splitlines()
    return {re.split("[=<> ;]", line)[0]: line for line in lines if line and not line.startswith("#")}


def lines_for(name: str, version: str) -> Iterator[str]:
    if name in QT_PACKAGES:
        yield f"{name}=={QT_FOR_GLIBC_2_36} ; platform_machine == 'aarch64' and python_version < '3.13'"
        yield f"{name}=={version} ; platform_machine != 'aarch64' or python_version >= '3.13'"
    else:
        yield f"{name}=={version}"


def main() -> int:
    kept = kept_lines()
    lines: list[str] = []
    for name, version in sorted(closure().items()):
        if version is not None:
            lines += lines_for(name, version)
        elif name in kept:
            lines.append(kept[name])
        else:
            sys.stderr.write(
                f"{name} is not installed and constraints.txt has no line for it: add one by hand.\n"
            )
            return 1
    sys.stdout.write(HEAD + "\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
