"""The passes that people hold, and what each of them shows with it."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.issuing import Issuer, Pass
from kiosk.credentials.credential import Colour
from kiosk.credentials.rotation import SLOT_S
from sim.people import Holds, Shows, Visit

AREA = "330100"
LIFETIME_S = 20 * 3600
PHONE_REDRAWS_S = 0.05
SCREENSHOT_AGE = timedelta(minutes=12)

_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗"
_WEB_ADDRESS = b"https://example.com/menu?table=7"
_WIFI = b"WIFI:T:WPA;S:Guest;P:a long passphrase;;"

IssuePass = Callable[[Mapping[str, object]], Pass]


class Wallets:
    """`issue` asks the hub for a pass (the body of `POST /v1/passes`)."""

    def __init__(self, issue: IssuePass, utc: Callable[[], datetime], seed: int) -> None:
        self._issue = issue
        self._utc = utc
        self._random = random.Random(f"wallets {seed}")
        self._stranger = Issuer(Ed25519PrivateKey.generate(), b"\xde\xad\xbe\xef")
        self._passes: dict[tuple[int, Holds], Pass] = {}
        self._binary: dict[int, bytes] = {}

    def prepare(self, visit: Visit) -> None:
        """See to it that the visitor has what he is going to show."""
        # A hand-held scanner sends CR, LF and Tab as they are, and each would end the code.
        self._binary[visit.number] = self._random.randbytes(60).translate(None, b"\r\n\t")
        holds = visit.kind.holds
        if holds is not Holds.NOTHING and (visit.person, holds) not in self._passes:
            self._passes[visit.person, holds] = self._obtain(holds, visit.kind.role)

    def shown_by(self, visit: Visit) -> bytes:
        """The payload of the code that the visitor holds up now."""
        fixed = {Shows.WEB: _WEB_ADDRESS, Shows.WIFI: _WIFI}.get(visit.kind.shows)
        if fixed is not None:
            return fixed
        if visit.kind.shows is Shows.BINARY:
            return self._binary[visit.number]
        held = self._passes[visit.person, visit.kind.holds]
        shown_at = self._utc()
        if visit.kind.shows is Shows.SCREENSHOT:
            shown_at -= SCREENSHOT_AGE
        elif visit.kind.shows is Shows.TAMPERED:
            held = replace(held, message=held.message[:-1] + bytes([held.message[-1] ^ 1]))
        return held.code_at(shown_at).encode("ascii")

    def changes_in_s(self, visit: Visit) -> float:
        """How long what is shown stays the same: a live code until its slot is over, all else for ever."""
        if visit.kind.shows not in (Shows.LIVE, Shows.TAMPERED):
            return math.inf
        return max(SLOT_S - self._utc().timestamp() % SLOT_S, PHONE_REDRAWS_S)

    def _obtain(self, holds: Holds, role: int) -> Pass:
        valid_from = self._utc() - timedelta(hours=1)
        if holds is Holds.EXPIRED:
            valid_from -= timedelta(days=2)
        colour = {Holds.YELLOW: Colour.YELLOW, Holds.RED: Colour.RED}.get(holds, Colour.GREEN)
        masked_name = self._random.choice(_SURNAMES) + "*" * self._random.choice((1, 2))
        rotating = holds is not Holds.PAPER
        if holds is Holds.UNKNOWN_ISSUER:
            return self._stranger.issue(
                colour=colour,
                area=AREA,
                valid_from=valid_from,
                lifetime_s=LIFETIME_S,
                roles=frozenset({role}),
                masked_name=masked_name,
                rotating=rotating,
            )
        return self._issue(
            {
                "colour": int(colour),
                "area": AREA,
                "roles": [role],
                "masked_name": masked_name,
                "valid_from": valid_from.isoformat(),
                "lifetime_s": LIFETIME_S,
                "rotating": rotating,
            }
        )
