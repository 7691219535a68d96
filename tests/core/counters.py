"""A counter: cooks, packers and couriers at one reader, orders at another, and who signs its slips."""

from __future__ import annotations

import dataclasses
import random
from zoneinfo import ZoneInfo

from kiosk.core.commands import ReleaseGate
from kiosk.core.rules import AccessPoint, CounterRules, DoorRules, Duty, Purpose, Rules
from kiosk.credentials.slip import Slip, open_slip
from kiosk.gatekeeper.slips import SlipWriter
from kiosk.terms import Outcome, Reason
from tests.core.playbook import COUNTER, RULES, WELL, Playbook, code, rules_with
from tests.credentials.slips import DEVICE, KEY, key_of

COOK, PACKER = 3, 4
SHANGHAI = ZoneInfo("Asia/Shanghai")
ORDER = b"MT-0042"

HANDOVER = dataclasses.replace(COUNTER, order_reader="order-scanner")
COOKS = AccessPoint("kitchen", Purpose.CHECKIN, "lamp", "counter-scanner", roles=(COOK,), duty=Duty.COOK)
PACKERS = AccessPoint("bench", Purpose.CHECKIN, "lamp", "counter-scanner", roles=(PACKER,), duty=Duty.PACKER)
RESTAURANT = Rules(access_points=(HANDOVER, COOKS, PACKERS), door=DoorRules(contact=False, debounce_s=0.0))
WITH_ORDERS = rules_with(access_points=(*RULES.access_points[:2], HANDOVER))


def slip_writer() -> SlipWriter:
    return SlipWriter(DEVICE, "Noodles", KEY, random.Random(7).randbytes)


def restaurant(**counter: object) -> Rules:
    return dataclasses.replace(RESTAURANT, counter=CounterRules(**counter))  # type: ignore[arg-type]


class Counter(Playbook):
    """A playbook of the restaurant, its staff there or not."""

    def check_in(self, role: int, cti: bytes, measured: object = WELL) -> Counter:
        self.scan(code(cti=cti, role=role), "counter-scanner")
        self.sample(measured)  # type: ignore[arg-type]
        self.wait(6.0)
        return self

    def staffed(self) -> Counter:
        return self.check_in(COOK, b"cook-one").check_in(PACKER, b"packer-1")

    def courier(self, cti: bytes = b"courier1", measured: object = WELL) -> Counter:
        self.scan(code(cti=cti, role=2, shown_at=self.now.utc), "counter-scanner")
        self.sample(measured)  # type: ignore[arg-type]
        return self

    def order(self, number: bytes = ORDER) -> Counter:
        self.scan(number, "order-scanner")
        return self


def counter(rules: Rules = RESTAURANT, **changes: object) -> Counter:
    return Counter(rules, write_slip=slip_writer(), zone=SHANGHAI, **changes)  # type: ignore[arg-type]


def slip_of(play: Counter) -> Slip:
    text = play.result.slip
    assert text is not None
    slip = open_slip(text.encode(), key_of, play.now.utc)
    assert isinstance(slip, Slip)
    return slip


def answer(play: Counter) -> tuple[Outcome, Reason]:
    return play.result.outcome, play.result.reason


def lamps(play: Counter) -> int:
    return len([each for each in play.asked(ReleaseGate) if each.output == "lamp"])
