"""`kiosk journal replay`: do the recorded events, through the rules again, give the same decisions?"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kiosk.cli.journal_source import Source, in_force_at_first, open_source
from kiosk.core.replay.entry import ReplayError
from kiosk.core.replay.replay import Beginning, Report, replay
from kiosk.core.replay.run import Difference
from kiosk.core.replay.unknown import unknown_before
from kiosk.gatekeeper.restore import LOOK_BACK_ENTRIES, past_told_by
from kiosk.journal.errors import JournalError

SHOWN_PROBLEMS = 3


def add_parser(actions: Any) -> None:
    parser = actions.add_parser(
        "replay", help="do the recorded events give the same decisions again; show the first difference"
    )
    parser.add_argument("source", type=Path, help="state folder, journal.db, or an export as JSON lines")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--no-verify", action="store_true", help="replay also what is not what the kiosk has written"
    )


def run(arguments: argparse.Namespace) -> int:
    """0: the same; 1: a difference; 2: it can't be replayed."""
    source = open_source(arguments.source)
    problems, lacking = ([], []) if arguments.no_verify else source.check()
    if problems:
        for problem in problems[:SHOWN_PROBLEMS]:
            sys.stderr.write(f"{problem}\n")
        sys.stderr.write(
            f"{source.name}: not what the kiosk has written ({len(problems)} problems), so a replay says "
            "nothing; --no-verify replays it all the same.\n"
        )
        return 2
    try:
        report = replay_source(source)
    except ReplayError as error:
        raise JournalError(f"{source.name}: {error}.") from error
    report.statements += [f"Not held against {each}." for each in lacking]
    if arguments.no_verify:
        report.statements.append("Not verified: whether this is what the kiosk has written is not known.")
    sys.stdout.write((_json(report) if arguments.json else _text(source.name, report)) + "\n")
    if not report.could_replay:
        return 2
    return 0 if report.difference is None else 1


def replay_source(source: Source) -> Report:
    """Raises JournalError, ReplayError."""
    note = source.note
    beginning = Beginning()
    if not source.begins_whole():
        beginning = Beginning(False, in_force_at_first(note), unknown_before(source.entries()))
    return replay(source.entries(), lambda entries: past_told_by(note, entries), beginning, LOOK_BACK_ENTRIES)


def _json(report: Report) -> str:
    same = report.could_replay and report.difference is None
    return json.dumps({"same": same, **asdict(report)}, ensure_ascii=False)


def _text(name: str, report: Report) -> str:
    lines = []
    if not report.could_replay:
        lines.append(f"{name}: none of {report.entries} entries can be replayed.")
    else:
        verdict = "the same" if report.difference is None else "NOT the same"
        lines.append(
            f"{name}: {verdict}: entries {report.first_seq} to {report.end_seq - 1}, {report.runs} runs: "
            f"{report.decisions} decisions, {report.passed} passed, {report.annulled} annulled."
        )
    if report.difference is not None:
        lines += _shown(report.difference)
    return "\n".join([*lines, *report.statements])


def _shown(difference: Difference) -> list[str]:
    now = "nothing" if difference.now is None else _plain(difference.now)
    facts = [f"  {name}: {_plain(value)}" for name, value in difference.facts.items()]
    return [
        f"The first difference is entry {difference.seq} of {difference.time}, passage {difference.passage}:",
        f"  recorded: {_plain(difference.recorded)}",
        f"  now:      {now}",
        "It rests on:" if facts else "Nothing else is known of it.",
        *facts,
    ]


def _plain(value: object) -> str:
    return json.dumps(value, ensure_ascii=True)
