"""Short tones, made in code.

Each outcome has its own melody, so that it is also heard: up for a grant, one
level tone repeated for a referral, down for a denial. The sound goes as WAV
to `aplay` or `pw-play` on its standard input; where neither is installed the
display's own bell rings instead, and offscreen there is silence.
"""

from __future__ import annotations

import io
import math
import shutil
import wave
from array import array
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, QProcess
from typing_extensions import override

from kiosk.core.commands import Sound

RATE_HZ = 22_050
_FADE_S = 0.008
_LOUDNESS = 0.5

Note = tuple[float, float]
"""Frequency in Hz (0 for a rest) and length in seconds."""

MELODIES: dict[Sound, tuple[Note, ...]] = {
    Sound.READ: ((1568.0, 0.07),),
    Sound.GRANTED: ((784.0, 0.12), (1046.5, 0.12), (1318.5, 0.22)),
    Sound.REFERRED: ((659.3, 0.18), (0.0, 0.08), (659.3, 0.18)),
    Sound.DENIED: ((523.3, 0.22), (349.2, 0.40)),
    Sound.ALARM: ((988.0, 0.2), (740.0, 0.2)) * 3,
}
_PLAYERS = (("aplay", "-q", "-"), ("pw-play", "-"))


class Player(Protocol):
    """What the screen needs of a loudspeaker."""

    def play(self, sound: Sound) -> None:
        """Start a sound; it replaces the one that still plays."""

    def stop(self) -> None:
        """Be silent."""


def _samples(note: Note) -> array[int]:
    frequency_hz, seconds = note
    count = round(seconds * RATE_HZ)
    fade = max(1, round(_FADE_S * RATE_HZ))
    values = array("h")
    for index in range(count):
        envelope = min(1.0, index / fade, (count - index) / fade)
        wave_now = math.sin(2 * math.pi * frequency_hz * index / RATE_HZ)
        values.append(round(32_767 * _LOUDNESS * envelope * wave_now))
    return values


def wav(sound: Sound) -> bytes:
    """The sound as a WAV file: 16 bit, mono, 22.05 kHz."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE_HZ)
        for note in MELODIES[sound]:
            writer.writeframes(_samples(note).tobytes())
    return file.getvalue()


class Silence(Player):
    """No loudspeaker."""

    def play(self, sound: Sound) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing."""


class Bell(Player):
    """The display's bell, by `QApplication.beep`; it knows one sound only."""

    def __init__(self, beep: Callable[[], None]) -> None:
        self._beep = beep

    @override
    def play(self, sound: Sound) -> None:
        self._beep()

    def stop(self) -> None:
        """The bell is short enough."""


class CommandPlayer(Player):
    """Feeds WAV to a player program; the program ends with the tone, at the latest at `stop`."""

    def __init__(self, command: tuple[str, ...], parent: QObject | None = None) -> None:
        self._program, self._arguments = command[0], list(command[1:])
        self._process = QProcess(parent)

    def play(self, sound: Sound) -> None:
        self.stop()
        self._process.start(self._program, self._arguments)
        self._process.write(wav(sound))
        self._process.closeWriteChannel()

    def stop(self) -> None:
        if self._process.state() is not QProcess.ProcessState.NotRunning:
            self._process.kill()
            self._process.waitForFinished(100)


def choose_player(
    beep: Callable[[], None], *, headless: bool, find: Callable[[str], str | None] = shutil.which
) -> Player:
    """The best loudspeaker of this machine: silence when headless, a program, else the bell."""
    if headless:
        return Silence()
    for name, *arguments in _PLAYERS:
        program = find(name)
        if program:
            return CommandPlayer((program, *arguments))
    return Bell(beep)
