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

from drivers.qr import MAX_PAYLOAD_BYTES, Decoded, Grey, QrDecoder, main
from sim.phone import qr_modules


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


def test_other_barcodes_are_not_read() -> None:
    zxingcpp = importlib.import_module("zxingcpp")
    barcode = zxingcpp.create_barcode("6901234567892", zxingcpp.BarcodeFormat.EAN13)
    assert QrDecoder().decode(np.pad(np.array(barcode.to_image(scale=3)), 30, constant_values=255)) == []


def test_zbar_gets_every_third_missed_picture_at_half_size(monkeypatch: pytest.MonkeyPatch) -> None:
    zbar = with_zbar(monkeypatch, b"HP1:FROM ZBAR")
    decoder = QrDecoder()
    assert [len(decoder.decode(EMPTY)) for _ in range(6)] == [0, 0, 1, 0, 0, 1]
    assert zbar.shapes == [(360, 640), (360, 640)]


def test_corners_from_zbar_are_in_pixels_of_the_whole_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    with_zbar(monkeypatch, b"HP1:FROM ZBAR")
    [code] = QrDecoder(zbar_every=1).decode(EMPTY)
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
    assert QrDecoder(zbar_every=1).decode(EMPTY) == []


def test_bytes_that_zbar_may_have_rewritten_are_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    with_zbar(monkeypatch, "é".encode())
    assert QrDecoder(zbar_every=1).decode(EMPTY) == []


def test_without_zbar_codes_are_read_and_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pyzbar.pyzbar", None)
    decoder = QrDecoder(zbar_every=1)
    assert decoder.decode(EMPTY) == []
    assert payloads(decoder.decode(picture("HP1:ABC"))) == [b"HP1:ABC"]
    assert decoder.missing is not None
    assert "libzbar0" in decoder.missing


def test_the_real_zbar_reads_what_is_in_the_picture() -> None:
    try:
        module = importlib.import_module("pyzbar.pyzbar")
    except ImportError:
        pytest.skip("libzbar0 is not installed")
    assert module is not None
    for payload, expected in ((b"HP1:ABC", [b"HP1:ABC"]), (bytes(range(128, 256)), [])):
        codes = QrDecoder()._zbar.decode(np.asarray(picture(payload, scale=8)))
        assert payloads(codes) == expected


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (1, 5000), (3, 3)])
def test_a_picture_too_small_for_a_code_reads_nothing(shape: tuple[int, int]) -> None:
    assert QrDecoder(zbar_every=1).decode(np.zeros(shape, np.uint8)) == []


def test_noise_of_any_kind_reads_nothing_and_raises_nothing() -> None:
    random = np.random.default_rng(11)
    decoder = QrDecoder(zbar_every=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for shape in ((240, 320), (97, 211), (400, 400)):
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
