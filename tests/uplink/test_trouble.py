from __future__ import annotations

import pytest

from kiosk.uplink.trouble import Troubles


class Said:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.now_s = 100.0
        self.troubles = Troubles(self.lines.append, lambda: self.now_s, passing_s=10.0)


@pytest.fixture
def said() -> Said:
    return Said()


def test_a_trouble_is_said_once_and_its_end_once(said: Said) -> None:
    for _ in range(3):
        said.troubles.appeared("upload", "Refused.")
    said.troubles.gone("upload")
    said.troubles.gone("upload")
    assert said.lines == ["Refused.", "No more: Refused."]


def test_a_trouble_that_passes_soon_is_never_said(said: Said) -> None:
    said.troubles.appeared("hub", "No answer.", may_pass=True)
    said.now_s += 9.9
    said.troubles.appeared("hub", "No answer.", may_pass=True)
    said.troubles.gone("hub")
    assert said.lines == []


def test_a_trouble_that_lasts_is_said_whatever_its_wording(said: Said) -> None:
    said.troubles.appeared("hub", "No answer.", may_pass=True)
    said.now_s += 10.0
    said.troubles.appeared("hub", "Busy (503).", may_pass=True)
    assert said.lines == ["Busy (503)."]


def test_all_present_troubles_can_be_read_even_those_not_said_yet(said: Said) -> None:
    said.troubles.appeared("hub", "No answer.", may_pass=True)
    said.troubles.appeared("keys", "Refused.")
    assert said.troubles.sentences == ("No answer.", "Refused.")
