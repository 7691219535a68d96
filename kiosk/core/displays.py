"""The screens of all lanes under one roof: what concerns one lane is shown there, the rest everywhere."""

from __future__ import annotations

from collections.abc import Mapping

from kiosk.core.commands import Command
from kiosk.core.devices import OF_A_LANE, device_in, split_device
from kiosk.core.display import Display
from kiosk.core.view import CodeHint, LinkView, StaffView
from kiosk.terms import Instant


class Displays:
    """One `Display` for each lane, by the lane's name."""

    def __init__(self, lanes: Mapping[str, Display]) -> None:
        self._lanes = lanes
        self._lane_of_reader = {name: lane for lane, each in lanes.items() for name in each.sources}

    def of(self, lane: str) -> Display:
        return self._lanes[lane]

    @property
    def faults(self) -> tuple[str, ...]:
        """Those that stand, each by the name that records give it."""
        shared = set.intersection(*(set(each.faults) for each in self._lanes.values())) - OF_A_LANE
        own = {
            device_in("" if name in self._lane_of_reader else lane, name)
            for lane, each in self._lanes.items()
            for name in each.faults
            if name not in shared
        }
        return tuple(sorted(shared | own))

    @property
    def wake_at(self) -> float | None:
        """The monotonic second at which a hint has stood long enough."""
        due = [each.wake_at for each in self._lanes.values()]
        return min((at for at in due if at is not None), default=None)

    def has_fault(self, device: str) -> bool:
        name = split_device(device)[0]
        return any(each.has_fault(name) for each in self._concerned(device))

    def lose(self, at: Instant, device: str, detail: str) -> list[Command]:
        name = split_device(device)[0]
        return [each.lose(at, name, detail) for each in self._concerned(device)]

    def regain(self, at: Instant, device: str) -> list[Command]:
        """Nothing where the device was not lost."""
        name = split_device(device)[0]
        return [show for each in self._concerned(device) for show in each.regain(at, name)]

    def reconnecting(self, at: Instant, device: str) -> list[Command]:
        """A reader that was lost is there again; nothing of any other device."""
        return [show for each in self._concerned(device) for show in each.reconnecting(at, device)]

    def hint(self, at: Instant, reader: str, hint: CodeHint) -> list[Command]:
        return [*self._lanes[self._lane_of_reader.get(reader, "")].hint(at, hint)]

    def end_hint(self, at: Instant) -> list[Command]:
        return [show for each in self._lanes.values() for show in each.end_hint(at)]

    def warm_up(self, at: Instant, lane: str, remaining_s: float) -> list[Command]:
        return [self._lanes[lane].warm_up(at, remaining_s)]

    def trust_left(self, at: Instant, left_s: float | None) -> list[Command]:
        return [show for each in self._lanes.values() for show in each.trust_left(at, left_s)]

    def link(self, at: Instant, link: LinkView) -> list[Command]:
        return [show for each in self._lanes.values() for show in each.link(at, link)]

    def staff(self, at: Instant, staff: StaffView) -> list[Command]:
        return [show for each in self._lanes.values() for show in each.staff(at, staff)]

    def _concerned(self, device: str) -> list[Display]:
        """A reader's lane, the lane that the name holds, or for what all share every one of them."""
        name, lane = split_device(device)
        if name in OF_A_LANE or lane:
            return [self._lanes[lane]]
        if name in self._lane_of_reader:
            return [self._lanes[self._lane_of_reader[name]]]
        return [*self._lanes.values()]
