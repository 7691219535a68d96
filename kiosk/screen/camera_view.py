"""The view-finder: what the reader's camera sees, mirrored, with a frame to bring the code into.

Mirrored, since a person who sees his own hand expects a mirror: he moves it to his left and it goes left.
"""

from __future__ import annotations

from base64 import b64decode

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from kiosk.screen.palette import CARD
from kiosk.screen.texts import CAMERA_PICTURE, Language
from kiosk.wire import CAMERA_COLUMNS, CAMERA_ROWS, CameraPicture

_FRAME_SHARE, _CORNER_SHARE = 0.72, 0.22


def mirrored_grey(picture: CameraPicture) -> QImage:
    """The picture in grey, left and right exchanged. Raises ValueError where it is no base64 of its size."""
    seen = b64decode(picture.pixels, validate=True)
    if len(seen) != CAMERA_ROWS * CAMERA_COLUMNS:
        raise ValueError(f"a camera's picture of {len(seen)} values")
    starts = range(0, len(seen), CAMERA_COLUMNS)
    values = b"".join(seen[start : start + CAMERA_COLUMNS][::-1] for start in starts)
    grey = QImage(values, CAMERA_COLUMNS, CAMERA_ROWS, CAMERA_COLUMNS, QImage.Format.Format_Grayscale8)
    return grey.copy()  # since QImage borrows the memory


class CameraView(QWidget):
    """A dark card: the picture, the frame in it, and under it what to do."""

    def __init__(self, parent: QWidget, language: Language) -> None:
        super().__init__(parent)
        self._language = language
        self._image: QImage | None = None

    @property
    def has_picture(self) -> bool:
        return self._image is not None

    def show_picture(self, picture: CameraPicture) -> None:
        """Show another frame from now on."""
        self._image = mirrored_grey(picture)
        self.update()

    def clear_picture(self) -> None:
        """Forget the picture; whoever owns the view hides it."""
        self._image = None
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        margin = min(self.width(), self.height()) * 0.035
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(CARD.paper))
        painter.drawRoundedRect(QRectF(self.rect()), margin, margin)
        if self._image is not None:
            picture = self._picture_rect(round(margin))
            painter.drawImage(picture, self._image)
            self._draw_frame(painter, picture)
            self._draw_words(painter, picture.bottom(), margin)
        painter.end()

    def _picture_rect(self, margin: int) -> QRect:
        """The largest 16:9 rectangle that leaves a seventh of the height for the words."""
        width = min(self.width() - 2 * margin, round((self.height() * 0.86 - margin) * 16 / 9))
        height = width * 9 // 16
        top = max(margin, (round(self.height() * 0.86) - height) // 2)
        return QRect((self.width() - width) // 2, top, width, height)

    def _draw_frame(self, painter: QPainter, picture: QRect) -> None:
        """The four corners of a square."""
        side = picture.height() * _FRAME_SHARE
        square = QRectF(0, 0, side, side)
        square.moveCenter(QRectF(picture).center())
        painter.setPen(QPen(QColor(CARD.ink), max(2.0, picture.height() * 0.014)))
        reach = side * _CORNER_SHARE
        for x, inward in ((square.left(), reach), (square.right(), -reach)):
            for y, down in ((square.top(), reach), (square.bottom(), -reach)):
                painter.drawLine(round(x), round(y), round(x + inward), round(y))
                painter.drawLine(round(x), round(y), round(x), round(y + down))

    def _draw_words(self, painter: QPainter, below: int, margin: float) -> None:
        room = QRectF(margin, below, self.width() - 2 * margin, self.height() - below)
        font = QFont(self.font())
        font.setPixelSize(max(8, round(min(room.height() * 0.3, self.width() * 0.045))))
        painter.setFont(font)
        painter.setPen(QColor(CARD.ink))
        words = "\n".join(CAMERA_PICTURE.in_order(self._language))
        painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter), words)
