"""The signs, drawn with QPainter in a unit square so that they are sharp at every size.

An outcome is told three times: by colour, by the shape (circle, triangle,
octagon, as on the road) and by the mark inside it (check, exclamation mark,
cross), so that it needs no sight of colour and no reading.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import Enum, auto

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from kiosk.screen.palette import Scheme
from kiosk.terms import Outcome


class Icon(Enum):
    """What can be drawn."""

    GRANT = auto()
    REFER = auto()
    DENY = auto()
    PHONE = auto()
    FACE = auto()
    CLOSER = auto()
    STEP_LEFT = auto()
    STEP_RIGHT = auto()
    STEP_BACK = auto()
    ONE_PERSON = auto()
    MOMENT = auto()
    UNPLUGGED = auto()
    BELL = auto()


OUTCOME_ICONS = {Outcome.GRANT: Icon.GRANT, Outcome.REFER: Icon.REFER, Outcome.DENY: Icon.DENY}


class IconView(QWidget):
    """One icon, as large a square as fits, centred."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.icon: Icon | None = None
        self._ink, self._mark = "#ffffff", "#000000"

    def show_icon(self, icon: Icon, scheme: Scheme) -> None:
        """Draw `icon` in the ink of `scheme`."""
        self.icon, self._ink, self._mark = icon, scheme.ink, scheme.mark
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self.icon is None:
            return
        side = min(self.width(), self.height())
        painter = QPainter(self)
        painter.translate((self.width() - side) / 2, (self.height() - side) / 2)
        draw_icon(painter, self.icon, side, self._ink, self._mark)
        painter.end()


