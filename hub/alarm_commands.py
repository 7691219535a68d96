"""`kiosk-hub alarm list`, `acknowledge`: what people must see, and who has dealt with it."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hub.alarms import Alarm
from hub.decisions import add_who_and_why, who_and_why
from hub.errors import HubError
from hub.registration import opened_store
from hub.tables import read_url


def add_parsers(actions: Any) -> list[argparse.ArgumentParser]:
    """The parsers of both commands; the options that name the hub's database are the caller's to add."""
    listing = actions.add_parser("list", help="all alarms, those that nobody has dealt with first")
    listing.add_argument("--open", action="store_true", help="only those that nobody has dealt with")
    listing.add_argument("--json", action="store_true", help="as JSON, with the signed notes")
    listing.set_defaults(run=_list)
    acknowledging = actions.add_parser("acknowledge", help="say who has dealt with an alarm, and how")
    acknowledging.add_argument("device_id", metavar="DEVICE_ID", help="as the list shows it")
    acknowledging.add_argument("kind", metavar="KIND", help="as the list shows it")
    add_who_and_why(acknowledging, "what was found and done")
    acknowledging.set_defaults(run=_acknowledge)
    for parser in (listing, acknowledging):
        parser.add_argument("--state", type=Path, required=True, metavar="DIR", help="the hub's folder")
    return [listing, acknowledging]


def _list(args: argparse.Namespace) -> None:
    with opened_store(args.state, args.database and read_url(args.database)) as store:
        found = [alarm for alarm in store.alarms() if alarm.is_open or not args.open]
    if args.json:
        listed = [asdict(alarm) | {"open": alarm.is_open} for alarm in found]
        sys.stdout.write(json.dumps(listed, indent=2, ensure_ascii=False) + "\n")
        return
    for alarm in found:
        sys.stdout.write(_told(alarm))
    if not found:
        sys.stdout.write("no alarms\n")


def _acknowledge(args: argparse.Namespace) -> None:
    by, note = who_and_why(args)
    with opened_store(args.state, args.database and read_url(args.database)) as store:
        alarm = store.acknowledge(args.device_id, args.kind, by, note, datetime.now(UTC))
    if alarm is None:
        raise HubError(f"{args.device_id} has no alarm {args.kind!r}; kiosk-hub alarm list shows all")
    sys.stdout.write(_told(alarm))


def _told(alarm: Alarm) -> str:
    state = "OPEN" if alarm.is_open else "acknowledged"
    times = "once" if alarm.times == 1 else f"{alarm.times} times, last {alarm.last_at}"
    lines = [f"{state}  {alarm.device_id}  {alarm.kind}  {alarm.first_at} ({times})", f"  {alarm.sentence}"]
    lines += [f"  acknowledged {each.at} by {each.by}: {each.note}" for each in alarm.acknowledgements]
    return "\n".join(lines) + "\n"
