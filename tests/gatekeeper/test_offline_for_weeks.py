"""A whole gatekeeper that never reaches its hub again, restarted now and then."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.core import passage as entries
from kiosk.terms import Outcome, Reason
from sim.i2c import SimI2C
from tests.gatekeeper.rig import Rig, leave_warm

DAY_S = 86_400.0


@pytest.mark.slow
def test_it_decides_counts_down_and_then_leaves_it_to_staff_until_new_trust_comes(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    seen = []
    for person, days in enumerate((0.0, 0.9, 1.0, 4.0, 3.0, 21.0), 1):
        rig.clock.sleep(days * DAY_S)
        leave_warm(SimI2C({0x33: rig.chip}, rig.clock.sleep), rig.clock, rig.site.thermal_power_path())
        rig.start()
        rig.visit("green_well", person=person)
        left_s = rig.views[-1].trust_left_s
        seen.append((rig.result.outcome, rig.result.reason, None if left_s is None else left_s // DAY_S))
        rig.stop()
    assert seen == [
        (Outcome.GRANT, Reason.GRANTED, None),
        (Outcome.GRANT, Reason.GRANTED, None),
        (Outcome.GRANT, Reason.GRANTED, 5),
        (Outcome.GRANT, Reason.GRANTED, 1),
        (Outcome.REFER, Reason.TRUST_EXPIRED, 0),
        (Outcome.REFER, Reason.TRUST_EXPIRED, 0),
    ]
    rig.start()
    rig.hub.repository.renew(rig.clock.utc())
    rig.hand_in_trust()
    rig.visit("green_well", person=50)
    rig.stop()
    assert (rig.result.outcome, rig.views[-1].trust_left_s) == (Outcome.GRANT, None)
    tiers = [entry.data["tier"] for entry in rig.entries(entries.TRUST_AGED)]
    assert tiers[-2:] == ["expired", "fresh"]
