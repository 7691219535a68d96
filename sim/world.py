"""The world: visitors one after the other, what can be seen of them, and the door.

A pure function of time and of the kiosk's answers. `step()` lets happen what
is due, `next_change_s` says when something next changes by itself, so that
nothing needs to be rendered or polled in between.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from kiosk.core.events import Input
from kiosk.core.view import ViewState
from sim.camera import Picture
from sim.mlx90640_chip import ThermalScene
from sim.optics import Conditions, PhonePose
from sim.people import ORDER_SCANNER, Shows, Visit
from sim.phone import PaperSheet, PhoneScreen
from sim.pins import Edge
from sim.thermal_scene import PLAIN_ROOM, Face, Room, Weather, empty_scene, scene_with, sway
from sim.visitor import Experience, Visitor
from sim.wallets import Wallets

OPEN_AT_REST = frozenset({Input.REQUEST_TO_EXIT, Input.PASSAGE})
NO_CONTACTS: Mapping[Input, int] = {}
END_OF_TIME_S = float("inf")
STILL = Weather()


class World:
    """`outputs` names the relays by pin; `scan(place, payload)` lets a hand-held scanner read a code.

    `room` is what the thermal sensor sees behind the people, as it is when
    the day begins. `contacts` are the pins of the site's other contacts, `strike`
    the output that lets people through the door. A site of several lanes is a
    world for each of them.
    """

    def __init__(
        self,
        wallets: Wallets,
        now: Callable[[], float],
        scan: Callable[[str, bytes], None],
        *,
        outputs: Mapping[int, str],
        door_contact_pin: int,
        seed: int,
        room: Room = PLAIN_ROOM,
        weather: Weather = STILL,
        contacts: Mapping[Input, int] = NO_CONTACTS,
        strike: str = "gate",
    ) -> None:
        self._wallets = wallets
        self._room = room
        self._weather = weather
        self._began_s = now()
        self._now = now
        self._scan = scan
        self._outputs = outputs
        self._strike = strike
        self._door_contact_pin = door_contact_pin
        self._contacts = {pin: which for which, pin in contacts.items() if which is not Input.DOOR}
        self._actuated: set[Input] = set()
        self._random = random.Random(f"world {seed}")
        self._last_passage_id = self._answered_before = 0
        self._levels: dict[str, bool] = {}
        self.contacts_moved = 0
        self._queue: deque[Visit] = deque()
        self._visitor: Visitor | None = None
        self._in_door: list[Visitor] = []
        self._has_arrived = False
        self._picture: Picture | None = None
        self._code_changes_at_s = END_OF_TIME_S
        self._faces: deque[tuple[float, Visit | None]] = deque([(-END_OF_TIME_S, None)], maxlen=16)
        self.on_begin: Callable[[Visit], None] = lambda _visit: None
        self.on_arrive: Callable[[Visit], None] = lambda _visit: None
        self.on_end: Callable[[Experience], None] = lambda _experience: None

    # -- what happens

    def send(self, visits: Iterable[Visit]) -> None:
        """Visitors who are to come, after those who are already on their way."""
        self._queue.extend(visits)

    @property
    def is_quiet(self) -> bool:
        return self._visitor is None and not self._queue and not self._in_door

    @property
    def next_change_s(self) -> float:
        """When something next changes by itself (monotonic seconds); infinite when nothing is to come."""
        wakes_s = [each.wake_at_s for each in self._in_door if each.wake_at_s is not None]
        if self._visitor is not None and self._visitor.wake_at_s is not None:
            wakes_s += [self._visitor.wake_at_s, self._code_changes_at_s]
        elif self._queue:
            wakes_s.append(self._now())
        return min(wakes_s, default=END_OF_TIME_S)

    def step(self) -> None:
        """Let happen what is due."""
        was_in_passage = self._is_in_passage
        while self.next_change_s <= self._now():
            if any(self._steps_through(each) for each in self._in_door):
                continue
            if self._visitor is None:
                self._next_visitor()
            elif self._picture is not None and self._code_changes_at_s <= self._now():
                shown = self._shown(self._visitor.experience.visit)
                self._picture = replace(self._picture, shown=shown, since_s=self._now())
            else:
                self._go_on(self._visitor)
        self.contacts_moved += self._is_in_passage is not was_in_passage

    def shows(self, view: ViewState) -> None:
        """The kiosk's screen has changed."""
        if view.passage_id is not None:
            self._last_passage_id = max(self._last_passage_id, view.passage_id)
        if self._visitor is not None and (view.passage_id or 0) > self._answered_before:
            before = self._visitor.experience.result, self._visitor.is_asked_for_order
            self._visitor.sees(view)
            if (self._visitor.experience.result, self._visitor.is_asked_for_order) != before:
                self._go_on(self._visitor)

    def feels_edge(self, edge: Edge) -> None:
        """A relay has moved."""
        output = self._outputs.get(edge.pin)
        if output is None:
            return
        self._levels[output] = edge.level
        if edge.level and self._visitor is not None:
            self._visitor.feels_relay(output)
            self._go_on(self._visitor)

    # -- what can be seen

    def picture_at(self, _at_s: float, /) -> Picture | None:
        """What is held before the camera. The camera asks whenever its next frame is due."""
        return self._picture

    def next_change_at(self, _at_s: float, /) -> float:
        return self.next_change_s

    def thermal_at(self, at_s: float) -> ThermalScene:
        """The view at `at_s`: a sensor's subpage was complete a little before it is read."""
        visit = next(visit for since_s, visit in reversed(self._faces) if since_s <= at_s)
        room = self._weather.room_at(self._room, at_s - self._began_s)
        if visit is None:
            return empty_scene(room)
        row, column = sway(float(visit.number), at_s)
        face = Face(visit.skin_celsius, wears=visit.wears, optics_celsius=visit.optics_celsius)
        moved = replace(face, row=face.row + row, column=face.column + column)
        return scene_with(moved, room=room, at_s=at_s)

    def input_level(self, pin: int) -> bool:
        """High while a contact is open: pulled up, and joined to ground while it is closed."""
        if pin == self._door_contact_pin:
            return self.door_open
        which = self._contacts.get(pin)
        active = which in self._actuated or (which is Input.PASSAGE and self._is_in_passage)
        return which is not None and (which in OPEN_AT_REST) is not active

    def actuate(self, which: Input, active: bool) -> None:
        """By hand: exit button, lid, fire panel, passage, door. What people do comes besides."""
        if active:
            self._actuated.add(which)
        else:
            self._actuated.discard(which)
        self.contacts_moved += 1

    @property
    def door_open(self) -> bool:
        return Input.DOOR in self._actuated or any(each.presence.door_open for each in self._everybody)

    @property
    def _is_in_passage(self) -> bool:
        return any(each.presence.in_passage for each in self._everybody)

    @property
    def _everybody(self) -> list[Visitor]:
        return [*self._in_door, *([] if self._visitor is None else [self._visitor])]

    # -- inside

    def _next_visitor(self) -> None:
        visit = self._queue.popleft()
        self._has_arrived = False
        self.on_begin(visit)
        # The last visitor's answer may still stand on the screen, and is nobody else's.
        self._answered_before = self._last_passage_id
        place = visit.kind.place.value
        self._visitor = Visitor(
            visit,
            self._now,
            lambda: self._levels.get(self._strike, False),
            lambda: self._scan(place, self._wallets.shown_by(visit)),
            lambda: self._scan(ORDER_SCANNER, visit.order_number.encode()),
        )
        self._visitor.experience.shown = visit.kind.shows.value

    def _go_on(self, visitor: Visitor) -> None:
        if not self._has_arrived:
            self._has_arrived = True
            self.on_arrive(visitor.experience.visit)
        had_code = visitor.presence.code_since_s is not None
        visitor.step()
        has_code = visitor.presence.code_since_s is not None
        if has_code and not had_code:
            self._picture = self._hold_up(visitor.experience.visit)
        elif not has_code:
            self._picture = None
            self._code_changes_at_s = END_OF_TIME_S
        has_face = visitor.presence.face_since_s is not None
        if has_face is not (self._faces[-1][1] is not None):
            self._faces.append((self._now(), visitor.experience.visit if has_face else None))
        if visitor.is_gone:
            self._visitor = None
            self.on_end(visitor.experience)
        elif visitor.is_in_the_door and self._queue and self._queue[0].pace.follows_closely:
            self._in_door.append(visitor)
            self._visitor = None

    def _steps_through(self, visitor: Visitor) -> bool:
        """Whether somebody in the door has gone on, while the next one is at the kiosk already."""
        if visitor.wake_at_s is None or visitor.wake_at_s > self._now():
            return False
        visitor.step()
        if visitor.is_gone:
            self._in_door.remove(visitor)
            self.on_end(visitor.experience)
        return True

    def _shown(self, visit: Visit) -> PhoneScreen | PaperSheet:
        """What is held up now, and until when it looks like that."""
        self._code_changes_at_s = self._now() + self._wallets.changes_in_s(visit)
        payload = self._wallets.shown_by(visit)
        if visit.kind.shows is Shows.PRINTED:
            return PaperSheet(payload.decode("ascii"))
        if visit.kind.shows is Shows.BINARY:
            return PhoneScreen(payload)
        return PhoneScreen(payload.decode("ascii"))

    def _hold_up(self, visit: Visit) -> Picture:
        chance = self._random.uniform
        pose = PhonePose(
            module_px=chance(4.2, 5.4),
            yaw_deg=chance(-14, 14),
            pitch_deg=chance(-10, 10),
            roll_deg=chance(-8, 8),
        )
        conditions = Conditions(
            seed=visit.number,
            defocus_sigma_px=chance(0.3, 0.9),
            noise_sigma=chance(1.5, 4.0),
            glare=chance(0.0, 0.4),
        )
        return Picture(self._shown(visit), pose, conditions, self._now())
