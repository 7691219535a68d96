"""The one window of a lane: it renders a ViewState, and decides nothing.

It starts with the start page and says that there is no connection; whoever
owns the connection says when that changes (`show_view`, `show_no_connection`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, tzinfo

from PySide6.QtCore import QRect, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPalette, QResizeEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from kiosk.core.view import Guidance, LinkView, Page, StaffView, ViewState
from kiosk.screen.alarm_panel import AlarmPanel
from kiosk.screen.camera_view import CameraView
from kiosk.screen.fonts import choose_family, installed_chinese_families
from kiosk.screen.guide_panel import NO_CONNECTION, Guide, GuidePanel, guide_for
from kiosk.screen.lane_sign import LaneSign
from kiosk.screen.link_bar import LinkBar, trust_text, warming_text
from kiosk.screen.palette import CALM
from kiosk.screen.panel import Panel
from kiosk.screen.result_panel import ResultPanel
from kiosk.screen.staff_page import StaffPage
from kiosk.screen.texts import GATEKEEPER_FAULT, Language, Text
from kiosk.screen.thermal_view import ThermalView
from kiosk.wire import CameraPicture, ThermalPicture

DEFAULT_SIZE, SMALLEST_SIZE = (1024, 600), (640, 384)
_BAR_SHARE = 0.106


class KioskWindow(QWidget):
    """Frameless; the page above, the link bar below, everything in parts of the window's size."""

    asks = Signal(object)
    """An IntentMessage or SignInMessage that staff asked for by touch."""

    def __init__(self, *, language: Language = "zh_CN", zone: tzinfo = UTC) -> None:
        super().__init__(None, Qt.WindowType.FramelessWindowHint)
        self._set_looks()
        self._guide = GuidePanel(self, language)
        self._result = ResultPanel(self, language)
        self._alarm = AlarmPanel(self, language)
        self.bar = LinkBar(self, language, zone)
        self._lane = LaneSign(self, language)
        self.thermal = ThermalView(self, language)
        self.camera = CameraView(self, language)
        self.staff = StaffPage(self, language, zone)
        self._current: GuidePanel | ResultPanel | AlarmPanel = self._guide
        self._picture_wanted = self._camera_wanted = False
        self._warming: ViewState | None = None
        self._second = QTimer(self, interval=1000)
        self._second.timeout.connect(self.count_a_second)
        self._alarm.staff.connect(self.staff.open_page)
        self.bar.staff.connect(self._open_or_close_staff)
        self.staff.asks.connect(self.asks)
        self._show_guide(guide_for(Page.STARTING, Guidance.NONE), None, (GATEKEEPER_FAULT,), "")
        self.resize(*DEFAULT_SIZE)

    def show_lane(self, text: Text | None) -> None:
        """Say on top of every page which lane it is; None: there is one only."""
        self._lane.show_text(text)
        self._place()

    def show_view(self, view: ViewState) -> None:
        """Show a state; nothing of the state before remains."""
        if view.page is Page.ALARM:
            self._alarm.show_alarm(view.alarm, boards=view.boards)
            self._turn_to(self._alarm, with_picture=False)
        elif view.page is Page.EVACUATE:
            self._alarm.show_evacuation(
                view.staff.occupancy, boards=view.boards, is_open=not view.staff.evacuation_unrecorded
            )
            self._turn_to(self._alarm, with_picture=False)
        elif view.page is Page.RESULT and view.result is not None:
            self._result.show_result(view.result)
            self._turn_to(self._result, with_picture=view.result.slip is None)
        else:
            page = Page.ONE_MOMENT if view.page is Page.RESULT else view.page
            self._show_guide(self._guide_of(page, view), view.link, view.faults, view.shown_at)
        self.thermal.show_outline(view.page is Page.LOOK_AT_SENSOR)
        self.staff.show_state(view)
        self.bar.show_staff(view.staff, boards=view.boards)
        self.bar.show_link(view.link, view.faults, view.shown_at, view.sources)
        self._count_down(view)

    def show_no_connection(self) -> None:
        """Say that gatekeeper is out of reach; the result and the picture before are gone."""
        self.thermal.clear_picture()
        self.camera.clear_picture()
        self._second.stop()
        self.staff.close_page()
        self.staff.show_state(ViewState(Page.STARTING))
        self.bar.show_staff(StaffView())
        self._show_guide(NO_CONNECTION, None, (GATEKEEPER_FAULT,), "")

    def show_picture(self, picture: ThermalPicture) -> None:
        """Show another thermal frame."""
        is_first = not self.thermal.has_picture
        self.thermal.show_picture(picture)
        if is_first:
            self._place()

    def show_camera(self, picture: CameraPicture) -> None:
        """Show another frame of the reader's camera."""
        is_first = not self.camera.has_picture
        self.camera.show_picture(picture)
        if is_first:
            self._place()

    def clear_camera(self) -> None:
        """Show no frame of the camera, and the thermal one instead."""
        self.camera.clear_picture()
        self._place()

    def clear_picture(self) -> None:
        """Show no thermal frame, and give its room to the words."""
        self.thermal.clear_picture()
        self._place()

    def words(self) -> str:
        """All that the window says now, the bar included."""
        page = self.staff if self.staff.is_open else self._current
        said = (self._lane.words(), page.words(), self.bar.words())
        return " ".join(words for words in said if words)

    def count_a_second(self) -> None:
        """A second less for the sensor to warm up; gatekeeper alone says when it is over."""
        view = self._warming
        if view is not None and view.warm_up_s is not None:
            self._warming = replace(view, warm_up_s=max(view.warm_up_s - 1, 1))
            if self._current is self._guide:
                self._guide.show_guide(self._guide_of(view.page, self._warming))
            self.bar.show_warming(warming_text(self._warming.warm_up_s))

    def _count_down(self, view: ViewState) -> None:
        self._warming = view
        self.bar.show_warming(warming_text(view.warm_up_s))
        self.bar.show_trust(trust_text(view.trust_left_s))
        if view.warm_up_s is None:
            self._second.stop()
        else:
            self._second.start()

    def _guide_of(self, page: Page, view: ViewState) -> Guide:
        warming = warming_text(view.warm_up_s)
        return guide_for(page, view.guidance, warming, view.code_hint, boards=view.boards)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def _set_looks(self) -> None:
        self.setWindowTitle("Checkpoint kiosk")
        self.setMinimumSize(*SMALLEST_SIZE)
        family = choose_family(installed_chinese_families())
        if family:
            font = self.font()
            font.setFamily(family)
            self.setFont(font)
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, QColor(CALM.paper))
        self.setPalette(palette)

    def _open_or_close_staff(self) -> None:
        if self.staff.is_open:
            self.staff.close_page()
        else:
            self.staff.open_page()

    def _show_guide(self, guide: Guide, link: LinkView | None, faults: tuple[str, ...], at: str) -> None:
        self._guide.show_guide(guide)
        self._turn_to(self._guide, with_picture=guide.with_picture, with_camera=guide.with_camera)
        self.bar.show_link(link, faults, at)

    def _turn_to(
        self,
        panel: GuidePanel | ResultPanel | AlarmPanel,
        *,
        with_picture: bool,
        with_camera: bool = False,
    ) -> None:
        self._current, self._picture_wanted, self._camera_wanted = panel, with_picture, with_camera
        self._place()
        for each in self._panels():
            each.setVisible(each is panel)
        self.thermal.raise_()
        self.camera.raise_()
        self.staff.raise_()

    def _panels(self) -> tuple[Panel, ...]:
        return (self._guide, self._result, self._alarm)

    def _place(self) -> None:
        bar = round(self.height() * _BAR_SHARE)
        top = self._lane.height_in(self.height())
        page = QRect(0, top, self.width(), self.height() - bar - top)
        self._lane.setGeometry(0, 0, self.width(), top)
        for panel in self._panels():
            panel.setGeometry(page)
        self.staff.setGeometry(page)
        self.bar.setGeometry(0, page.bottom() + 1, self.width(), bar)
        self._place_picture()

    def _place_picture(self) -> None:
        aims = self._camera_wanted and self.camera.has_picture
        visible = self._picture_wanted and self.thermal.has_picture and not aims
        self._guide.leave_room(visible or aims)
        self.thermal.setVisible(visible)
        self.camera.setVisible(aims)
        if (visible or aims) and not isinstance(self._current, AlarmPanel):
            room = self._current.picture_room().translated(self._current.pos())
            (self.camera if aims else self.thermal).setGeometry(room)
