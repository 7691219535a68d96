"""The live thermal picture, mirrored, with its scale in °C.

Mirrored, since a person who sees himself expects a mirror: he steps to his
left and the picture goes left. The 32x24 values are smoothed before they get
their colours, so that no colour appears that the map does not have. While an
event loop runs and the view is seen, one picture fades into the next (`fade`);
without, each is shown at once.
"""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QRect, QRectF, Qt, QThread, QTimer
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from kiosk.screen.colour_map import colour_table
from kiosk.screen.fade import STEP_S, Fade
from kiosk.screen.palette import CARD
from kiosk.screen.texts import LIVE_PICTURE, Language
from kiosk.wire import THERMAL_COLUMNS, THERMAL_ROWS, ThermalPicture

_DOUBLINGS, _SMALL_CARD = 3, 0.5
_TABLE = colour_table()


def mirrored_image(sensed: bytes) -> QImage:
    """A picture's 768 values in colour, eight times as large, left and right exchanged."""
    rows = (sensed[start : start + THERMAL_COLUMNS] for start in range(0, len(sensed), THERMAL_COLUMNS))
    values = b"".join(row[::-1] for row in rows)  # named, since QImage borrows the memory
    grey = QImage(values, THERMAL_COLUMNS, THERMAL_ROWS, THERMAL_COLUMNS, QImage.Format.Format_Grayscale8)
    for _ in range(_DOUBLINGS):
        grey = grey.scaled(
            grey.width() * 2,
            grey.height() * 2,
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        ).convertToFormat(QImage.Format.Format_Grayscale8)
    return _in_colour(grey)


def _in_colour(grey: QImage) -> QImage:
    indexed = QImage(
        grey.constBits(), grey.width(), grey.height(), grey.bytesPerLine(), QImage.Format.Format_Indexed8
    )
    indexed.setColorTable(_TABLE)
    return indexed.convertToFormat(QImage.Format.Format_RGB32)


def _scale_image() -> QImage:
    ramp = bytes(range(256))
    return _in_colour(QImage(ramp, 256, 1, 256, QImage.Format.Format_Grayscale8)).copy()


class ThermalView(QWidget):
    """A dark card: the picture, under it the scale and what it is."""

    def __init__(self, parent: QWidget, language: Language) -> None:
        super().__init__(parent)
        self._language = language
        self._image: QImage | None = None
        self._ends = ("", "")
        self._shown = b""
        self._fade: Fade | None = None
        self._since_last = QElapsedTimer()
        self._steps = QTimer(self, interval=round(1000 * STEP_S), timerType=Qt.TimerType.PreciseTimer)
        self._steps.timeout.connect(self._take_step)
        self.outline = False

    @property
    def has_picture(self) -> bool:
        return self._image is not None

    @property
    def shown_values(self) -> bytes:
        """The 768 values that are painted now."""
        return self._shown

    @property
    def scale_labels(self) -> tuple[str, str]:
        """The two ends of the scale as they are written, lowest first."""
        return self._ends

    def show_picture(self, picture: ThermalPicture) -> None:
        """Show another frame from now on."""
        values = bytes.fromhex(picture.pixels_hex)
        ends = (f"{picture.low_celsius:.1f} °C", f"{picture.high_celsius:.1f} °C")
        since_last_s = self._since_last.restart() / 1000 if self._since_last.isValid() else 0.0
        self._since_last.start()
        if ends == self._ends and self.isVisible() and QThread.currentThread().loopLevel() > 0:
            self._fade = Fade(self._shown, values, since_last_s)
        else:
            self._fade = Fade(values, values, 0.0)
        self._ends = ends
        if self._fade.is_over:
            self._take_step()
        elif not self._steps.isActive():
            self._take_step()
            self._steps.start()

    def clear_picture(self) -> None:
        """Forget the picture; whoever owns the view hides it."""
        self._image, self._ends, self._fade = None, ("", ""), None
        self._steps.stop()
        self._since_last.invalidate()
        self.update()

    def _take_step(self) -> None:
        if self._fade is None:
            return
        self._shown = self._fade.step()
        self._image = mirrored_image(self._shown)
        if self._fade.is_over:
            self._steps.stop()
        self.update()

    def show_outline(self, visible: bool) -> None:
        """Draw, or leave out, the oval into which the face should go."""
        self.outline = visible
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        picture = self._picture_rect()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(CARD.paper))
        painter.drawRoundedRect(QRectF(self.rect()), self._margin(), self._margin())
        if self._image is not None:
            painter.drawImage(picture, self._image)
            if self.outline:
                self._draw_outline(painter, picture)
            self._draw_scale(painter, picture)
        painter.end()

    def _margin(self) -> float:
        return min(self.width(), self.height()) * 0.035

    def _picture_rect(self) -> QRect:
        """The largest 4:3 rectangle that leaves room for the scale, of which a small card needs more."""
        margin = round(self._margin())
        share = 0.74 if self.height() < _SMALL_CARD * self.window().height() else 0.82
        width = min(self.width() - 2 * margin, round((self.height() * share - margin) * 4 / 3))
        return QRect((self.width() - width) // 2, margin, width, width * 3 // 4)

    def _draw_outline(self, painter: QPainter, picture: QRect) -> None:
        pen = QPen(QColor(CARD.ink), max(2.0, picture.height() * 0.012), Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        height = picture.height() * 0.62
        oval = QRectF(0, 0, height * 0.74, height)
        oval.moveCenter(QRectF(picture).center())
        painter.drawEllipse(oval)

    def _draw_scale(self, painter: QPainter, picture: QRect) -> None:
        room = self.height() - picture.bottom() - self._margin()
        bar = QRectF(picture.left(), picture.bottom() + room * 0.14, picture.width(), room * 0.2)
        painter.drawImage(bar, _scale_image())
        margin = self._margin() + 2
        words = QRectF(
            margin, bar.bottom(), self.width() - 2 * margin, self.height() - bar.bottom() - margin / 2
        )
        pixels = min(words.height() * 0.55, self.width() * 0.062)
        low, high = self._ends
        self._write(painter, words, pixels, (low,), "", Qt.AlignmentFlag.AlignLeft)
        self._write(painter, words, pixels, (high,), "", Qt.AlignmentFlag.AlignRight)
        caption = LIVE_PICTURE.in_order(self._language)
        self._write(painter, words, pixels * 0.68, caption, "\n")

    def _write(
        self,
        painter: QPainter,
        room: QRectF,
        pixels: float,
        words: tuple[str, ...],
        between: str,
        side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignHCenter,
    ) -> None:
        font = QFont(self.font())
        font.setPixelSize(max(8, round(pixels)))
        painter.setFont(font)
        painter.setPen(QColor(CARD.ink))
        flags = int(side | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(room, flags, between.join(words))
