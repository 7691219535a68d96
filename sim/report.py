"""A simulated day told: a line as each visit ends, tables at the end, and the same as JSON."""

from __future__ import annotations

import base64
import json
import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from kiosk.core.passage import DECIDED, STOPPED
from kiosk.journal.reader import JournalReader
from kiosk.journal.verify import verify
from sim.confusion import Confusion, Judged, confusion
from sim.logbook import Logbook, Page
from sim.meals import slips
from sim.throughput import throughput

_COLUMNS = "{number:>4}  {time}  {who:<26} {shown:<15} {skin:>15}  {answer:<36} {ms:>6}  {verdict}"


@dataclass(frozen=True, slots=True)
class Books:
    """What journal and hub hold when the day is over, and what else went wrong in it (`sim.conduct`)."""

    journal_ok: bool
    journal_size: int
    journal_root: str
    decisions: tuple[tuple[str, str], ...]
    hub_size: int
    hub_root: str
    faults: tuple[str, ...] = ()

    @property
    def agree(self) -> bool:
        return self.journal_ok and (self.journal_size, self.journal_root) == (self.hub_size, self.hub_root)


def read_journal(path: Path) -> tuple[bool, int, str, tuple[tuple[str, str], ...]]:
    """Verify a journal and list its decisions (outcome, reason), as people came. Raises JournalError.

    Size and root are those before the entry of the kiosk's end, which no uplink is there to send any more.
    """
    report = verify(path)
    with JournalReader(path) as reader:
        entries = reader.entries(0, reader.size)
        size = len(entries) - (bool(entries) and entries[-1].type == STOPPED)
        root = base64.b64encode(reader.root_at(size)).decode()
    decided = sorted(
        (each.data for each in entries if each.type == DECIDED), key=lambda data: data["passage"]
    )
    return report.ok, size, root, tuple((data["outcome"], data["reason"]) for data in decided)


def heading() -> str:
    return _COLUMNS.format(
        number="#",
        time="time    ",
        who="who",
        shown="shows",
        skin="skin ± U °C",
        answer="answer",
        ms="ms",
        verdict="",
    )


def line(page: Page) -> str:
    """One visit in one line."""
    experience = page.experience
    visit, result = experience.visit, experience.result
    skin = "-"
    if result is not None and result.face_skin_celsius is not None and result.expanded_u_celsius is not None:
        skin = f"{result.face_skin_celsius:.2f} ± {result.expanded_u_celsius:.2f}"
    latency = experience.code_to_relay_ms
    return _COLUMNS.format(
        number=visit.number,
        time=f"{page.began:%H:%M:%S}",
        who=visit.kind.label,
        shown=experience.shown,
        skin=skin,
        answer="no answer" if result is None else f"{result.outcome.value}  {result.reason.value}",
        ms="-" if latency is None else f"{latency:.0f}",
        verdict="right" if page.is_right else "WRONG",
    )


def decisions_agree(logbook: Logbook, books: Books) -> bool:
    """Whether the journal's decisions are, one by one and as people came, the answers that they were given.

    In several lanes visits overlap; the kiosk's number of a passage tells which came first.
    """
    given = [
        (passage, (answer.outcome.value, answer.reason.value))
        for page in logbook.pages
        for passage, answer in zip(page.experience.passages, page.experience.answers, strict=True)
    ]
    return tuple(answer for _, answer in sorted(given, key=lambda each: each[0])) == books.decisions


def is_right(logbook: Logbook, books: Books) -> bool:
    return not (logbook.wrong or books.faults) and books.agree and decisions_agree(logbook, books)


