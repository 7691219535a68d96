from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from kiosk.cli.checks import window
from kiosk.gatekeeper.finding import State
from tests.cli.bench import failed


def answers(*given: window.Answer) -> Callable[[object], window.Answer]:
    left = iter(given)
    return lambda _: next(left)


FOUND = {"platform": "xcb", "size": [1024, 600], "font": "Noto Sans SC", "display": True}
ABORTED = (-6, "", "qt.qpa.xcb: could not connect to display :7\n")


def test_a_display_and_a_font_are_named() -> None:
    findings = window.check_screen(answers((0, json.dumps(FOUND), "")))
    assert [finding.text for finding in findings] == [
        "Qt draws through xcb, 1024x600 pixels", "Noto Sans SC for Chinese",
    ]  # fmt: skip


def test_a_display_that_ends_qt_fails_and_the_font_is_still_looked_for() -> None:
    screen, font = window.check_screen(answers(ABORTED, (0, json.dumps(FOUND | {"font": None}), "")))
    failed(screen, "DISPLAY", "libxcb-cursor0")
    failed(font, "fonts-wqy-microhei")


def test_a_qt_that_does_not_start_at_all_fails() -> None:
    (screen,) = window.check_screen(answers(ABORTED, ABORTED))
    failed(screen, "not even offscreen")


@pytest.mark.parametrize(
    ("last_line", "word"),
    [
        ("ImportError: libEGL.so.1: cannot open shared object file: No such file or directory", "libegl1"),
        ("ModuleNotFoundError: No module named 'PySide6'", "PySide6"),
    ],
)
def test_a_qt_that_cannot_be_loaded_names_the_library(last_line: str, word: str) -> None:
    (screen,) = window.check_screen(answers((1, "", f"Traceback …\n{last_line}\n")))
    failed(screen, word)


def test_without_a_display_the_screen_is_tried_offscreen(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    screen, font = window.check_screen()
    assert screen.state is State.WARN
    assert font.part == "font"
