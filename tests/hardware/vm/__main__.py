"""Boot the guest and run the tests in it: `python -m tests.hardware.vm`. Status 0: passed, or skipped."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.hardware.vm.image import NotHere, boot_files

ROOT = Path(__file__).resolve().parents[3]
BUILD = ROOT / "build/vm"
QEMU = "qemu-system-x86_64"
TIMEOUT_S = 600
ENDED = "vm-test: the tests ended with "


def main() -> int:
    if shutil.which(QEMU) is None:
        return _skipped(f"{QEMU} is absent; install the Debian package qemu-system-x86")
    try:
        kernel, initramfs = boot_files(ROOT, BUILD)
    except NotHere as error:
        return _skipped(str(error))
    status = None
    with subprocess.Popen(
        _command(kernel, initramfs),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as guest:
        assert guest.stdout is not None
        try:
            for line in guest.stdout:
                sys.stdout.write(line)
                sys.stdout.flush()
                if line.startswith(ENDED):
                    status = int(line.removeprefix(ENDED))
            guest.wait(TIMEOUT_S)
        finally:
            guest.kill()
    if status is None:
        sys.stderr.write("vm-test: the guest ended without a result; what it said stands above.\n")
        return 1
    return status


def _command(kernel: Path, initramfs: Path) -> list[str]:
    """The guest sees the whole file system, read-only.

    Emulated, which works on any machine; `CHECKPOINT_VM_ACCEL=kvm` where the processor may be used itself.
    """
    return [
        *("timeout", str(TIMEOUT_S), QEMU),
        *(
            "-accel",
            os.environ.get("CHECKPOINT_VM_ACCEL", "tcg"),
            "-cpu",
            "max",
            "-smp",
            "2",
            "-m",
            "1536",
            "-nodefaults",
            "-no-reboot",
        ),
        *("-display", "none", "-serial", "stdio"),
        *("-virtfs", "local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap"),
        *("-kernel", str(kernel), "-initrd", str(initramfs)),
        *("-append", "console=ttyS0 quiet panic=-1"),
    ]


def _skipped(why: str) -> int:
    sys.stdout.write(f"vm-test: skipped: {why}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
