"""The guest's image, and what is said where there can be no guest."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.hardware.vm import __main__ as vm
from tests.hardware.vm import image


def test_without_qemu_it_is_skipped_and_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert vm.main() == 0
    said = capsys.readouterr().out
    assert said == (
        "vm-test: skipped: qemu-system-x86_64 is absent; install the Debian package qemu-system-x86.\n"
    )


def test_without_debian_it_says_why_it_is_skipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(image.NotHere, match="this is no Debian"):
        image.boot_files(tmp_path, tmp_path / "build")


def test_the_archive_is_one_that_cpio_reads(tmp_path: Path) -> None:
    if shutil.which("cpio") is None:
        pytest.skip("cpio is not installed")
    archive = b"".join(
        image._cpio([("bin/busybox", b"\x7fELF" + bytes(5), 0o755), ("init", b"hello", 0o755)])
    )
    done = subprocess.run(
        ["cpio", "--extract", "--make-directories", "--quiet"], input=archive, cwd=tmp_path, check=True
    )
    assert done.returncode == 0
    assert (tmp_path / "init").read_bytes() == b"hello"
    assert (tmp_path / "bin/busybox").stat().st_mode & 0o777 == 0o755


def test_an_entry_of_the_archive_is_as_newc_has_it() -> None:
    entry = image._entry("init", b"hello", 0o100755)
    assert entry[:6] == b"070701"
    assert int(entry[14:22], 16) == 0o100755
    assert int(entry[54:62], 16) == len(b"hello")
    assert int(entry[94:102], 16) == len(b"init\0")
    assert entry[110:115] == b"init\0"
    assert entry[116:121] == b"hello"
    assert len(entry) % 4 == 0


def test_modules_come_after_what_they_depend_on(tmp_path: Path) -> None:
    modules = {}
    for name, needed in (("9p", "netfs,9pnet"), ("9pnet", ""), ("netfs", "fscache"), ("fscache", "")):
        modules[name] = tmp_path / name
        modules[name].write_bytes(b"\x7fELF\0license=GPL\0depends=" + needed.encode() + b"\0name=x\0")
    assert image._in_order(["9pnet", "9p"], modules) == ["9pnet", "fscache", "netfs", "9p"]
