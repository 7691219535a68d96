from __future__ import annotations

import importlib
import json
import sys
import warnings
from pathlib import Path
from types import ModuleType, SimpleNamespace

import cv2
import numpy as np
import pytest

from drivers.qr import MAX_PAYLOAD_BYTES, Decoded, Grey, QrDecoder, zxing
from drivers.qr.__main__ import main
from drivers.qr.code import new_among
from drivers.qr.picture import Picture
from drivers.qr.stages import attempts
from drivers.qr.thorough import ThoroughDecoder
from drivers.qr.zbar import Zbar
from sim.phone import qr_modules
from tests.bench.reader_bank import CONDITIONS, Sample, sample


def picture(payload: str | bytes, level: str = "M", scale: int = 4) -> Grey:
    """A clean symbol with its quiet zone."""
    symbol = np.pad(qr_modules(payload, level), 4, constant_values=255)
    return np.asarray(symbol.repeat(scale, axis=0).repeat(scale, axis=1), np.uint8)


def payloads(codes: list[Decoded]) -> list[bytes]:
    return [code.payload for code in codes]


class FakeZbar(ModuleType):
    """Stands where pyzbar stands, with a behaviour of its choosing; zbar itself may not be installed."""

    class PyZbarError(Exception):
        pass

    ZBarSymbol = SimpleNamespace(QRCODE=64)

    def __init__(self, outcome: bytes | Exception) -> None:
        super().__init__("pyzbar.pyzbar")
        self.outcome = outcome
        self.shapes: list[tuple[int, ...]] = []

    def decode(self, grey: Grey, symbols: list[int]) -> list[SimpleNamespace]:
        self.shapes.append(grey.shape)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        corners = [SimpleNamespace(x=x, y=y) for x, y in ((10, 20), (10, 60), (50, 60), (50, 20))]
        return [SimpleNamespace(data=self.outcome, polygon=corners)]


def with_zbar(monkeypatch: pytest.MonkeyPatch, outcome: bytes | Exception) -> FakeZbar:
    fake = FakeZbar(outcome)
    monkeypatch.setitem(sys.modules, "pyzbar.pyzbar", fake)
    return fake


EMPTY: Grey = np.full((720, 1280), 120, np.uint8)


@pytest.mark.parametrize(
    "payload",
    [
        bytes(range(256)),
        b"HP1:6BF\x00truncated?",
        "健康码".encode("gb18030"),
        "健康码".encode(),
        b"\xff\xfe",
        np.random.default_rng(7).bytes(600),
    ],
)
def test_bytes_come_through_exactly(payload: bytes) -> None:
    assert payloads(QrDecoder().decode(picture(payload))) == [payload]


def test_corners_are_where_the_symbol_is() -> None:
    [code] = QrDecoder().decode(picture("HP1:ABC", scale=10))
    assert code.decoder == "zxing-cpp"
    assert code.quad is not None
    assert np.allclose(code.quad, [(40, 40), (250, 40), (250, 250), (40, 250)], atol=12)


def test_two_codes_in_view_are_both_returned() -> None:
    both = np.hstack([np.pad(picture(text), 40, constant_values=200) for text in ("FIRST ONE", "OTHER ONE")])
    assert sorted(payloads(QrDecoder().decode(both))) == [b"FIRST ONE", b"OTHER ONE"]


def test_a_payload_of_4296_characters_is_read_and_one_more_is_refused() -> None:
    for length, expected in ((MAX_PAYLOAD_BYTES, ["7" * MAX_PAYLOAD_BYTES]), (MAX_PAYLOAD_BYTES + 1, [])):
        codes = QrDecoder().decode(picture("7" * length, level="L"))
        assert [code.payload.decode() for code in codes] == expected


def linear(kind: str, text: str) -> Grey:
    zxingcpp = importlib.import_module("zxingcpp")
    barcode = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind))
    return np.asarray(np.pad(np.array(barcode.to_image(scale=3)), 30, constant_values=255), np.uint8)


SLIPS = [("EAN13", "6901234567892"), ("EAN8", "96385074"), ("Code128", "ORDER-20261127-0042")]


