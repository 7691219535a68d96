"""Some PySide6 releases abort the interpreter after a few hundred emissions (6.12.0 on Python 3.11)."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
from PySide6.QtCore import QCoreApplication, QObject, Signal

class Sender(QObject):
    sent = Signal(object)

app = QCoreApplication([])
sender, heard = Sender(), []
sender.sent.connect(heard.append)
for number in range(100_000):
    sender.sent.emit((number, "text"))
print(len(heard))
"""


def test_a_signal_can_be_emitted_a_hundred_thousand_times() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, f"the process ended with {ended.returncode}: {ended.stderr}"
    assert ended.stdout.strip() == "100000"