def print_tables(console: Console, logbook: Logbook, books: Books, screenshots: Path | None) -> None:
    """Ground truth against decision, and the hub's book against the journal's."""
    console.print(_truth_table(logbook))
    console.print(_confusion_table(_confusion(logbook)))
    flow = throughput(logbook.pages)
    if flow.own_share_s and not math.isnan(flow.people_per_minute):
        console.print(
            f"{flow.people_per_minute:.1f} people a minute; the kiosk's own share of a passage: "
            f"median {flow.median_s:.2f} s, 95th percentile {flow.p95_s:.2f} s"
        )
    shown = len(slips(logbook.pages))
    if shown:
        console.print(
            f"{shown} meal safety slips, each held against the kiosk's key, its order, and who was there"
        )
    if logbook.occupancy:
        console.print(f"inside at the end: {logbook.occupancy}")
    wrong, doubtful = len(logbook.wrong), len(logbook.in_doubt)
    console.print(f"{len(logbook.pages)} visits, {wrong} wrong; {doubtful} too near the limit to be judged")
    verdict = "equal" if books.agree else "DIFFERENT"
    console.print(
        f"journal {books.journal_size} entries ({'verified' if books.journal_ok else 'DAMAGED'}), "
        f"hub {books.hub_size} entries, roots {verdict}; "
        f"{len(books.decisions)} decisions {'as' if decisions_agree(logbook, books) else 'NOT AS'} shown"
    )
    for fault in books.faults:
        console.print(fault, style="red")
    if screenshots is not None:
        console.print(f"screenshots in {screenshots}", soft_wrap=True)


def as_json(logbook: Logbook, books: Books, about: dict[str, Any]) -> str:
    """The whole report. `passages` is the same for two runs of one seed on the simulated clock."""
    flow = throughput(logbook.pages)
    return json.dumps(
        {
            **about,
            "ok": is_right(logbook, books),
            "temperature": _confusion(logbook),
            "people_per_minute": _number(flow.people_per_minute),
            "own_share_s": {"median": _number(flow.median_s), "p95": _number(flow.p95_s)},
            "passages": [_page_json(page) for page in logbook.pages],
            "wrong": [page.experience.visit.number for page in logbook.wrong],
            "in_doubt": [page.experience.visit.number for page in logbook.in_doubt],
            "inside": logbook.occupancy,
            "faults": list(books.faults),
            "decisions_as_shown": decisions_agree(logbook, books),
            "journal": {
                "ok": books.journal_ok,
                "entries": books.journal_size,
                "root": books.journal_root,
            },
            "hub": {"entries": books.hub_size, "root": books.hub_root},
        },
        ensure_ascii=False,
        indent=1,
    )


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 3)


def _confusion(logbook: Logbook) -> Confusion:
    return confusion(logbook.pages, logbook.limit_oral_celsius, model=logbook.model)


def _confusion_table(counts: Confusion) -> Table:
    title = "true oral temperature against what the screening said"
    table = Table("", *(judged.value for judged in Judged), title=title)
    for true, row in counts.items():
        table.add_row(true.value, *(str(row[judged]) for judged in Judged))
    return table


def _truth_table(logbook: Logbook) -> Table:
    rows: Counter[tuple[str, str, str, bool]] = Counter()
    for page in logbook.pages:
        right = " or ".join(sorted(f"{outcome.value} {reason.value}" for outcome, reason in page.truth.right))
        result = page.experience.result
        given = "no answer" if result is None else f"{result.outcome.value} {result.reason.value}"
        rows[page.experience.visit.kind.label, right, given, page.is_right] += 1
    table = Table("who", "right would be", "decided", "times", "", title="ground truth against decision")
    for (who, right, given, good), times in rows.items():
        table.add_row(who, right, given, str(times), "" if good else "WRONG", style=None if good else "red")
    return table


def _page_json(page: Page) -> dict[str, Any]:
    experience, result = page.experience, page.experience.result
    return {
        "number": experience.visit.number,
        "began": page.began.isoformat(),
        "kind": experience.visit.kind.id,
        "person": experience.visit.person,
        "shown": experience.shown,
        "true_skin_celsius": experience.visit.skin_celsius,
        "face_skin_celsius": None if result is None else result.face_skin_celsius,
        "expanded_u_celsius": None if result is None else result.expanded_u_celsius,
        "outcome": None if result is None else result.outcome.value,
        "reason": None if result is None else result.reason.value,
        "right": sorted([outcome.value, reason.value] for outcome, reason in page.truth.right),
        "is_right": page.is_right,
        "passed": experience.passed,
        "released": sorted(experience.released),
        "has_slip": result is not None and result.slip is not None,
        "code_to_relay_ms": experience.code_to_relay_ms,
    }
