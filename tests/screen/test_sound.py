from __future__ import annotations

import io
import wave

import pytest
from pytestqt.qtbot import QtBot

from kiosk.core.commands import Sound
from kiosk.screen.sound import MELODIES, RATE_HZ, Bell, CommandPlayer, Silence, choose_player, wav


def rings() -> None:
    """A bell that is not heard."""


@pytest.mark.parametrize("sound", list(Sound))
def test_every_sound_is_a_short_tone(sound: Sound) -> None:
    with wave.open(io.BytesIO(wav(sound))) as file:
        assert file.getframerate() == RATE_HZ
        assert 0.03 < file.getnframes() / RATE_HZ < 2.0


def test_outcomes_are_told_apart_by_ear() -> None:
    assert len(set(MELODIES.values())) == len(Sound)
    granted, denied = MELODIES[Sound.GRANTED], MELODIES[Sound.DENIED]
    assert granted[-1][0] > granted[0][0]
    assert denied[-1][0] < denied[0][0]


def test_offscreen_there_is_silence() -> None:
    player = choose_player(rings, headless=True, find=lambda name: f"/usr/bin/{name}")
    assert isinstance(player, Silence)


def test_a_player_program_is_used_where_there_is_one(qtbot: QtBot) -> None:
    player = choose_player(rings, headless=False, find=lambda name: "/usr/bin/aplay")
    assert isinstance(player, CommandPlayer)


def test_without_a_player_program_the_bell_rings() -> None:
    rung: list[None] = []
    player = choose_player(lambda: rung.append(None), headless=False, find=lambda name: None)
    assert isinstance(player, Bell)
    player.play(Sound.GRANTED)
    player.stop()
    assert rung == [None]


def test_a_player_program_that_does_not_end_is_ended(qtbot: QtBot) -> None:
    player = CommandPlayer(("/bin/sh", "-c", "exec sleep 60"))
    player.play(Sound.READ)
    player.play(Sound.DENIED)
    player.stop()


def test_a_player_program_that_is_not_there_is_no_error(qtbot: QtBot) -> None:
    player = CommandPlayer(("/nowhere/aplay",))
    player.play(Sound.READ)
    player.stop()
