"""What every checkout must be: complete, portable, of readable size, and pinned by name and version only."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
LONGEST_PYTHON_FILE_LINES = 400
LARGEST_PICTURE_BYTES = 300_000

# Put together here, so that this file does not name them either.
REGISTRY_HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("piwheels", "org"),
        ("npmjs", "org"),
        ("deb", "debian", "org"),
        ("archive", "raspberrypi"),
    )
)
MACHINE_PATH = re.compile(r"(?<![\w.}~])/(?:home/\w+|root/|work/\w+|Users/\w+)")


@cache
def tracked_files() -> tuple[Path, ...]:
    """Everything under version control, and new files that are not ignored."""
    listing = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=False,
    )
    if listing.returncode != 0:
        pytest.skip("this is no git checkout")
    names = [name for name in listing.stdout.decode().split("\0") if name]
    return tuple(path for path in map(ROOT.joinpath, names) if path.is_file())


def texts() -> Iterator[tuple[str, str]]:
    for path in tracked_files():
        data = path.read_bytes()
        if b"\0" not in data:
            yield str(path.relative_to(ROOT)), data.decode("utf-8")


def constraints() -> list[Requirement]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def test_no_file_names_a_package_registry() -> None:
    assert [(name, host) for name, text in texts() for host in REGISTRY_HOSTS if host in text] == []


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    found = [(name, hit.group()) for name, text in texts() for hit in MACHINE_PATH.finditer(text)]
    assert found == []


def test_every_python_file_can_be_read_at_one_sitting() -> None:
    long = [
        name for name, text in texts()
        if name.endswith(".py") and len(text.splitlines()) > LONGEST_PYTHON_FILE_LINES
    ]  # fmt: skip
    assert long == []


def test_pictures_are_small() -> None:
    pictures = [path for path in tracked_files() if path.suffix.lower() in (".png", ".jpg", ".jpeg")]
    assert [path.name for path in pictures if path.stat().st_size > LARGEST_PICTURE_BYTES] == []


def test_the_licence_is_apache_2() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["license"] == "Apache-2.0"


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md"])
def test_a_newcomer_finds(name: str) -> None:
    assert (ROOT / name).stat().st_size > 0


def test_constraints_hold_names_and_versions_only() -> None:
    for requirement in constraints():
        assert requirement.url is None
        assert re.fullmatch(r"==[^=,*]+", str(requirement.specifier)), requirement


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(name for extra in project["optional-dependencies"].values() for name in extra),
    ]
    pinned = {canonicalize_name(requirement.name) for requirement in constraints()}
    assert {canonicalize_name(Requirement(line).name) for line in wanted} - pinned == set()


@pytest.mark.parametrize(("python", "qt"), [("3.11", "6.8.0.2"), ("3.13", "6.11.3")])
def test_a_raspberry_pi_gets_one_qt_that_its_c_library_can_load(python: str, qt: str) -> None:
    machine = {"platform_machine": "aarch64", "python_version": python}
    versions = {
        (requirement.name, str(requirement.specifier))
        for requirement in constraints()
        if requirement.name in ("pyside6-essentials", "shiboken6")
        and (requirement.marker is None or requirement.marker.evaluate(machine))
    }
    assert versions == {("pyside6-essentials", f"=={qt}"), ("shiboken6", f"=={qt}")}


@pytest.mark.parametrize("name", [".ci/run", "scripts/bootstrap.sh", "systemd/install.sh"])
def test_scripts_can_be_started(name: str) -> None:
    assert os.access(ROOT / name, os.X_OK)


def test_continuous_integration_runs_make_test() -> None:
    assert (ROOT / ".ci/run").read_text(encoding="utf-8").rstrip().endswith("make --no-print-directory test")
