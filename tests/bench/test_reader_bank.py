"""The bank is what it says, and the reader's figures hold on a part of it."""

from __future__ import annotations

import numpy as np
import pytest

from sim.phone import qr_modules
from tests.bench.reader import bank
from tests.bench.reader_bank import CONDITIONS, SIZES_PX, VERSIONS, payload_of, sample, samples


def test_it_has_dense_codes_in_fifteen_conditions_and_five_sizes() -> None:
    assert (VERSIONS[0], VERSIONS[-1], len(CONDITIONS), len(SIZES_PX)) == (10, 19, 15, 5)
    assert len({condition.name for condition in CONDITIONS}) == 15
    assert 2.5 in SIZES_PX


@pytest.mark.parametrize("version", VERSIONS)
def test_a_payload_needs_its_version(version: int) -> None:
    assert len(qr_modules(payload_of(version))) == 17 + 4 * version


def test_the_same_seed_gives_the_same_frames_and_every_condition_another() -> None:
    frames = [sample(condition, 3.0, 10).frame for condition in CONDITIONS]
    assert all(
        np.array_equal(frame, sample(each, 3.0, 10).frame)
        for each, frame in zip(CONDITIONS, frames, strict=True)
    )
    assert len({frame.tobytes() for frame in frames}) == 15


@pytest.mark.slow
def test_more_than_82_in_100_are_read_and_none_wrong() -> None:
    figures = bank(samples((11, 17)))
    assert [figure.name for figure in figures if not figure.is_kept] == []
