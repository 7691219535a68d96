from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

import sim.radiation
import sim.radiation_unit
from sim.radiation import Unit, subpage_mask
from tests.drivers.thermal_rig import Rig, StillScene, plain


@pytest.mark.parametrize("seed", range(12))
def test_any_unit_read_by_the_real_driver_shows_the_scene_to_within_half_a_count(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scene = StillScene(rng.uniform(-10.0, 100.0, (24, 32)), ta_celsius=float(rng.uniform(-10.0, 60.0)))
    rig = Rig(scene, unit_seed=seed).open()
    frame = rig.frame()
    sound = ~np.isin(np.arange(768), frame.filled_pixels).reshape(24, 32)
    error = (frame.celsius - scene.picture)[sound]
    half_a_count_celsius = 0.07 * 2.0 ** (rig.unit.true.resolution - 2)
    assert abs(error).max() < half_a_count_celsius
    assert abs(error.mean()) < 0.01


def test_no_unit_leaves_the_range_of_its_words() -> None:
    for seed in range(60):
        unit, rng = Unit.random(seed), np.random.default_rng(seed)
        scene = rng.choice([-10.0, 100.0], (24, 32))
        for ta_celsius in (-10.0, 60.0):
            words = unit.ram(scene, 1.0, ta_celsius, ta_celsius, 3.3, 0, rng, 8, resolution=3).view(np.int16)
            assert abs(words.astype(int)).max() < 32_000


def test_units_differ_in_every_scale_and_each_bad_pixel_stands_alone() -> None:
    fields = [Unit.random(seed).fields for seed in range(120)]
    for name in ("offset_scales", "alpha_scales", "kta_scales", "kv_scale", "ksto_scale", "corner_step"):
        assert len({getattr(one, name) for one in fields}) > 1, name
    assert {one.resolution for one in fields} == {2, 3}
    assert {one.interleaved_calibration for one in fields} == {True, False}
    assert {np.sign(one.tgc) for one in fields} == {-1, 0, 1}
    assert any(len(set(one.ksto)) == 4 for one in fields)
    assert {len(one.broken | one.outliers) for one in fields} == {0, 1, 2, 3, 4}
    for one in fields:
        bad = [divmod(pixel, 32) for pixel in one.broken | one.outliers]
        distances = [max(abs(a - c), abs(b - d)) for a, b in bad for c, d in bad if (a, b) != (c, d)]
        assert all(distance > 1 for distance in distances)


def test_a_bad_pixel_shows_a_temperature_that_is_not_there() -> None:
    unit = next(unit for seed in range(50) if (unit := Unit.random(seed)).fields.broken)
    words = [unit.ram(celsius, 1.0, 25.0, 25.0, 3.3, 0, None, 8) for celsius in (10.0, 60.0)]
    stuck = list(unit.fields.broken)
    np.testing.assert_array_equal(words[0][stuck], words[1][stuck])


@pytest.mark.parametrize("celsius", [-20.0, -0.5, 0.5, 59.0])
def test_the_lower_ranges_of_the_sensitivity_join(celsius: float) -> None:
    scene = StillScene(plain(celsius), ta_celsius=20.0)
    frame = Rig(scene).open().frame()
    np.testing.assert_allclose(frame.celsius, celsius, atol=0.08)


def test_supply_voltage_and_ambient_are_compensated() -> None:
    scene = StillScene(plain(36.0), ta_celsius=38.0)
    scene.vdd_v = 3.22
    frame = Rig(scene, unit_seed=5).open().frame()
    np.testing.assert_allclose(frame.celsius, 36.0, atol=0.1)
    assert frame.vdd_v == pytest.approx(3.22, abs=0.001)
    assert frame.ta_celsius == pytest.approx(38.0, abs=0.02)


def test_a_subpage_is_half_of_the_pixels_in_either_pattern() -> None:
    chess = [subpage_mask(page, chess=True).reshape(24, 32) for page in (0, 1)]
    assert not (chess[0] & chess[1]).any()
    assert chess[0].sum() == 384
    assert chess[0][0, 0]
    assert chess[1][0, 1]
    rows = subpage_mask(1, chess=False).reshape(24, 32)
    assert rows[1].all()
    assert not rows[0].any()


def test_the_interleaved_pattern_is_corrected_by_the_constants_for_it() -> None:
    rig = Rig(StillScene(plain(36.0))).open()
    control = int.from_bytes(rig.chip.transfer(b"\x80\x0d", 2), "big")
    rig.chip.transfer(b"\x80\x0d" + (control & ~0x1000).to_bytes(2, "big"), 0)
    rig.frame()
    np.testing.assert_allclose(rig.frame().celsius, 36.0, atol=0.06)


def test_noise_has_the_datasheets_netd_and_grows_with_the_root_of_the_rate() -> None:
    unit = Unit.random(3)
    quiet = unit.ram(25.0, 1.0, 25.0, 25.0, 3.3, 0, None, 1)[:768].view(np.int16).astype(float)
    warmer = unit.ram(27.0, 1.0, 25.0, 25.0, 3.3, 0, None, 1)[:768].view(np.int16)
    words_per_kelvin = (warmer - quiet).mean() / 2
    for refresh_hz in (1, 4, 16, 64):
        rng = np.random.default_rng(refresh_hz)
        noisy = [unit.ram(25.0, 1.0, 25.0, 25.0, 3.3, 0, rng, refresh_hz) for _ in range(40)]
        pages = [page[:768].view(np.int16) for page in noisy]
        netd = np.sqrt(np.mean([(page - quiet).var() for page in pages])) / words_per_kelvin
        assert netd == pytest.approx(0.1 * refresh_hz**0.5, rel=0.06)


def test_a_unit_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    assert Unit.random(4).eeprom() == Unit.random(4).eeprom()
    assert Unit.random(4).eeprom() != Unit.random(5).eeprom()
    assert len(Unit.random(4).eeprom()) == 832
    assert all(0 <= word <= 0xFFFF for word in Unit.random(4).eeprom())


def test_an_aged_sensor_keeps_its_eeprom_and_shows_too_much() -> None:
    unit = Unit.random(1)
    aged = unit.off_by(1.2)
    assert aged.eeprom() == unit.eeprom()
    frame = Rig(StillScene(plain(35.0)), unit=aged).open().frame()
    assert frame.celsius.mean() == pytest.approx(36.2, abs=0.15)


def test_the_forward_model_shares_nothing_with_any_decoder() -> None:
    for module in (sim.radiation, sim.radiation_unit):
        tree = ast.parse(Path(str(module.__file__)).read_text())
        names = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        names |= {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
        assert not any(name.startswith(("drivers", "adafruit", "calibration")) for name in names)
