"""What the guest boots: Debian's kernel as it is, and an initramfs with the modules that the tests need.

Kernel and busybox come by `apt-get download` and are unpacked beside, not installed. The initramfs is a cpio
archive of the format `newc` (Linux, Documentation/driver-api/early-userspace/buffer-format.rst).
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

FOR_THE_FILES = ("virtio_pci", "9pnet_virtio", "9p")
FOR_THE_TESTS = ("evdev", "uinput", "dummy_hcd", "cdc-acm", "usb_f_acm", "g_serial", "vivid", "softdog")
RELOADED = ("g_serial", "vivid", "softdog")
"""Modules that the tests take out and put back, as one pulls a plug, or otherwise set."""

_DEPENDS = re.compile(rb"\0depends=([^\0]*)\0")
_INIT = """#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /host
b=/bin/busybox
$b mount -t proc none /proc; $b mount -t sysfs none /sys; $b mount -t devtmpfs none /dev
for m in {files}; do $b insmod /modules/$m.ko || echo "vm-test: no module $m"; done
$b mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=262144,cache=loose host /host || $b poweroff -f
for m in {tests}; do $b insmod /modules/$m.ko || echo "vm-test: no module $m"; done
for d in proc sys dev; do $b mount --bind /$d /host/$d; done
$b mkdir -p /dev/shm /dev/pts; $b mount -t devpts none /host/dev/pts
$b mount -t tmpfs none /host/tmp; $b mount -t tmpfs none /dev/shm
$b mkdir -p /host/tmp/modules; $b cp /bin/busybox /host/tmp/; $b cp {reloaded} /host/tmp/modules/
$b ifconfig lo up
$b chroot /host /bin/sh -c {command}
echo "vm-test: the tests ended with $?"
$b poweroff -f
"""


class NotHere(Exception):
    """Why there can be no guest on this machine, as the end of a sentence."""


def boot_files(root: Path, build: Path) -> tuple[Path, Path]:
    """Kernel and initramfs. Raises NotHere."""
    unpacked = build / "unpacked"
    if not list(unpacked.glob("boot/vmlinuz-*")) or not (unpacked / "bin/busybox").exists():
        _download(build, unpacked)
    kernel = sorted(unpacked.glob("boot/vmlinuz-*"))[-1]
    modules = {path.stem.replace("-", "_"): path for path in unpacked.glob("lib/modules/*/kernel/**/*.ko")}
    try:
        files, tests = (_in_order(names, modules) for names in (FOR_THE_FILES, FOR_THE_TESTS))
    except KeyError as error:
        raise NotHere(f"Debian's kernel has no module {error}") from error
    tests = [name for name in tests if name not in files]
    initramfs = build / "initramfs.cpio"
    entries = [("bin/busybox", (unpacked / "bin/busybox").read_bytes(), 0o755)]
    entries += [(f"modules/{name}.ko", modules[name].read_bytes(), 0o644) for name in (*files, *tests)]
    entries.append(("init", _init(root, files, tests).encode(), 0o755))
    initramfs.write_bytes(b"".join(_cpio(entries)))
    return kernel, initramfs


def _init(root: Path, files: list[str], tests: list[str]) -> str:
    command = (
        f"cd {shlex.quote(str(root))} && PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp CHECKPOINT_VM=1 "
        "PYTHONDONTWRITEBYTECODE=1 QT_QPA_PLATFORM=offscreen .venv/bin/python -m pytest -q --color=no "
        "-p no:cacheprovider tests/hardware/vm/guest_tests.py tests/hardware/vm/guest_watchdog_tests.py"
    )
    return _INIT.format(
        files=" ".join(files),
        tests=" ".join(tests),
        reloaded=" ".join(f"/modules/{name}.ko" for name in RELOADED),
        command=shlex.quote(command),
    )


def _in_order(names: Iterable[str], modules: dict[str, Path]) -> list[str]:
    """The modules and all that they depend on, what is needed first; a module tells it in its .modinfo."""
    order: list[str] = []

    def add(name: str) -> None:
        name = name.replace("-", "_")
        if name in order:
            return
        found = _DEPENDS.search(modules[name].read_bytes())
        for needed in found.group(1).decode().split(",") if found else ():
            if needed:
                add(needed)
        order.append(name)

    for name in names:
        add(name)
    return order


def _download(build: Path, unpacked: Path) -> None:
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise NotHere("this is no Debian, and the kernel comes by apt-get")
    packages = build / "packages"
    shutil.rmtree(packages, ignore_errors=True)
    packages.mkdir(parents=True)
    try:
        said = subprocess.run(
            ["apt-cache", "depends", "--important", "linux-image-amd64"],
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        image = re.search(r"(linux-image-\d\S*)", said)
        if image is None:
            raise NotHere("apt-cache knows no linux-image-amd64; run apt-get update")
        subprocess.run(
            ["apt-get", "download", "-q", image.group(1), "busybox-static"],
            cwd=packages,
            check=True,
            capture_output=True,
        )
        for package in packages.glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", str(package), str(unpacked)], check=True)
    except subprocess.CalledProcessError as error:
        raise NotHere(f"Debian's kernel could not be had ({error}); run apt-get update") from error


def _cpio(entries: Iterable[tuple[str, bytes, int]]) -> Iterator[bytes]:
    yield _entry("bin", b"", 0o040755)
    yield _entry("modules", b"", 0o040755)
    for name, content, mode in entries:
        yield _entry(name, content, 0o100000 | mode)
    yield _entry("TRAILER!!!", b"", 0)


def _entry(name: str, content: bytes, mode: int) -> bytes:
    """Thirteen numbers of eight hexadecimal digits, the name, the content; each padded to four bytes."""
    fields = (0, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
    return head + b"\0" * (-len(head) % 4) + content + b"\0" * (-len(content) % 4)