@pytest.mark.parametrize(("kind", "text"), SLIPS)
def test_other_codes_than_qr_are_read_only_where_they_are_asked_for(kind: str, text: str) -> None:
    assert QrDecoder().decode(linear(kind, text)) == []
    assert payloads(QrDecoder(linear=True).decode(linear(kind, text))) == [text.encode()]


def test_a_micro_qr_code_is_none() -> None:
    """Its error detection is so weak that one is seen in a blurred picture where none is."""
    assert QrDecoder(linear=True).decode(linear("MicroQRCode", "971897")) == []
    assert ThoroughDecoder().decode(Picture(linear("MicroQRCode", "971897"))) == []


def test_each_missed_frame_has_one_further_attempt_and_after_six_all_have_had_their_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    zbar = with_zbar(monkeypatch, ValueError("reads nothing"))
    decoder = QrDecoder()
    assert decoder.attempts == 6
    assert [decoder.decode(EMPTY) for _ in range(12)] == [[]] * 12
    assert zbar.shapes == [(360, 640), (360, 640)]


def test_the_attempt_that_has_read_a_code_is_the_first_at_the_next_frame(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_zbar(monkeypatch, b"HP1:FROM ZBAR")
    decoder = QrDecoder()
    assert [len(decoder.decode(EMPTY)) for _ in range(8)] == [0, 0, 0, 0, 0, 1, 1, 1]


def test_corners_from_zbar_are_in_pixels_of_the_whole_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    with_zbar(monkeypatch, b"HP1:FROM ZBAR")
    [code] = Zbar().decode(EMPTY)
    assert code == Decoded(b"HP1:FROM ZBAR", "pyzbar", ((20, 40), (20, 120), (100, 120), (100, 40)))


@pytest.mark.parametrize(
    "failure",
    [
        FakeZbar.PyZbarError("unsupported"),
        ValueError("35 is not a valid ZBarSymbol"),
        IndexError("no polygon"),
        RuntimeWarning("structured append"),
        OSError("library went away"),
    ],
)
def test_no_failure_of_zbar_leaves_the_decoder(monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    with_zbar(monkeypatch, failure)
    decoder = QrDecoder()
    assert [decoder.decode(EMPTY) for _ in range(6)] == [[]] * 6


def test_no_failure_of_zxing_leaves_the_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    with_zbar(monkeypatch, b"HP1:FROM ZBAR")

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("unsupported encoding")

    monkeypatch.setattr(importlib.import_module("zxingcpp"), "read_barcodes", fails)
    decoder = QrDecoder()
    assert [len(decoder.decode(EMPTY)) for _ in range(6)] == [0, 0, 0, 0, 0, 1]


def test_bytes_that_zbar_may_have_rewritten_are_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    with_zbar(monkeypatch, "é".encode())
    assert Zbar().decode(EMPTY) == []


def test_without_zbar_codes_are_read_and_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pyzbar.pyzbar", None)
    decoder = QrDecoder()
    assert [decoder.decode(EMPTY) for _ in range(6)] == [[]] * 6
    assert payloads(decoder.decode(picture("HP1:ABC"))) == [b"HP1:ABC"]
    assert decoder.missing is not None
    assert "libzbar0" in decoder.missing


def test_the_real_zbar_reads_what_is_in_the_picture() -> None:
    if Zbar().missing:
        pytest.skip("libzbar0 is not installed")
    for payload, expected in ((b"HP1:ABC", [b"HP1:ABC"]), (bytes(range(128, 256)), [])):
        assert payloads(Zbar().decode(picture(payload, scale=8))) == expected


def seen(condition: str, module_px: float, version: int) -> Sample:
    """One frame of the bank by its name."""
    return sample(next(each for each in CONDITIONS if each.name == condition), module_px, version)


FURTHER = [
    ("global histogram", 0, "too bright", 2.0, 13),
    ("median", 1, "flickering", 6.0, 11),
    ("unsharp mask", 2, "out of focus", 2.0, 10),
    ("equalised", 3, "too bright", 2.0, 16),
    ("twice the size", 4, "paper in a shadow", 3.0, 13),
]


@pytest.mark.parametrize(("name", "turn", "condition", "module_px", "version"), FURTHER)
def test_each_further_attempt_reads_what_the_plain_pass_does_not(
    name: str, turn: int, condition: str, module_px: float, version: int
) -> None:
    each = seen(condition, module_px, version)
    assert zxing.read(each.frame, zxing.How()) == []
    [code] = attempts(Zbar())[turn](each.frame)
    assert code.payload == each.payload
    assert code.quad is not None
    middle = np.mean(code.quad, axis=0)
    assert np.hypot(*(middle - (640, 345))) < 60, "in pixels of the whole frame"


def test_a_code_seen_by_two_stages_is_one_code_and_a_second_one_elsewhere_is_another() -> None:
    here, shifted, there = (
        Decoded(b"A", "zxing-cpp", ((x, 0), (x + 100, 0), (x + 100, 100), (x, 100))) for x in (0, 6, 300)
    )
    assert new_among([shifted, there], [here]) == [there]
    assert new_among([Decoded(b"A", "pyzbar", None)], [here]) == []


def test_a_photograph_far_larger_than_a_frame_is_read_by_trying_every_stage() -> None:
    each = seen("flickering", 6.0, 10)
    large = np.asarray(cv2.resize(each.frame, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC), np.uint8)
    assert zxing.read(large, zxing.How()) == []
    assert payloads(ThoroughDecoder().decode(Picture(large))) == [each.payload]


def test_a_code_in_colours_of_one_brightness_is_read() -> None:
    dark = picture("HP1:ABC") == 0
    colours = np.where(dark[:, :, np.newaxis], (30, 128, 200), (200, 128, 30)).astype(np.uint8)
    grey = np.full(dark.shape, 120, np.uint8)
    assert payloads(ThoroughDecoder().decode(Picture(grey, colours))) == [b"HP1:ABC"]


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (1, 5000), (3, 3)])
def test_a_picture_too_small_for_a_code_reads_nothing(shape: tuple[int, int]) -> None:
    decoder = QrDecoder()
    assert [decoder.decode(np.zeros(shape, np.uint8)) for _ in range(7)] == [[]] * 7
    assert ThoroughDecoder().decode(Picture(np.zeros(shape, np.uint8))) == []


