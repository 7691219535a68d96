from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from kiosk.core.counter import HandOver
from kiosk.credentials.slip import MAX_PLACE_BYTES, Slip, open_slip, order_key
from kiosk.gatekeeper.slips import SlipWriter, fit_place, is_copied_whole
from tests.credentials.slips import DEVICE, HANDED_OVER, KEY, ORDER, SLIP, key_of

HAND_OVER = HandOver(HANDED_OVER, 1042, order_key(ORDER.encode()), SLIP.people)


def writer(place: str = SLIP.place, seed: int = 1) -> SlipWriter:
    return SlipWriter(DEVICE, place, KEY, random.Random(seed).randbytes)


def test_a_slip_is_signed_by_the_kiosks_key_and_bound_to_its_order() -> None:
    written = writer()(HAND_OVER)
    assert open_slip(written.text.encode(), key_of, HANDED_OVER) == written.slip
    assert written.slip.is_of(ORDER)
    assert written.slip == replace(SLIP, slip_id=written.slip.slip_id, order=written.slip.order)


def test_two_slips_have_two_ids() -> None:
    write = writer()
    assert write(HAND_OVER).slip.slip_id != write(HAND_OVER).slip.slip_id


def test_a_slips_text_is_whole_after_copying_has_trimmed_and_collapsed_its_spaces() -> None:
    write = writer()
    for _ in range(200):
        text = write(HAND_OVER).text
        assert text == " ".join(text.strip().split())


def always(number: int) -> Callable[[int], bytes]:
    return lambda count: number.to_bytes(count, "big")


def test_a_source_of_chance_that_gives_one_id_only_hangs_nothing() -> None:
    texts = [SlipWriter(DEVICE, "x", KEY, always(n))(HAND_OVER).text for n in range(30)]
    assert not all(map(is_copied_whole, texts))
    assert all(isinstance(open_slip(text.encode(), key_of), Slip) for text in texts)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("", ""),
        ("Noodles, West Lake Road", "Noodles, West Lake Road"),
        ("店" * 20, "店" * 13),
        ("line\nbreak\u202e", "linebreak"),
        ("x" * 100, "x" * MAX_PLACE_BYTES),
    ],
)
def test_a_place_is_cut_to_what_a_slip_holds(name: str, place: str) -> None:
    assert fit_place(name) == place
    assert writer(name)(HAND_OVER).slip.place == place
