"""Instants with a judgement on the wall clock.

A Pi may have no clock of its own. The floor is the latest moment that is
known to have passed: the build, the last journal entry written at trusted
time, the hub's last receipt, its last TUF timestamp. It is raised by these
alone, so a wrong clock leaves nothing behind. Where the hub's own clock was
wrong, its next receipt or timestamp takes back what the last one said:
neither can be replayed, for the one acknowledges more entries, and the other
has a higher version.

| the wall clock | is believed |
|---|---|
| behind the floor | no, until it has been set |
| up to `LONGEST_JUMP` ahead of the floor, in the boot in which it was believed before: a restart | yes |
| anything else after a start: off for days, or wrong | when a time server or a clock chip bears it out |
| the same with neither | when a receipt of the hub has raised the floor to it |
| ran on with the time since it was last believed | yes |
| jumped ahead while the kiosk ran | up to `LONGEST_JUMP`; further when a receipt bears it out |
| went back, but not behind the floor | yes |

After a start of the machine nearness says nothing: without a clock chip a Pi
begins where it was switched off, weeks ago or not.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from kiosk.clock import Clock
from kiosk.terms import Instant

BUILT = datetime(2026, 11, 22, tzinfo=UTC)
LONGEST_JUMP = timedelta(minutes=10)
CLOCKS_DIFFER_BY = timedelta(minutes=1)


class TrustedClock:
    """Stamps events."""

    def __init__(
        self,
        clock: Clock,
        floor: datetime = BUILT,
        borne_out: Callable[[], bool] = lambda: True,
        *,
        same_boot: bool = True,
        believed: Callable[[], None] = lambda: None,
    ) -> None:
        """`borne_out` says whether something besides the clock itself speaks for it now.

        `same_boot`: it was believed before since the machine was started. `believed` is told once when
        it is believed.
        """
        self._same_boot = same_boot
        self._believed = believed
        self._clock = clock
        self._borne_out = borne_out
        self._lived_through = max(floor, BUILT)
        self._receipt: datetime | None = None
        self._timestamp: datetime | None = None
        self._is_told = False
        self._last_trusted: tuple[float, datetime] | None = None

    @property
    def floor(self) -> datetime:
        stated = (each for each in (self._receipt, self._timestamp) if each is not None)
        return max(self._lived_through, *stated, BUILT)

    def raise_floor(self, moment: datetime) -> None:
        """The journal shows that this moment has passed."""
        self._lived_through = max(self._lived_through, moment)

    def told(self, moment: datetime) -> None:
        """The hub has signed this time just now, in a receipt that is newer than all before."""
        self.told_before(moment)
        self._is_told = True

    def told_before(self, moment: datetime) -> None:
        """As `told`, but before the start. The hub's clock may be a little ahead of a right one."""
        self._receipt = moment - CLOCKS_DIFFER_BY

    def dated(self, moment: datetime) -> None:
        """The TUF timestamp in force was signed at this moment."""
        self._timestamp = moment - CLOCKS_DIFFER_BY

    def instant(self) -> Instant:
        mono_s, utc = self._clock.mono(), self._clock.utc()
        trusted = self.floor <= utc <= self._latest_credible(mono_s, utc)
        if trusted:
            if self._last_trusted is None:
                self._believed()
            self._last_trusted = (mono_s, utc)
        return Instant(mono_s, utc, trusted)

    def _latest_credible(self, mono_s: float, utc: datetime) -> datetime:
        """How late it can be by the time that has passed, or by what has been signed since."""
        if self._last_trusted is None:
            if self._borne_out():
                return utc
            return self.floor + (LONGEST_JUMP if self._same_boot or self._is_told else timedelta(0))
        before_s, before = self._last_trusted
        return max(before + timedelta(seconds=mono_s - before_s), self.floor) + LONGEST_JUMP

    def mono(self) -> float:
        return self._clock.mono()