def test_noise_of_any_kind_reads_nothing_and_raises_nothing() -> None:
    random = np.random.default_rng(11)
    decoder = QrDecoder()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for shape in ((240, 320), (97, 211), (400, 400)):
            for _ in range(decoder.attempts):
                assert decoder.decode(random.integers(0, 256, shape, np.uint8)) == []
                assert decoder.decode(255 * random.integers(0, 2, shape, np.uint8)) == []


def test_the_command_prints_a_json_line_per_image(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, blank, no_image = (tmp_path / name for name in ("code.png", "blank.png", "notes.txt"))
    cv2.imwrite(str(code), picture("HP1:健康"))
    cv2.imwrite(str(blank), EMPTY)
    no_image.write_text("no picture")
    assert main(["--fast", str(code), str(blank)]) == 0
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first["file"] == str(code)
    assert first["texts"] == ["HP1:健康"]
    assert first["decoder"] == "zxing-cpp"
    assert first["ms"] > 0
    assert second["texts"] == []
    assert second["decoder"] is None
    assert main(["--fast", str(no_image), str(tmp_path / "absent.png")]) == 1
    third, fourth = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert third["error"] == "not an image"
    assert fourth["error"] == "No such file or directory"


def test_the_command_tries_every_stage_unless_it_is_told_to_be_fast(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    each = seen("out of focus", 2.0, 10)
    file = tmp_path / "blurred.png"
    cv2.imwrite(str(file), each.frame)
    assert main([str(file)]) == 0
    assert main(["--fast", str(file)]) == 0
    thorough, fast = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (thorough["texts"], fast["texts"]) == ([each.payload.decode()], [])


def test_a_transparent_picture_is_read_as_on_white(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alpha = 255 - picture("HP1:ABC")
    file = tmp_path / "logo.png"
    cv2.imwrite(str(file), np.dstack([np.zeros((*alpha.shape, 3), np.uint8), alpha]))
    assert main([str(file)]) == 0
    assert json.loads(capsys.readouterr().out)["texts"] == ["HP1:ABC"]
