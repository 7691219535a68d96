"""The pages that tell a person what to do: start, show the code, look at the sensor, wait, entry closed."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from kiosk.core.view import CodeHint, Guidance, Page
from kiosk.screen import page_texts, texts
from kiosk.screen.icons import Icon, IconView
from kiosk.screen.palette import CALM
from kiosk.screen.panel import Panel, TextPair
from kiosk.screen.texts import Language, Text

_PAGE_ICONS = {
    Page.STARTING: Icon.MOMENT,
    Page.WELCOME: Icon.PHONE,
    Page.LOOK_AT_SENSOR: Icon.FACE,
    Page.SHOW_CODE: Icon.PHONE,
    Page.SHOW_ORDER: Icon.PHONE,
    Page.ONE_MOMENT: Icon.MOMENT,
    Page.LOCKED_DOWN: Icon.DENY,
}
_WITHOUT_A_PICTURE = frozenset({Page.STARTING, Page.LOCKED_DOWN})
_GUIDANCE_ICONS = {
    Guidance.NONE: Icon.FACE,
    Guidance.LOOK_AT_SENSOR: Icon.FACE,
    Guidance.COME_CLOSER: Icon.CLOSER,
    Guidance.STEP_LEFT: Icon.STEP_LEFT,
    Guidance.STEP_RIGHT: Icon.STEP_RIGHT,
    Guidance.STEP_BACK: Icon.STEP_BACK,
    Guidance.ONE_PERSON: Icon.ONE_PERSON,
}


_HINT_ICONS = {
    CodeHint.CLOSER: Icon.CLOSER,
    CodeHint.HOLD_STILL: Icon.MOMENT,
    CodeHint.TILT_OR_DIM: Icon.PHONE,
    CodeHint.ONE_CODE: Icon.PHONE,
    CodeHint.SCAN_AGAIN: Icon.PHONE,
}


@dataclass(frozen=True, slots=True)
class Guide:
    """What a guide page says, and whether a picture stands beside it: the camera's, or the thermal one."""

    icon: Icon
    title: Text
    advice: Text
    with_picture: bool
    with_camera: bool = False


NO_CONNECTION = Guide(Icon.UNPLUGGED, texts.NO_CONNECTION, texts.NO_CONNECTION_ADVICE, with_picture=False)


def guide_for(
    page: Page,
    guidance: Guidance,
    warming: Text | None = None,
    hint: CodeHint = CodeHint.NONE,
    *,
    boards: bool = False,
) -> Guide:
    """The guide of a page; a person who is told how to stand, or to show the code, reads that in large
    letters.

    A welcome with guidance invites a face, not a code. `warming` says how long
    the sensor still needs, to whoever is welcome. `boards`: people board a vehicle here.
    """
    if hint is not CodeHint.NONE:
        return Guide(_HINT_ICONS[hint], texts.CODE_HINTS[hint], texts.PAGES[page], True, with_camera=True)
    if page is Page.WELCOME:
        invites = Page.WELCOME if guidance is Guidance.NONE else Page.LOOK_AT_SENSOR
        advice = warming or texts.PAGE_ADVICE[invites]
        asks_for_a_code = invites is Page.WELCOME
        return Guide(_PAGE_ICONS[invites], texts.PAGES[invites], advice, True, with_camera=asks_for_a_code)
    if page is Page.LOOK_AT_SENSOR and guidance not in (Guidance.NONE, Guidance.LOOK_AT_SENSOR):
        return Guide(
            _GUIDANCE_ICONS[guidance], texts.GUIDANCE[guidance], texts.PAGES[page], with_picture=True
        )
    looks = page is Page.LOOK_AT_SENSOR
    return Guide(
        _PAGE_ICONS[page],
        page_texts.page_text(page, boards=boards),
        texts.GUIDANCE[guidance] if looks else page_texts.advice_text(page, boards=boards),
        with_picture=page not in _WITHOUT_A_PICTURE,
        with_camera=page in (Page.SHOW_CODE, Page.SHOW_ORDER),
    )


class GuidePanel(Panel):
    """An icon, a title and one line of advice; the left part is left free for the thermal picture."""

    def __init__(self, parent: QWidget, language: Language) -> None:
        super().__init__(parent)
        self.set_paper(CALM)
        self.icon = IconView(self)
        self._title = TextPair(self, language, bold=True)
        self._advice = TextPair(self, language)
        self._with_picture = False

    def show_guide(self, guide: Guide) -> None:
        """Show another guide."""
        self.icon.show_icon(guide.icon, CALM)
        self._title.show_text(guide.title, CALM.ink)
        self._advice.show_text(guide.advice, CALM.ink)
        for pair in (self._title, self._advice):
            pair.align(Qt.AlignmentFlag.AlignHCenter)

    def leave_room(self, with_picture: bool) -> None:
        """Leave the left part free, or use the whole width."""
        self._with_picture = with_picture
        self._place()

    def words(self) -> str:
        """All that the page says."""
        return f"{self._title.words()} {self._advice.words()}"

    def picture_room(self) -> QRect:
        """Where the thermal picture goes."""
        return self.part(0.025, 0.045, 0.525, 0.955)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def _place(self) -> None:
        left, right = (0.545, 0.98) if self._with_picture else (0.08, 0.92)
        height = self.height()
        self.icon.setGeometry(self.part(left, 0.05, right, 0.45))
        self._title.place(self.part(left, 0.47, right, 0.75), height * (0.14 if self._with_picture else 0.2))
        self._advice.place(self.part(left, 0.78, right, 0.96), height * 0.078)
