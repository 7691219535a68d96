from __future__ import annotations

import pytest

from tests.bench.faces import COVERED_AT_LEAST, figures, read_people
from tests.bench.figures import Figure


@pytest.mark.slow
def test_readings_of_simulated_faces_keep_what_their_uncertainty_promises() -> None:
    found: dict[str, Figure] = {figure.name: figure for figure in figures(read_people(25))}
    assert [figure.name for figure in found.values() if not figure.is_kept] == []
    assert found["U with the blackbody"].value == pytest.approx(0.9, abs=0.05)
    assert found["U with a record alone"].value == pytest.approx(1.9, abs=0.05)
    assert found["readings with a record alone within U"].value >= COVERED_AT_LEAST
