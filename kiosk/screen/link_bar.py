"""The bottom bar, for staff: the connection, the entries that wait, what does not work or is unusual, and the
way to the staff page.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, tzinfo

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from kiosk.core.view import LinkView, SourceState, SourceView, StaffView
from kiosk.screen import staff_texts, texts
from kiosk.screen.fitted import FittedLabel
from kiosk.screen.palette import BAR, BAR_BUTTON, BAR_FAULT
from kiosk.screen.plain import local_time, plain
from kiosk.screen.texts import Language, Text, filled
from kiosk.screen.touch import TouchButton

_LINK_SHARE, _WAITING_SHARE, _STAFF_SHARE = 0.20, 0.21, 0.155
_SIGN_SHARE = 0.7
"""How wide the room of a sign is, as a part of the bar's height."""


def link_text(link: LinkView | None, shown_at: str, zone: tzinfo) -> Text:
    """What the bar says of the connection; `None` when nobody knows."""
    if link is None:
        return texts.LINK_UNKNOWN
    if link.connected:
        return texts.ONLINE
    since = local_time(link.offline_since, shown_at, zone)
    if since is None:
        return texts.OFFLINE
    return Text(*(line.format(since=since) for line in texts.OFFLINE_SINCE.in_order("zh_CN")))


def waiting_text(link: LinkView | None, shown_at: str, zone: tzinfo) -> Text:
    """What the bar says of the entries that the hub does not have yet, and of its last receipt."""
    if link is None:
        return Text("", "")
    waiting, receipt = _count_text(link), local_time(link.last_receipt, shown_at, zone)
    if receipt is None:
        return waiting
    lines = zip(waiting.in_order("zh_CN"), texts.LAST_RECEIPT.in_order("zh_CN"), strict=True)
    return Text(*(f"{count} · {said.format(at=receipt)}" for count, said in lines))


def _count_text(link: LinkView) -> Text:
    if link.waiting <= 0:
        return texts.WAITING_NONE
    if link.waiting == 1:
        return texts.WAITING_ONE
    return Text(*(line.format(count=link.waiting) for line in texts.WAITING_MANY.in_order("zh_CN")))


def source_text(source: SourceView, shown_at: str, zone: tzinfo) -> Text:
    """A reader that does not work: since when it is lost, or that it is there again."""
    name = texts.fault_text(plain(source.name))
    since = local_time(source.since, shown_at, zone)
    if source.state is SourceState.LOST and since is None:
        return name
    said = texts.RECONNECTING if source.state is SourceState.RECONNECTING else texts.LOST_SINCE
    named = zip(said.in_order("zh_CN"), name.in_order("zh_CN"), strict=True)
    return Text(*(line.format(name=known, since=since) for line, known in named))


def faults_text(
    faults: Sequence[str], sources: Sequence[SourceView] = (), shown_at: str = "", zone: tzinfo = UTC
) -> Text:
    """What does not work, named in both languages, readers with their state; empty when all work."""
    if not faults:
        return Text("", "")
    known = {source.name: source for source in sources if source.state is not SourceState.OK}
    named = [
        source_text(known[fault], shown_at, zone) if fault in known else texts.fault_text(plain(fault))
        for fault in faults
    ]
    title = texts.FAULTS_TITLE
    return Text(
        f"{title.zh_CN}：" + "、".join(name.zh_CN for name in named),
        f"{title.en}: " + ", ".join(name.en for name in named),
    )


def warming_text(warm_up_s: int | None) -> Text | None:
    """How long the thermal sensor still needs, as minutes and seconds; None when it is warm."""
    if warm_up_s is None:
        return None
    left = f"{warm_up_s // 60}:{warm_up_s % 60:02d}"
    return Text(*(line.format(left=left) for line in texts.WARMING_UP.in_order("zh_CN")))


def trust_text(left_s: int | None) -> Text | None:
    """How long codes can still be checked without the hub, in days and hours; None while that is fresh."""
    if left_s is None:
        return None
    if left_s <= 0:
        return texts.TRUST_EXPIRED
    days, hours = left_s // 86_400, left_s % 86_400 // 3_600
    in_order = [text.in_order("zh_CN") for text in (texts.TRUST_STALE, texts.TRUST_DAYS, texts.TRUST_HOURS)]
    return Text(
        *(
            said.format(left=f"{day.format(count=days)} {hour.format(count=hours)}")
            for said, day, hour in zip(*in_order, strict=True)
        )
    )


def staff_button_text(staff: StaffView) -> Text:
    """What the way to the staff page says: who is signed in, how many wait for them."""
    who = staff_texts.STAFF if staff.signed_in is None else staff_texts.signed_in_text(staff.signed_in)
    if not staff.waiting:
        return who
    count = filled(staff_texts.STAFF_WAITING, count=staff.waiting)
    return Text(f"{who.zh_CN} {count.zh_CN}", f"{who.en}: {count.en}")


