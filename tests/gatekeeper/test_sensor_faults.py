"""Every fault that can be ordered: told, no gate opens, no wrong number, and over soon after its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.mlx90640_chip import Fault
from tests.gatekeeper.sensor_faults import trials

FEW, MANY = 6, 40


@pytest.mark.parametrize("fault", Fault)
def test_a_sensor_fault_is_told_opens_nothing_and_is_over_within_three_seconds(
    fault: Fault, tmp_path: Path
) -> None:
    done = list(trials(tmp_path, fault, FEW))
    assert [complaint for trial in done for complaint in trial.complaints] == []


@pytest.mark.slow
@pytest.mark.parametrize("fault", Fault)
def test_many_sensor_faults_of_each_kind(fault: Fault, tmp_path: Path) -> None:
    done = list(trials(tmp_path, fault, MANY))
    assert [complaint for trial in done for complaint in trial.complaints] == []
    if fault not in (Fault.UNPLUGGED, Fault.BROWN_OUT):
        assert sum(len(trial.releases_s) for trial in done) > MANY / 2, "people are let through afterwards"
