"""Which lane a screen stands at: a strip on top of every page, where a kiosk has more than one."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from kiosk.core.rules import Rules
from kiosk.screen import texts
from kiosk.screen.fitted import FittedLabel
from kiosk.screen.palette import BAR
from kiosk.screen.panel import Panel
from kiosk.screen.texts import Language, Text

HEIGHT_SHARE = 0.07
"""As a part of the window's height."""

_TEXT_SHARE = 0.62


def lane_text(rules: Rules, lane: str) -> Text | None:
    """What people do there, and the lane's name; the first has none. None where there is one lane only."""
    if not rules.lanes:
        return None
    purposes = dict.fromkeys(point.purpose for point in rules.points_of(lane))
    what = [texts.PURPOSES[purpose] for purpose in purposes]
    said = Text(" · ".join(text.zh_CN for text in what), " · ".join(text.en for text in what))
    return Text(f"{said.zh_CN}（{lane}）", f"{said.en} ({lane})") if lane else said


class LaneSign(Panel):
    """Both languages in one line; `show_text` once, before the window is shown."""

    def __init__(self, parent: QWidget, language: Language) -> None:
        super().__init__(parent)
        self._language: Language = language
        self._label = FittedLabel(self, bold=True, wrap=False)
        self._label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._label.set_ink(BAR.ink)
        self.set_paper(BAR)
        self.setVisible(False)

    def show_text(self, text: Text | None) -> None:
        """Show it, or nothing at all."""
        self._label.show_text("  ".join(text.in_order(self._language)) if text is not None else "")
        self.setVisible(text is not None)

    def words(self) -> str:
        """The line, in full."""
        return self._label.full_text

    def height_in(self, window_px: int) -> int:
        """How much of a window's height it takes."""
        return round(window_px * HEIGHT_SHARE) if self.words() else 0

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._label.place(QRect(0, 0, self.width(), self.height()), self.height() * _TEXT_SHARE)
