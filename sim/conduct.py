"""How the kiosk behaved over a whole day, beyond its answers: relays, pictures, processes.

Every rule is a sentence that is said when it was broken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from kiosk.core.commands import Lamp
from kiosk.gatekeeper.restore import past_of
from kiosk.journal.reader import JournalReader
from kiosk.terms import Outcome
from sim.logbook import Logbook, Page
from sim.pins import Edge

PULSE_SLACK_S = 0.5
SMALLEST_PICTURE_BYTES = 2_000


def relay_faults(
    edges: Sequence[Edge], outputs: Mapping[int, str], pages: Sequence[Page], pulse_s: float
) -> Iterator[str]:
    """A relay moves once for each grant, rests again within its pulse, and rests when the day is over."""
    names = set(outputs.values())
    granted = sum(len(page.experience.released & names) for page in pages)
    risen = sum(edge.level for edge in edges if edge.pin in outputs)
    if risen != granted:
        yield f"the relays were energised {risen} times, and visitors were let through {granted} times"
    for pin, output in outputs.items():
        mine = [edge for edge in edges if edge.pin == pin]
        for rise, fall in zip(mine[::2], mine[1::2], strict=False):
            if fall.at_s - rise.at_s > pulse_s + PULSE_SLACK_S:
                yield f"output {output!r} was energised for {fall.at_s - rise.at_s:.1f} s"
        if mine and mine[-1].level:
            yield f"output {output!r} was still energised at the end"


def lamp_faults(
    edges: Sequence[Edge], lamps: Mapping[int, str], pages: Sequence[Page], result_s: float
) -> Iterator[str]:
    """A lamp burns once for each answer that it tells, as long as that stands, and is dark in the end."""
    answers = [answer.outcome is Outcome.GRANT for page in pages for answer in page.experience.answers]
    for pin, name in lamps.items():
        mine = [edge for edge in edges if edge.pin == pin]
        burned, told = sum(edge.level for edge in mine), answers.count(name == Lamp.GRANTED)
        if burned != told:
            yield f"{name} has burned {burned} times, and {told} answers were its own"
        for rise, fall in zip(mine[::2], mine[1::2], strict=False):
            if fall.at_s - rise.at_s > result_s + PULSE_SLACK_S:
                yield f"{name} has burned for {fall.at_s - rise.at_s:.1f} s"
        if mine and mine[-1].level:
            yield f"{name} was still burning at the end"


def picture_faults(logbook: Logbook, folder: Path) -> Iterator[str]:
    """There is a picture of every kind of result that was shown."""
    for kind in logbook.results():
        name = f"result-{kind.replace(' ', '-')}.png"
        if not any(path.stat().st_size >= SMALLEST_PICTURE_BYTES for path in folder.rglob(name)):
            yield f"there is no screenshot {name}"


def occupancy_faults(journal: Path, truly_inside: int) -> Iterator[str]:
    """The kiosk counts as many people inside as there are. Raises JournalError."""
    with JournalReader(journal) as reader:
        past = past_of(reader)
    counted = max(len(past.inside) + past.unnamed, 0)
    if counted != truly_inside:
        yield f"the kiosk counts {counted} people inside, and {truly_inside} are"


def process_faults(fallen: Iterable[str]) -> Iterator[str]:
    """No process ends before its time."""
    for name in fallen:
        yield f"{name} fell during the day"
