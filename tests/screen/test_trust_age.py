from __future__ import annotations

import pytest

from kiosk.screen import texts
from kiosk.screen.link_bar import trust_text


def test_fresh_trust_is_not_mentioned() -> None:
    assert trust_text(None) is None


@pytest.mark.parametrize(
    ("left_s", "zh", "en"),
    [
        (6 * 86_400, "6 天 0 小时", "6 d 0 h"),
        (3 * 86_400 + 7_300, "3 天 2 小时", "3 d 2 h"),
        (59, "0 天 0 小时", "0 d 0 h"),
    ],
)
def test_stale_trust_says_how_long_there_is_to_connect(left_s: int, zh: str, en: str) -> None:
    text = trust_text(left_s)
    assert text is not None
    assert text.zh_CN.endswith(zh)
    assert text.en.endswith(en)


def test_expired_trust_says_that_codes_go_to_staff() -> None:
    assert trust_text(0) == texts.TRUST_EXPIRED