def draw_icon(painter: QPainter, icon: Icon, side: float, ink: str, mark: str) -> None:
    """Draw `icon` into the square from the origin to (`side`, `side`)."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(side, side)
    _DRAWERS[icon](painter, QColor(ink), QColor(mark))
    painter.restore()


def _fill(painter: QPainter, colour: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)


def _stroke(painter: QPainter, colour: QColor, width: float) -> None:
    pen = QPen(colour, width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _points(*pairs: tuple[float, float]) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in pairs])


def _line(painter: QPainter, *pairs: tuple[float, float]) -> None:
    painter.drawPolyline(_points(*pairs))


def _grant(painter: QPainter, ink: QColor, mark: QColor) -> None:
    _fill(painter, ink)
    painter.drawEllipse(QRectF(0.02, 0.02, 0.96, 0.96))
    _stroke(painter, mark, 0.13)
    _line(painter, (0.26, 0.53), (0.43, 0.70), (0.75, 0.33))


def _refer(painter: QPainter, ink: QColor, mark: QColor) -> None:
    pen = QPen(ink, 0.10)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(ink)
    painter.drawPolygon(_points((0.5, 0.09), (0.94, 0.88), (0.06, 0.88)))
    _stroke(painter, mark, 0.11)
    _line(painter, (0.5, 0.36), (0.5, 0.60))
    _fill(painter, mark)
    painter.drawEllipse(QPointF(0.5, 0.775), 0.065, 0.065)


def _deny(painter: QPainter, ink: QColor, mark: QColor) -> None:
    _fill(painter, ink)
    corners = [math.radians(22.5 + 45 * i) for i in range(8)]
    painter.drawPolygon(_points(*((0.5 + 0.52 * math.cos(a), 0.5 + 0.52 * math.sin(a)) for a in corners)))
    _stroke(painter, mark, 0.13)
    _line(painter, (0.32, 0.32), (0.68, 0.68))
    _line(painter, (0.68, 0.32), (0.32, 0.68))


def _phone(painter: QPainter, ink: QColor, mark: QColor) -> None:
    _fill(painter, ink)
    painter.drawRoundedRect(QRectF(0.24, 0.02, 0.52, 0.96), 0.08, 0.08)
    _fill(painter, mark)
    for x, y in ((0.31, 0.22), (0.53, 0.22), (0.31, 0.48)):
        painter.drawRect(QRectF(x, y, 0.16, 0.16))
    for x, y in ((0.53, 0.44), (0.63, 0.44), (0.58, 0.51), (0.53, 0.58), (0.63, 0.58)):
        painter.drawRect(QRectF(x, y, 0.06, 0.06))
    painter.drawRoundedRect(QRectF(0.42, 0.86, 0.16, 0.035), 0.017, 0.017)
    _fill(painter, ink)
    for x, y in ((0.355, 0.265), (0.575, 0.265), (0.355, 0.525)):
        painter.drawRect(QRectF(x, y, 0.07, 0.07))


def _head(painter: QPainter, ink: QColor, x: float, scale: float) -> None:
    _fill(painter, ink)
    painter.drawEllipse(QPointF(x, 0.5 - 0.13 * scale), 0.20 * scale, 0.25 * scale)
    painter.drawChord(QRectF(x - 0.36 * scale, 0.5 + 0.17 * scale, 0.72 * scale, 0.62 * scale), 0, 180 * 16)


def _face(painter: QPainter, ink: QColor, _mark: QColor) -> None:
    _head(painter, ink, 0.5, 0.82)
    _stroke(painter, ink, 0.05)
    for sx in (-1, 1):
        for sy in (-1, 1):
            x, y = 0.5 + 0.46 * sx, 0.5 + 0.46 * sy
            _line(painter, (x - 0.16 * sx, y), (x, y), (x, y - 0.16 * sy))


def _closer(painter: QPainter, ink: QColor, _mark: QColor) -> None:
    _head(painter, ink, 0.12, 0.36)
    _head(painter, ink, 0.72, 0.95)
    _stroke(painter, ink, 0.06)
    _line(painter, (0.24, 0.40), (0.42, 0.40))
    _line(painter, (0.34, 0.31), (0.43, 0.40), (0.34, 0.49))


def _step_left(painter: QPainter, ink: QColor, _mark: QColor) -> None:
    """To the left of whoever looks at the screen."""
    _step_aside(painter, ink, -1)


def _step_right(painter: QPainter, ink: QColor, _mark: QColor) -> None:
    _step_aside(painter, ink, 1)


def _step_aside(painter: QPainter, ink: QColor, side: int) -> None:
    _head(painter, ink, 0.5 - 0.24 * side, 0.86)
    _stroke(painter, ink, 0.09)
    _line(painter, (0.5 + 0.14 * side, 0.42), (0.5 + 0.44 * side, 0.42))
    _line(painter, (0.5 + 0.30 * side, 0.26), (0.5 + 0.46 * side, 0.42), (0.5 + 0.30 * side, 0.58))


def _step_back(painter: QPainter, ink: QColor, _mark: QColor) -> None:
    _head(painter, ink, 0.26, 0.90)
    _head(painter, ink, 0.86, 0.40)
    _stroke(painter, ink, 0.06)
    _line(painter, (0.52, 0.42), (0.72, 0.42))
    _line(painter, (0.64, 0.33), (0.73, 0.42), (0.64, 0.51))


def _one_person(painter: QPainter, ink: QColor, _mark: QColor) -> None:
    _head(painter, ink, 0.36, 0.95)
    _stroke(painter, ink, 0.09)
    _line(painter, (0.74, 0.22), (0.84, 0.14), (0.84, 0.58))


def _moment(painter: QPainter, ink: QColor, _mark: QColor) -> None:
    _stroke(painter, ink, 0.07)
    painter.drawEllipse(QPointF(0.5, 0.5), 0.44, 0.44)
    _line(painter, (0.5, 0.22), (0.5, 0.52), (0.68, 0.64))


def _unplugged(painter: QPainter, ink: QColor, _mark: QColor) -> None:
    _stroke(painter, ink, 0.09)
    _line(painter, (0.02, 0.5), (0.20, 0.5))
    _line(painter, (0.80, 0.5), (0.98, 0.5))
    for y in (0.38, 0.62):
        _line(painter, (0.42, y), (0.52, y))
    _fill(painter, ink)
    painter.drawRoundedRect(QRectF(0.14, 0.24, 0.26, 0.52), 0.08, 0.08)
    painter.drawRoundedRect(QRectF(0.66, 0.24, 0.20, 0.52), 0.08, 0.08)


def _bell(painter: QPainter, ink: QColor, _mark: QColor) -> None:
    _fill(painter, ink)
    painter.drawEllipse(QPointF(0.5, 0.12), 0.07, 0.07)
    painter.drawChord(QRectF(0.22, 0.12, 0.56, 0.80), 0, 180 * 16)
    painter.drawRect(QRectF(0.22, 0.51, 0.56, 0.16))
    painter.drawPolygon(_points((0.22, 0.64), (0.78, 0.64), (0.90, 0.80), (0.10, 0.80)))
    painter.drawChord(QRectF(0.38, 0.74, 0.24, 0.22), 180 * 16, 180 * 16)


_Drawer = Callable[[QPainter, QColor, QColor], None]

_DRAWERS: dict[Icon, _Drawer] = {
    Icon.GRANT: _grant,
    Icon.REFER: _refer,
    Icon.DENY: _deny,
    Icon.PHONE: _phone,
    Icon.FACE: _face,
    Icon.CLOSER: _closer,
    Icon.STEP_LEFT: _step_left,
    Icon.STEP_RIGHT: _step_right,
    Icon.STEP_BACK: _step_back,
    Icon.ONE_PERSON: _one_person,
    Icon.MOMENT: _moment,
    Icon.UNPLUGGED: _unplugged,
    Icon.BELL: _bell,
}
