"""A meal safety slip as a QR code, to be photographed from the screen.

Level M, a quiet zone of four modules (ISO/IEC 18004, 5.3.8), black on white
whatever the page's colour, and each module a whole number of pixels.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import zxingcpp
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

QUIET_MODULES = 4
_NOTHING = np.zeros((0, 0), dtype=np.bool_)


def modules_of(text: str) -> npt.NDArray[np.bool_]:
    """The dark modules, a square without its quiet zone; empty where no symbol holds the text."""
    try:
        barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    except ValueError:
        return _NOTHING
    image = zxingcpp.write_barcode_to_image(barcode, scale=1, add_quiet_zones=False)
    dark: npt.NDArray[np.bool_] = np.asarray(image) == 0
    return dark


class SlipView(QWidget):
    """Draws the code as large as its room allows, in the middle of it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._text = ""
        self._modules = _NOTHING
        self.hide()

    @property
    def module_px(self) -> int:
        """How many pixels wide a module is; 0 where there is no code, or no room for one."""
        across = self._modules.shape[0]
        return min(self.width(), self.height()) // (across + 2 * QUIET_MODULES) if across else 0

    def show_slip(self, text: str | None) -> None:
        """Show another slip, or none."""
        if (text or "") != self._text:
            self._text = text or ""
            self._modules = modules_of(text) if text else _NOTHING
        self.setVisible(bool(self._modules.size))
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        pixels = self.module_px
        if not pixels:
            return
        across = self._modules.shape[0]
        side = (across + 2 * QUIET_MODULES) * pixels
        left, top = (self.width() - side) // 2, (self.height() - side) // 2
        painter = QPainter(self)
        painter.fillRect(QRect(left, top, side, side), QColor(Qt.GlobalColor.white))
        black = QColor(Qt.GlobalColor.black)
        for row, column in np.argwhere(self._modules).tolist():
            x, y = left + (column + QUIET_MODULES) * pixels, top + (row + QUIET_MODULES) * pixels
            painter.fillRect(QRect(x, y, pixels, pixels), black)
        painter.end()
