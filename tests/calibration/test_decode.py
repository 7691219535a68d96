"""`kiosk-calibrate decode`: sound words, corrupt ones, and files that are no such thing."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibration.__main__ import main
from sim.radiation import Unit
from tests.drivers.thermal_rig import Rig, StillScene, head, plain, raw_of

VECTORS = Path(os.environ.get("CHECKPOINT_VECTORS", Path(__file__).parents[2] / "../shared/vectors"))
UNIT = Unit.of(replace(Unit.random(1).fields, broken=frozenset(), outliers=frozenset()))


def words(raw: bytes) -> list[int]:
    return [int(word) for word in np.frombuffer(raw, ">u2")]


def export(unit: Unit = UNIT, count: int = 2) -> dict[str, Any]:
    """`count` subpages of a still head, each read right after the other, so that its other half stands on."""
    frames: list[list[int]] = []
    for number in range(count):
        frame = words(raw_of(unit, head(), number % 2))
        if frames:
            anew = (np.add.outer(np.arange(24), np.arange(32)) % 2 == number % 2).ravel()
            frame[:768] = np.where(anew, frame[:768], frames[-1][:768]).tolist()
        frames.append(frame)
    return {"eeprom": list(unit.eeprom()), "frames": frames, "emissivity": 0.98}


class Outcome:
    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err
        self.plain: Any = json.loads(out) if out else None


class Desk:
    """Runs the command on a file with the given content."""

    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.path = path
        self._capsys = capsys

    def decode(self, content: object, *arguments: str) -> Outcome:
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.path.write_bytes(raw)
        return self.run(str(self.path), *arguments)

    def run(self, *arguments: str) -> Outcome:
        status = main(["decode", *arguments])
        said = self._capsys.readouterr()
        return Outcome(status, said.out, said.err)


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path / "words.json", capsys)


def test_the_makers_example_comes_out_as_the_maker_has_it(desk: Desk) -> None:
    path = VECTORS / "mlx90640" / "melexis_example.json"
    if not path.exists():
        pytest.skip(f"{path} is absent; set CHECKPOINT_VECTORS to the folder of outside vectors")
    example, outcome = json.loads(path.read_text()), desk.run(str(path))
    assert (outcome.status, outcome.err, outcome.plain["eeprom_faults"]) == (0, "", [])
    for number, frame in enumerate(outcome.plain["frames"]):
        stated = np.array(example[f"to_celsius_after_frame_{number}"]).ravel()
        assert abs(np.array(frame["to"]) - stated).max() <= 0.001
        assert frame["faults"] == []
        assert frame["subpages"] == list(range(number + 1))


@pytest.mark.parametrize("bit", range(4, 16))
def test_a_flipped_bit_in_the_gain_of_the_makers_example_is_reported(bit: int, desk: Desk) -> None:
    path = VECTORS / "mlx90640" / "melexis_example.json"
    if not path.exists():
        pytest.skip(f"{path} is absent; set CHECKPOINT_VECTORS to the folder of outside vectors")
    example = json.loads(path.read_text())
    example["frames"][1][778] ^= 1 << bit
    outcome = desk.decode(example)
    assert outcome.status == 1
    assert 778 in [fault["word"] for fault in outcome.plain["frames"][1]["faults"]]


def test_temperatures_fill_up_subpage_by_subpage(desk: Desk) -> None:
    outcome = desk.decode(export())
    first, second = outcome.plain["frames"]
    assert outcome.status == 0
    assert first["to"].count(0.0) == 384
    assert (first["subpages"], second["subpages"]) == ([0], [0, 1])
    np.testing.assert_allclose(np.array(second["to"]).reshape(24, 32), head(), atol=0.1)
    assert second["ta"] == pytest.approx(30.0, abs=0.02)
    assert second["vdd"] == pytest.approx(3.3, abs=0.002)


def test_a_frame_of_the_kiosk_is_decoded_again_to_the_byte(desk: Desk) -> None:
    rig = Rig(StillScene(head(), emissivity=0.98), noise_seed=4, emissivity=0.97, reflected_celsius=20.0)
    frame = rig.open().frame()
    content = {
        "eeprom": base64.b64encode(rig.sensor.eeprom).decode(),
        "frames": [base64.b64encode(raw).decode() for raw in frame.raw],
        "emissivity": frame.emissivity,
        "reflected_celsius": frame.reflected_celsius,
    }
    outcome = desk.decode(content)
    assert outcome.status == 0
    again = np.array(outcome.plain["frames"][-1]["to"], dtype=np.float32)
    assert again.tobytes() == frame.celsius.tobytes()


def test_the_reflected_temperature_can_be_given(desk: Desk) -> None:
    default = desk.decode(export()).plain["frames"][1]["to"]
    given = desk.decode(export(), "--reflected", "22").plain["frames"][1]["to"]
    warmer = desk.decode(export() | {"reflected_celsius": 40.0}).plain["frames"][1]["to"]
    over = desk.decode(export() | {"reflected_celsius": 40.0}, "--reflected", "22").plain["frames"][1]["to"]
    np.testing.assert_allclose(given, default, atol=0.01)
    assert given == over
    assert warmer[0] < default[0] - 0.1


def test_words_come_from_standard_input_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(export()).encode())))
    assert desk.run("-").status == 0


def test_bad_pixels_are_filled_from_what_has_been_measured_and_named(desk: Desk) -> None:
    unit = Unit.of(replace(UNIT.fields, broken=frozenset({400}), outliers=frozenset({33})))
    first, second = desk.decode(export(unit)).plain["frames"]
    assert first["filled_pixels"] == [33, 400]
    assert second["filled_pixels"] == [33, 400]
    assert second["to"][400] == pytest.approx(head().ravel()[400], abs=3.0)


@pytest.mark.parametrize(
    ("word", "value", "why"), [(48, 0, "GAIN"), (51, 0xFFFF, "Kvdd"), (49, 0, "PTAT25"), (33, 0, "alpha")]
)
def test_a_corrupt_eeprom_is_reported_with_the_word_and_why(
    word: int, value: int, why: str, desk: Desk
) -> None:
    content = export()
    content["eeprom"][word] = value
    outcome = desk.decode(content)
    assert outcome.status == 1
    assert outcome.plain["frames"] == []
    fault = next(fault for fault in outcome.plain["eeprom_faults"] if fault["word"] == word)
    assert why in fault["why"]
    assert "The EEPROM is corrupt: word " in outcome.err
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize("eeprom", [[0] * 832, [0xFFFF] * 832, [1, 2, 3], []])
def test_a_memory_that_is_no_eeprom_is_reported_as_corrupt(eeprom: list[int], desk: Desk) -> None:
    outcome = desk.decode(export() | {"eeprom": eeprom})
    assert outcome.status == 1
    assert outcome.plain["eeprom_faults"]


@pytest.mark.parametrize(
    ("word", "value", "name"),
    [
        (778, 0, "gain_out_of_range"),
        (778, 6800, "gain_jumped"),
        (800, 0, "ta_out_of_range"),
        (810, 0x1000, "vdd_out_of_range"),
        (833, 7, "subpage_unknown"),
        (2, 0x7FFF, "dead_row"),
        (2, 0x7FF0, "pixel_out_of_range"),
        (2, 0x8001, "not_decodable"),
    ],
)
def test_a_corrupt_frame_is_reported_with_the_word_and_why(
    word: int, value: int, name: str, desk: Desk
) -> None:
    content = export(count=4)
    content["frames"][2][word] = value
    outcome = desk.decode(content)
    assert outcome.status == 1
    found = {(fault["word"], fault["name"]) for fault in outcome.plain["frames"][2]["faults"]}
    assert (word, name) in found
    assert outcome.plain["frames"][0]["faults"] == []
    assert "The RAM is corrupt: word " in outcome.err
    assert "of frame 2 " in outcome.err
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize("bit", [0, 5, 15])
def test_a_bit_flipped_in_a_pixel_shows_against_the_next_frame(bit: int, desk: Desk) -> None:
    content = export()
    content["frames"][0][2] ^= 1 << bit
    faults = desk.decode(content).plain["frames"][1]["faults"]
    assert [(fault["word"], fault["name"]) for fault in faults] == [(2, "words_disagree")]


def test_frames_that_were_not_read_one_after_the_other_are_not_held_against_each_other(desk: Desk) -> None:
    content = export()
    content["frames"][1] = words(raw_of(UNIT, plain(20.0), 1))
    assert desk.decode(content).status == 0


@pytest.mark.parametrize("length", [0, 832, 835])
def test_a_frame_of_another_length_is_corrupt_at_its_end(length: int, desk: Desk) -> None:
    content = export()
    content["frames"][0] = (content["frames"][0] * 2)[:length]
    outcome = desk.decode(content)
    assert outcome.status == 1
    (fault,) = outcome.plain["frames"][0]["faults"]
    assert fault["word"] == length
    assert outcome.plain["frames"][1]["subpages"] == [1]


def test_a_ram_of_zeros_or_ones_is_json_without_a_single_nan(desk: Desk) -> None:
    for value in (0, 0xFFFF):
        content = export()
        content["frames"] = [[value] * 832 + [0x1901, subpage] for subpage in (0, 1)]
        outcome = desk.decode(content)
        assert outcome.status == 1
        assert all(frame["faults"] for frame in outcome.plain["frames"])
        assert "NaN" not in outcome.out


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b'{"eeprom": NaN}', "NaN is no number"),
        (b'{"eeprom": [], "eeprom": []}', "twice"),
        (b'{"emissivity": 1' + b"0" * 5000 + b"}", "no JSON"),
        ([], "no JSON object"),
        ({}, "eeprom is neither"),
        (export() | {"eeprom": [True] * 832}, "word 0 of its eeprom is no whole number"),
        (export() | {"eeprom": [1.0] * 832}, "word 0 of its eeprom is no whole number"),
        (export() | {"eeprom": [65536] * 832}, "word 0 of its eeprom is no whole number"),
        (export() | {"eeprom": [-1] * 832}, "word 0 of its eeprom is no whole number"),
        (export() | {"eeprom": [0] * 5000}, "has 5000 words"),
        (export() | {"eeprom": "****"}, "no base64"),
        (export() | {"eeprom": "é"}, "no base64"),
        (export() | {"eeprom": "AAAA"}, "3 bytes"),
        (export() | {"frames": None}, "no list called frames"),
        (export() | {"frames": [None]}, "frame 0 is neither"),
        (export() | {"frames": [[]] * 1001}, "1001 frames"),
        (export() | {"emissivity": None}, "emissivity is no number"),
        (export() | {"emissivity": True}, "emissivity is no number"),
        (export() | {"emissivity": 0}, "emissivity is no number"),
        (export() | {"emissivity": 1.5}, "emissivity is no number"),
        (export() | {"emissivity": "0.98"}, "emissivity is no number"),
        (export() | {"reflected_celsius": 1e9}, "reflected_celsius is no number"),
        (b" " * (8 * 1024 * 1024 + 1), "more than 8 MB"),
    ],
)
def test_a_file_that_is_no_such_thing_is_one_sentence_and_status_two(
    content: object, why: str, desk: Desk
) -> None:
    outcome = desk.decode(content)
    assert outcome.status == 2
    assert outcome.out == ""
    assert why in outcome.err
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize("name", ["absent.json", ".", "nul\0l"])
def test_a_file_that_cannot_be_read_is_one_sentence_and_status_two(name: str, desk: Desk) -> None:
    outcome = desk.run(name)
    assert outcome.status == 2
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize("celsius", ["nan", "-300", "1000"])
def test_a_reflected_temperature_that_cannot_be_is_refused(celsius: str, desk: Desk) -> None:
    outcome = desk.decode(export(), f"--reflected={celsius}")
    assert outcome.status == 2
    assert "--reflected lies between" in outcome.err


def test_an_export_that_names_its_eeprom_s_hash_shows_every_flipped_bit_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = UNIT.eeprom()
    good = {"eeprom": list(words), "frames": [], "emissivity": 1.0}
    raw = b"".join(int(word).to_bytes(2, "big") for word in words)
    good["eeprom_sha256"] = hashlib.sha256(raw).hexdigest()
    path = tmp_path / "export.json"
    path.write_text(json.dumps(good), encoding="utf-8")
    assert main(["decode", str(path)]) == 0
    for word, bit in ((16, 10), (49, 11), (200, 0), (831, 3)):
        flipped = [int(each) ^ (1 << bit if place == word else 0) for place, each in enumerate(words)]
        path.write_text(json.dumps({**good, "eeprom": flipped}), encoding="utf-8")
        assert main(["decode", str(path)]) == 1
    assert "EEPROM is corrupt" in capsys.readouterr().err


@pytest.mark.parametrize(
    "changes", [{"emissivity": 10**400}, {"reflected_celsius": 10**400}, {"emissivity": 1e-300}]
)
def test_numbers_that_no_file_of_words_has_are_refused_in_a_sentence(
    changes: dict[str, object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "export.json"
    export = {"eeprom": [0] * 832, "frames": [], "emissivity": 1.0, **changes}
    path.write_text(json.dumps(export), encoding="utf-8")
    assert main(["decode", str(path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
