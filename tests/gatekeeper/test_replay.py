"""What a whole gatekeeper has recorded over several starts gives the same decisions again."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.__main__ import main as kiosk
from kiosk.core.passage import ANNULLED, DECIDED, RESTART, STARTED
from tests.gatekeeper.rig import Rig


@pytest.mark.slow
def test_a_journal_of_several_starts_is_replayed_without_a_difference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rig = Rig(tmp_path / "state")
    rig.start()
    for kind in ("green_well", "green_fever", "red"):
        rig.visit(kind)
    rig.send("green_well", person=77)
    while len(rig.entries(DECIDED)) < 4:
        rig.run(0.02)
    rig.stop()  # while somebody is at the door
    rig.start()
    rig.visit("yellow")
    rig.visit("green_well", person=77)
    rig.stop()
    rig.set_back_wall_clock(3600.0)
    rig.start()
    rig.visit("green_well")
    rig.stop()
    assert [each.data["cause"] for each in rig.entries(ANNULLED) if "cause" in each.data] == [RESTART]
    assert len(rig.entries(STARTED)) == 3
    assert kiosk(["journal", "replay", str(rig.site.journal_path), "--no-verify"]) == 0
    decisions = len(rig.entries(DECIDED))
    assert f"3 runs: {decisions} decisions" in capsys.readouterr().out
