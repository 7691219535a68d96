"""The one type family of the screen: a CJK font, whose Latin letters serve for English too."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QFontDatabase

PREFERRED = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
)
NO_CJK_FONT = (
    "no font with Chinese characters is installed, so Chinese shows as boxes; "
    "install one with: apt-get install fonts-wqy-microhei"
)


def installed_chinese_families() -> list[str]:
    """The families that Qt can draw simplified Chinese with."""
    return QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese)


def choose_family(installed: Sequence[str]) -> str | None:
    """The preferred family among those installed, else any of them, else None."""
    for family in PREFERRED:
        if family in installed:
            return family
    return installed[0] if installed else None
