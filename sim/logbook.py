"""What each visitor experienced, beside what ought to have happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from calibration.oral import PUBLISHED, OralModel
from kiosk.core.rules import Rules
from kiosk.terms import Outcome
from sim.people import Place, Visit
from sim.presence_book import People
from sim.truth import SensorState, Truth, truth_of
from sim.visitor import Experience


@dataclass(frozen=True, slots=True)
class Page:
    """One finished visit. `moved` says that the right relay moved exactly when it should have."""

    began: datetime
    experience: Experience
    truth: Truth
    moved_rightly: bool

    @property
    def answered_rightly(self) -> bool:
        answers = self.experience.answers
        return bool(answers) and all((one.outcome, one.reason) in self.truth.right for one in answers)

    @property
    def measured_rightly(self) -> bool:
        """Whether a measured temperature is the true one, within three of its standard uncertainties."""
        result = self.experience.result
        if result is None or result.face_skin_celsius is None or result.expanded_u_celsius is None:
            return True
        error_celsius = abs(result.face_skin_celsius - self.experience.visit.skin_celsius)
        return error_celsius <= 1.5 * result.expanded_u_celsius

    @property
    def is_right(self) -> bool:
        return self.answered_rightly and self.moved_rightly and self.measured_rightly


class Logbook:
    """Keeps the pages, and who is truly inside.

    `now` gives the site's own time; `u_celsius` counts where the kiosk states
    none; `sensor` says what the thermal sensor is fit for now. Roles in `closed_to` are not let in all day.
    """

    def __init__(
        self,
        rules: Rules,
        now: Callable[[], datetime],
        u_celsius: float,
        *,
        model: OralModel = PUBLISHED,
        sensor: Callable[[], SensorState] = lambda: SensorState.READY,
        closed_to: Collection[int] = (),
    ) -> None:
        self._rules = rules
        self._model = model
        self._sensor = sensor
        self._closed_to = closed_to
        self._now = now
        self._u_celsius = u_celsius
        self._people = People(rules)
        self._began: dict[int, datetime] = {}
        self._shown: dict[int, datetime] = {}
        self._sensor_at_first: dict[int, SensorState] = {}
        self.pages: list[Page] = []
        self.on_page: Callable[[Page], None] = lambda _page: None

    def begin(self, visit: Visit) -> None:
        """Somebody is on his way; the one before may be in the door yet."""
        self._began[visit.number] = self._now()

    def arrive(self, visit: Visit) -> None:
        """The visitor, who was on his way, is there now."""
        self._sensor_at_first[visit.number] = self._sensor()
        self._shown[visit.number] = self._now() + timedelta(seconds=visit.pace.to_code_s)

    def end(self, experience: Experience) -> None:
        visit = experience.visit
        result = experience.result
        stated_u = None if result is None else result.expanded_u_celsius
        u_celsius = self._u_celsius if stated_u is None else stated_u / 2.0
        shown = self._shown.pop(visit.number, self._now())
        truth = truth_of(
            visit,
            self._people.kept_out(shown),
            self._rules,
            u_celsius,
            model=self._model,
            sensor=self._sensor_meanwhile(visit),
            measured_before=self._people.back_from_break(visit.person, shown),
            closed_to=self._closed_to,
            staffed=self._people.are_staffed,
        )
        page = Page(self._began.pop(visit.number, self._now()), experience, truth, _moved_rightly(experience))
        if experience.passed:
            self._people.passed(visit, self._now(), measured=stated_u is not None)
        self.pages.append(page)
        self.on_page(page)

    def _sensor_meanwhile(self, visit: Visit) -> SensorState:
        """What it was all through a visit; where it changed, the kiosk may have noticed before or after."""
        now = self._sensor()
        at_first = self._sensor_at_first.pop(visit.number, SensorState.READY)
        return now if now is at_first else SensorState.SETTLING

    @property
    def occupancy(self) -> int:
        """How many are truly inside."""
        return self._people.occupancy

    @property
    def limit_oral_celsius(self) -> float:
        return self._rules.screening.limit_oral_celsius

    @property
    def model(self) -> OralModel:
        """From true skin to true mouth."""
        return self._model

    @property
    def wrong(self) -> list[Page]:
        return [page for page in self.pages if not page.is_right]

    @property
    def in_doubt(self) -> list[Page]:
        return [page for page in self.pages if page.truth.in_doubt]

    def results(self) -> Counter[str]:
        """How often each result was shown."""
        return Counter(
            f"{page.experience.result.outcome.value} {page.experience.result.reason.value}"
            for page in self.pages
            if page.experience.result is not None
        )


def _moved_rightly(experience: Experience) -> bool:
    """A relay moves for a grant, the one that belongs to the place, and for nothing else; a bus has lamps."""
    granted = experience.result is not None and experience.result.outcome is Outcome.GRANT
    place = experience.visit.kind.place
    if place is Place.BUS:
        return experience.released == {"granted_lamp" if granted else "refused_lamp"}
    output = "lamp" if place in (Place.COUNTER, Place.RESTAURANT) else "gate-out" if place.lane else "gate"
    return experience.released == ({output} if granted else set())
