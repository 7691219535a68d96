"""The site file of a kiosk with two lanes, one in and one out, each with camera, sensor and door."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.gatekeeper.rig import site_tree

OUT_GATE_PIN, OUT_DOOR_PIN = 22, 24
OUT_BUS = "world:out"


def two_lane_tree(state: Path, purpose: str = "exit") -> dict[str, Any]:
    """A site file as TOML gives it. `purpose` is that of the second lane."""
    tree = site_tree(state)
    tree["readers"].append({"id": "exit-camera", "kind": "camera", "device": OUT_BUS})
    tree["gate"]["outputs"].append({"id": "gate-out", "pin": OUT_GATE_PIN})
    tree["lanes"] = [
        {
            "id": "out",
            "door_contact_pin": OUT_DOOR_PIN,
            "thermal": {"bus": OUT_BUS, "calibration": str(state / "calibration-out.json")},
        }
    ]
    point = {
        "id": "gate-out",
        "purpose": purpose,
        "reader": "exit-camera",
        "output": "gate-out",
        "lane": "out",
    }
    tree["rules"]["access_points"].append(point)
    return tree
