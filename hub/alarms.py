"""What people must see: raised by the hub, acknowledged by people, never deleted.

One row a device and kind. An acknowledgement says who has dealt with it, when,
and how; it counts for the times that there had been. A kind that is raised once
more stands open again, with all that was said of it before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from hub.tables import acknowledgements, alarms, devices


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """`by` has dealt with the alarm at `at`, when it had been raised `times` times; `note` says how."""

    at: str
    by: str
    note: str
    times: int


@dataclass(frozen=True, slots=True)
class Alarm:
    """That a device has signed two histories, or the like, of one kind: when first and last, how often.

    `sentence` and `note`, what the device has signed, are those of the first time. `acknowledgements` are in
    the order in which they were made.
    """

    device_id: str
    kind: str
    first_at: str
    last_at: str
    times: int
    sentence: str
    note: str
    acknowledgements: tuple[Acknowledgement, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it was raised since somebody has dealt with it last."""
        return not self.acknowledgements or self.acknowledgements[-1].times < self.times


def raise_alarm(
    connection: Connection, device_id: str, kind: str, sentence: str, note: str, now: datetime
) -> None:
    """Once a device and kind; again and again, it is counted."""
    row = {"device_id": device_id, "kind": kind, "sentence": sentence, "note": note, "times": 1}
    times = {"first_at": now.isoformat(), "last_at": now.isoformat()}
    this = (alarms.c.device_id == device_id, alarms.c.kind == kind)
    again = update(alarms).where(*this).values(times=alarms.c.times + 1, last_at=now.isoformat())
    _lock(connection, device_id)
    if not connection.execute(again).rowcount:
        connection.execute(insert(alarms).values(row | times))


def acknowledge(
    connection: Connection, device_id: str, kind: str, by: str, note: str, now: datetime
) -> Alarm | None:
    """Add one to an alarm, and give it as it is then; None where there is no such alarm."""
    _lock(connection, device_id)
    this = (alarms.c.device_id == device_id, alarms.c.kind == kind)
    times = connection.scalar(select(alarms.c.times).where(*this))
    if times is None:
        return None
    row = {
        "device_id": device_id,
        "kind": kind,
        "at": now.isoformat(),
        "by": by,
        "note": note,
        "times": times,
    }
    connection.execute(insert(acknowledgements).values(row))
    return next(each for each in listed(connection) if (each.device_id, each.kind) == (device_id, kind))


def listed(connection: Connection) -> list[Alarm]:
    """All alarms: those that stand open first, and of each the one that was raised last first."""
    query = select(alarms).order_by(alarms.c.last_at.desc(), alarms.c.device_id, alarms.c.kind)
    said: dict[tuple[str, str], list[Acknowledgement]] = {}
    for row in connection.execute(select(acknowledgements).order_by(acknowledgements.c.number)):
        one = Acknowledgement(row.at, row.by, row.note, row.times)
        said.setdefault((row.device_id, row.kind), []).append(one)
    rows = connection.execute(query).mappings()
    found = [
        Alarm(**row, acknowledgements=tuple(said.get((row["device_id"], row["kind"]), ()))) for row in rows
    ]
    return sorted(found, key=lambda alarm: not alarm.is_open)


def _lock(connection: Connection, device_id: str) -> None:
    connection.execute(select(devices.c.device_id).where(devices.c.device_id == device_id).with_for_update())
