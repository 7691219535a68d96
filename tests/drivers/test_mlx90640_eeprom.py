"""Which EEPROMs are believed, and what is said of the others."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from drivers.mlx90640.eeprom import EepromError, majority, restore, sha256
from drivers.mlx90640.eeprom_check import checked
from sim.radiation import Unit

VECTORS = Path(os.environ.get("CHECKPOINT_VECTORS", Path(__file__).parents[2] / "../shared/vectors"))


def words_of(seed: int = 1) -> list[int]:
    fields = replace(Unit.random(seed).fields, broken=frozenset(), outliers=frozenset())
    return list(Unit.of(fields).eeprom())


def refused(words: list[int]) -> EepromError:
    with pytest.raises(EepromError) as caught:
        checked(words)
    return caught.value


@pytest.mark.parametrize("seed", range(60))
def test_a_unit_within_the_datasheets_ranges_passes_and_is_restored(seed: int) -> None:
    unit = Unit.random(seed)
    restored = checked(unit.eeprom())
    true = unit.true
    sound = np.delete(np.arange(768), restored.bad_pixels)
    np.testing.assert_allclose(restored.alpha[sound], true.alpha[sound], rtol=2e-5)
    np.testing.assert_array_equal(restored.offset[sound], true.offset[sound])
    np.testing.assert_allclose(restored.kta[sound], true.kta[sound], atol=float(abs(true.kta).max()) / 128)
    np.testing.assert_allclose(restored.kv, true.kv, atol=float(abs(true.kv).max()) / 128)
    assert restored.kvdd == true.kvdd
    assert restored.vdd25 == true.vdd25
    assert restored.ksto == true.ksto
    assert restored.corners_celsius == true.corners_celsius


def test_the_makers_example_unit_passes() -> None:
    path = VECTORS / "mlx90640" / "melexis_example.json"
    if not path.exists():
        pytest.skip(f"{path} is absent; set CHECKPOINT_VECTORS to the folder of outside vectors")
    unit = checked(json.loads(path.read_text())["eeprom"])
    assert unit.serial == "1710-a224-0185"
    assert unit.corners_celsius == (-40.0, 0.0, 300.0, 500.0)
    assert unit.bad_pixels == ()


@pytest.mark.parametrize(
    ("word", "value", "why"),
    [
        (10, 0x0040, "another device"),
        (17, 0x7FFF, "offset"),
        (32, 0x0000, "alpha a scale"),
        (33, 0, "alpha"),
        (48, 0, "GAIN as 0"),
        (48, 0xFFFF, "GAIN as -1"),
        (49, 0, "PTAT25 as 0"),
        (49, 0xFFFF, "PTAT25 as -1"),
        (50, 0, "KtPTAT as 0"),
        (51, 0, "Kvdd as 0"),
        (51, 0xFFFF, "Kvdd as -32"),
        (52, 0, "Kv of 0"),
        (54, 0, "Kta as 0"),
        (55, 0x8080, "Kta as -0.0078"),
        (56, 0xFFFF, "resolution code of 15"),
        (57, 0x0200, "the compensation pixel's alpha"),
        (59, 0x8080, "the compensation pixel's K"),
        (60, 0x7F00, "KsTa"),
        (61, 0x7F7F, "KsTo1"),
        (62, 0x7F00, "KsTo4"),
        (63, 0x0000, "corners of 0 and 0"),
    ],
)
def test_a_word_that_no_factory_writes_is_named_with_its_reason(word: int, value: int, why: str) -> None:
    words = words_of()
    words[word] = value
    error = refused(words)
    said = {fault.word: fault.why for fault in error.faults}
    assert word in said
    assert why in " ".join(fault.why for fault in error.faults if fault.word == word)
    assert f"word {error.faults[0].word} of the EEPROM" in str(error)


def test_a_scale_that_makes_every_ksto_impossible_shows_in_all_of_them() -> None:
    words = words_of()
    words[63] &= 0xFFF0
    assert [fault.word for fault in refused(words).faults] == [61, 61, 62, 62]


@pytest.mark.parametrize(("value", "name"), [(0xFFFF, "ones"), (0, "zeros")])
def test_a_memory_that_is_all_the_same_is_said_to_be(value: int, name: str) -> None:
    (fault,) = refused([value] * 832).faults
    assert fault.word == 0
    assert f"only {name}" in fault.why


@pytest.mark.parametrize("length", [0, 1, 831, 833])
def test_a_memory_of_another_length_is_said_to_be(length: int) -> None:
    (fault,) = refused((words_of() * 2)[:length]).faults
    assert fault.word == length
    assert "there should be 832 words" in fault.why


@pytest.mark.parametrize("value", [-1, 0x10000])
def test_what_is_no_word_is_said_to_be_none(value: int) -> None:
    words = words_of()
    words[700] = value
    (fault,) = refused(words).faults
    assert fault.word == 700
    assert "no word of 16 bits" in fault.why


def test_every_bad_pixel_is_named_where_there_are_more_than_four() -> None:
    words = words_of()
    for pixel in (0, 100, 200):
        words[64 + pixel] = 0
    for pixel in (300, 500):
        words[64 + pixel] |= 1
    faults = refused(words).faults
    assert [fault.word for fault in faults] == [64, 164, 264, 364, 564]
    assert "broken" in faults[0].why
    assert "an outlier" in faults[-1].why


@pytest.mark.parametrize(("first", "second"), [(100, 101), (100, 132), (100, 133), (100, 131)])
def test_two_bad_pixels_side_by_side_are_refused(first: int, second: int) -> None:
    words = words_of()
    words[64 + first], words[64 + second] = 0, words[64 + second] | 1
    (fault,) = refused(words).faults
    assert fault.word == 64 + second


def test_pixels_at_the_two_ends_of_neighbouring_rows_are_no_neighbours() -> None:
    words = words_of()
    words[64 + 31] = words[64 + 32] = 0
    assert checked(words).broken == (31, 32)


def test_the_vote_takes_what_two_of_three_say_and_names_what_none_does() -> None:
    assert majority([(1, 2, 3), (1, 9, 3), (7, 2, 3)]) == (1, 2, 3)
    with pytest.raises(EepromError, match="word 1 of the EEPROM read as 0x0002, 0x0003 and 0x0004"):
        majority([(1, 2), (1, 3), (1, 4)])


def test_the_hash_tells_units_apart_by_one_bit() -> None:
    words = words_of()
    assert sha256(words) != sha256([*words[:-1], words[-1] ^ 1])
    assert len(sha256(words)) == 64


def test_tables_of_a_unit_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        restore(words_of()).alpha[0] = 1.0


@pytest.mark.slow
def test_no_memory_whatever_hangs_or_raises_anything_else() -> None:
    rng = np.random.default_rng(5)
    for _ in range(300):
        words = words_of(int(rng.integers(5)))
        for number in rng.integers(0, 832, int(rng.integers(1, 40))):
            words[number] = int(rng.choice([0, 0xFFFF, 0x8000, 0x7FFF, int(rng.integers(0x10000))]))
        with contextlib.suppress(EepromError):
            checked(words)
