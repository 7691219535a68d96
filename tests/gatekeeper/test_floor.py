"""What a whole gatekeeper takes as the floor of time."""

from __future__ import annotations

import base64
from datetime import timedelta
from pathlib import Path

from kiosk.gatekeeper.clock import CLOCKS_DIFFER_BY
from kiosk.trust.signed import sign
from sim.clock import DAY_BEGINS
from tests.gatekeeper.rig import HUB_KEY, Rig


def test_what_the_hub_has_signed_is_the_floor_of_time_after_a_restart_too(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.start()
    assert rig.kiosk.clock.floor == DAY_BEGINS - CLOCKS_DIFFER_BY
    moment = (rig.clock.utc() + timedelta(minutes=30)).replace(microsecond=0)
    rig.hub.publish([], now=moment)
    rig.hand_in_trust()
    assert rig.kiosk.clock.floor == moment - CLOCKS_DIFFER_BY
    rig.run(1.0)
    receipt = {
        "device": "kiosk-7",
        "size": rig.kiosk.journal.size,
        "root": base64.b64encode(rig.kiosk.journal.root()).decode(),
        "time": (moment + timedelta(minutes=30)).isoformat(),
    }
    reply = rig.kiosk.desk.handle({"op": "receipt", "receipt": sign(receipt, HUB_KEY)})
    assert reply == {"acknowledged": receipt["size"]}
    rig.stop()
    rig.start()
    assert rig.kiosk.clock.floor == moment + timedelta(minutes=30) - CLOCKS_DIFFER_BY
    rig.stop()