class LinkBar(QWidget):
    """Three cells, each with both languages one above the other, and a button as high as the bar."""

    staff = Signal()

    def __init__(self, parent: QWidget, language: Language, zone: tzinfo) -> None:
        super().__init__(parent)
        self._language: Language = language
        self._zone = zone
        self._connected: bool | None = None
        self._not_working = Text("", "")
        self._warming: Text | None = None
        self._trust: Text | None = None
        self._unusual: Text | None = None
        self.staff_button = TouchButton(self, language, BAR_BUTTON)
        self.staff_button.clicked.connect(self.staff)
        self.show_staff(StaffView())
        self._link, self._waiting, self._faults = (self._cell(scheme.ink) for scheme in (BAR, BAR, BAR_FAULT))

    def _cell(self, ink: str) -> tuple[FittedLabel, FittedLabel]:
        pair = (FittedLabel(self, bold=True, wrap=False), FittedLabel(self, wrap=False))
        for label in pair:
            label.set_ink(ink)
            label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return pair

    def show_link(
        self,
        link: LinkView | None,
        faults: Sequence[str],
        shown_at: str,
        sources: Sequence[SourceView] = (),
    ) -> None:
        """Show the connection (None: unknown), the faults, and the state of readers among them."""
        self._connected = None if link is None else link.connected
        self._fill(self._link, link_text(link, shown_at, self._zone))
        self._fill(self._waiting, waiting_text(link, shown_at, self._zone))
        self._not_working = faults_text(faults, sources, shown_at, self._zone)
        self._show_troubles()

    def show_warming(self, warming: Text | None) -> None:
        """Show how long the sensor still needs, beside the faults; None: it needs no time."""
        self._warming = warming
        self._show_troubles()

    def show_trust(self, trust: Text | None) -> None:
        """Show how long codes can still be checked without the hub; None: nothing presses."""
        self._trust = trust
        self._show_troubles()

    def show_staff(self, staff: StaffView, *, boards: bool = False) -> None:
        """Show who is signed in, how many wait, and whether the site is set to something unusual."""
        text = staff_button_text(staff)
        presses = staff.waiting > 0 or staff.signed_in is not None
        self.staff_button.show_text(text, BAR_FAULT if presses else BAR_BUTTON)
        self._unusual = staff_texts.unusual_text(staff, boards=boards)

    def _show_troubles(self) -> None:
        troubles = (self._unusual, self._warming, self._trust, self._not_working)
        said = [text for text in troubles if text is not None]
        lines = zip(*(text.in_order("zh_CN") for text in said), strict=True)
        self._fill(self._faults, Text(*("  ".join(part for part in line if part) for line in lines)))
        self.update()

    def words(self) -> str:
        """All that the bar says, for whoever reads it aloud."""
        pairs = (self._link, self._waiting, self._faults)
        said = [label.full_text for pair in pairs for label in pair if label.full_text]
        return " ".join([*said, self.staff_button.words()])

    def _fill(self, cell: tuple[FittedLabel, FittedLabel], text: Text) -> None:
        for label, line in zip(cell, text.in_order(self._language), strict=True):
            label.show_text(line)

    def _split(self) -> tuple[QRect, QRect, QRect]:
        width, height = self.width(), self.height()
        first, second = round(width * _LINK_SHARE), round(width * (_LINK_SHARE + _WAITING_SHARE))
        return (
            QRect(0, 0, first, height),
            QRect(first, 0, second - first, height),
            QRect(second, 0, round(width * (1 - _STAFF_SHARE)) - second, height),
        )

    def _sign_width(self) -> int:
        return round(self.height() * _SIGN_SHARE)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        height, end = self.height(), self._split()[2].right() + 1
        self.staff_button.setGeometry(end, 0, self.width() - end, height)
        for cell, room in zip((self._link, self._waiting, self._faults), self._split(), strict=True):
            left = self._sign_width() if cell is not self._waiting else height // 4
            inner = room.adjusted(left, round(height * 0.1), -height // 6, -round(height * 0.1))
            upper = round(inner.height() * 0.55)
            cell[0].place(QRect(inner.left(), inner.top(), inner.width(), upper), height * 0.36)
            cell[1].place(
                QRect(inner.left(), inner.top() + upper, inner.width(), inner.height() - upper), height * 0.28
            )

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(BAR.paper))
        self._draw_link_sign(painter)
        if self._faults[0].full_text:
            self._draw_fault_sign(painter)
        painter.end()

    def _draw_link_sign(self, painter: QPainter) -> None:
        """A full dot while connected, a ring struck through while not."""
        height = self.height()
        dot = QRect(0, 0, round(height * 0.36), round(height * 0.36))
        dot.moveCenter(QRect(0, 0, self._sign_width(), height).center())
        painter.setPen(QPen(QColor(BAR.ink), max(2.0, height * 0.06)))
        painter.setBrush(QColor(BAR.ink) if self._connected else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(dot)
        if not self._connected:
            painter.drawLine(dot.bottomLeft(), dot.topRight())

    def _draw_fault_sign(self, painter: QPainter) -> None:
        room = self._split()[2]
        painter.fillRect(room, QColor(BAR_FAULT.paper))
        font = self.font()
        font.setBold(True)
        font.setPixelSize(round(self.height() * 0.62))
        painter.setFont(font)
        painter.setPen(QColor(BAR_FAULT.ink))
        painter.drawText(
            QRect(room.left(), 0, self._sign_width(), self.height()), int(Qt.AlignmentFlag.AlignCenter), "!"
        )
