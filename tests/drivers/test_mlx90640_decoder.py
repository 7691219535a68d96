"""The decoder against the maker's example, the Adafruit library, and itself."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from drivers.mlx90640.decoder import NativeDecoder, NotDecodable
from drivers.mlx90640.eeprom import restore
from drivers.mlx90640.eeprom_check import checked
from drivers.mlx90640.library import AdafruitDecoder
from sim.radiation import Unit
from tests.drivers.thermal_rig import head, plain, raw_of

VECTORS = Path(os.environ.get("CHECKPOINT_VECTORS", Path(__file__).parents[2] / "../shared/vectors"))


@pytest.fixture
def example() -> Any:
    path = VECTORS / "mlx90640" / "melexis_example.json"
    if not path.exists():
        pytest.skip(f"{path} is absent; set CHECKPOINT_VECTORS to the folder of outside vectors")
    return json.loads(path.read_text())


def raws_of(example: Any) -> list[bytes]:
    return [np.array(frame, ">u2").tobytes() for frame in example["frames"]]


def test_the_makers_example_is_decoded_to_the_makers_temperatures(example: Any) -> None:
    decoder = NativeDecoder(checked(example["eeprom"]), example["emissivity"])
    stated = np.array(example["to_celsius_after_frame_1"])
    assert abs(decoder.decode(*raws_of(example)).celsius - stated).max() <= 0.001


def test_each_half_of_the_makers_example_is_decoded_by_itself(example: Any) -> None:
    decoder = NativeDecoder(checked(example["eeprom"]), example["emissivity"])
    picture = np.zeros(768)
    for number, raw in enumerate(raws_of(example)):
        pixels, celsius, _ = decoder.decode_half(raw)
        picture[pixels] = celsius
        stated = np.array(example[f"to_celsius_after_frame_{number}"]).ravel()
        assert abs(picture - stated).max() <= 0.001


def worst_difference(seed: int) -> float:
    """Against the library, in °C, over both patterns, any settings, and scenes cold, warm and hot."""
    unit, rng = Unit.random(seed), np.random.default_rng([11, seed])
    emissivity = float(rng.uniform(0.7, 1.0))
    reflected = None if seed % 3 == 0 else float(rng.uniform(-10, 40))
    ours = NativeDecoder(checked(unit.eeprom()), emissivity, reflected)
    theirs = AdafruitDecoder(unit.eeprom(), emissivity, reflected)
    worst = 0.0
    for chess in (True, False):
        picture = rng.uniform(*((15, 42) if seed % 2 else (-30, 280)), (24, 32))
        resolution = int(rng.integers(1, 4)) if seed % 2 else 2
        raws = [
            raw_of(unit, picture, subpage, chess=chess, noise_seed=seed, resolution=resolution)
            for subpage in ((0, 1) if seed % 5 else (1, 0))
        ]
        a, b = ours.decode(*raws), theirs.decode(*raws)
        sound = np.delete(np.arange(768), checked(unit.eeprom()).bad_pixels)
        worst = max(worst, float(abs(a.celsius - b.celsius).ravel()[sound].max()))
        worst = max(worst, abs(a.ta_celsius - b.ta_celsius), abs(a.vdd_v - b.vdd_v))
    return worst


@pytest.mark.parametrize("seed", range(6))
def test_the_adafruit_computation_agrees_on_a_few_units(seed: int) -> None:
    assert worst_difference(seed) <= 1e-6


@pytest.mark.slow
def test_the_adafruit_computation_agrees_to_a_millionth_of_a_degree_on_two_hundred_units() -> None:
    assert max(worst_difference(seed) for seed in range(1000, 1200)) <= 1e-6


def test_a_unit_calibrated_in_the_interleaved_pattern_agrees_too() -> None:
    unit = Unit.of(replace(Unit.random(3).fields, interleaved_calibration=True, broken=frozenset()))
    for chess in (True, False):
        raws = [raw_of(unit, head(), subpage, chess=chess) for subpage in (0, 1)]
        ours = NativeDecoder(checked(unit.eeprom()), 0.98).decode(*raws).celsius
        theirs = AdafruitDecoder(unit.eeprom(), 0.98).decode(*raws).celsius
        assert abs(ours - theirs).max() <= 1e-6
        np.testing.assert_allclose(ours, head(), atol=0.1)


def test_the_same_words_give_the_same_bytes_whatever_was_decoded_between() -> None:
    unit = Unit.random(4)
    decoder = NativeDecoder(restore(unit.eeprom()))
    warm = [raw_of(unit, head(), subpage, noise_seed=1) for subpage in (0, 1)]
    hot = [raw_of(unit, plain(250.0), subpage, chess=False) for subpage in (0, 1)]
    first = decoder.decode(*warm).celsius
    kept = first.tobytes()
    decoder.decode(*hot)
    again = decoder.decode(*warm).celsius
    assert first.tobytes() == kept == again.tobytes()
    assert NativeDecoder(restore(unit.eeprom())).decode(*warm).celsius.tobytes() == kept
    assert not np.shares_memory(first, again)


def test_a_half_decoded_alone_has_the_bytes_that_it_has_in_a_picture() -> None:
    unit = Unit.random(4)
    decoder = NativeDecoder(restore(unit.eeprom()))
    raws = [raw_of(unit, head(), subpage, noise_seed=1) for subpage in (0, 1)]
    picture = decoder.decode(*raws).celsius.ravel()
    for raw in raws:
        pixels, celsius, _ = decoder.decode_half(raw)
        assert picture[pixels].tobytes() == celsius.tobytes()


@pytest.mark.parametrize("decoder", [NativeDecoder, AdafruitDecoder])
def test_what_are_no_two_halves_of_a_picture_is_not_decoded(decoder: type) -> None:
    unit = Unit.random(4)
    decode = decoder(checked(unit.eeprom()) if decoder is NativeDecoder else unit.eeprom()).decode
    first, second = (raw_of(unit, head(), subpage) for subpage in (0, 1))
    for pair in (
        (first, first),
        (first, second[:-1] + b"\x07"),
        (first, raw_of(unit, head(), 1, chess=False)),
    ):
        with pytest.raises(NotDecodable):
            decode(*pair)


@pytest.mark.parametrize("decoder", [NativeDecoder, AdafruitDecoder])
@pytest.mark.parametrize("emissivity", [0.0, -1.0, 1.01, float("nan")])
def test_an_emissivity_that_nothing_has_is_refused(decoder: type, emissivity: float) -> None:
    words = Unit.random(4).eeprom()
    with pytest.raises(ValueError, match="Emissivity lies above 0"):
        decoder(checked(words) if decoder is NativeDecoder else words, emissivity)


def test_words_without_a_temperature_are_not_a_number_and_not_a_warning() -> None:
    unit = Unit.random(4)
    first, second = (bytearray(raw_of(unit, head(), subpage)) for subpage in (0, 1))
    first[2 * 2 : 2 * 3] = b"\x80\x00"
    picture = NativeDecoder(checked(unit.eeprom())).decode(bytes(first), bytes(second)).celsius
    assert np.isnan(picture[0, 2])
    assert np.isnan(picture).sum() == 1
    with pytest.raises(NotDecodable):
        NativeDecoder(checked(unit.eeprom())).decode(bytes(1664) + b"\x18\x01\x00\x00", bytes(second))
