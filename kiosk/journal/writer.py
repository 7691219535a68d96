"""The journal's thread: records in, `Recorded` or `RecordFailed` out, as many in one commit as are waiting.

`submit` never waits; a full queue is a failed record, and said at once. What
the disk does decides how long a `Recorded` takes, and nothing else does.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Sequence

from kiosk.core.commands import Record
from kiosk.core.events import Recorded, RecordFailed
from kiosk.journal.envelope import Draft
from kiosk.journal.errors import JournalError
from kiosk.journal.store import Journal
from kiosk.terms import Instant

QUEUE_LIMIT = 256
GROUP_LIMIT = 64


class JournalWriter:
    """Commits records in groups."""

    def __init__(
        self,
        journal: Journal,
        post: Callable[[Recorded | RecordFailed], None],
        now: Callable[[], Instant],
        *,
        queue_limit: int = QUEUE_LIMIT,
        when_idle: Callable[[], None] = lambda: None,
    ) -> None:
        """`post` takes the answers; `now` says when they were given; `when_idle` is done for the journal
        on the same thread when there is nothing to write.
        """
        self._when_idle = when_idle
        self._journal = journal
        self._post = post
        self._now = now
        self._queue: queue.Queue[Record] = queue.Queue(queue_limit)

    def submit(self, record: Record) -> None:
        """Take a record on. Never waits."""
        try:
            self._queue.put_nowait(record)
        except queue.Full:
            self._fail(record, f"{self._queue.maxsize} records are waiting for the disk already.")

    def run_once(self, timeout_s: float) -> int:
        """Wait at most `timeout_s` for a record, commit all that wait, and say how many were dealt with."""
        group = self._next_group(timeout_s)
        if group:
            self._commit(group)
            self._journal.bear_witness()
        else:
            self._when_idle()
        return len(group)

    def _next_group(self, timeout_s: float) -> list[Record]:
        group: list[Record] = []
        try:
            group.append(self._queue.get(block=timeout_s > 0, timeout=max(timeout_s, 0.0)))
            while len(group) < GROUP_LIMIT:
                group.append(self._queue.get_nowait())
        except queue.Empty:
            pass
        return group

    def _commit(self, group: Sequence[Record]) -> None:
        try:
            seqs = self._journal.append_many([_draft(record) for record in group])
        except JournalError as error:
            self._commit_singly(group, error)
            return
        for record, seq in zip(group, seqs, strict=True):
            self._post(Recorded(self._now(), record.record_id, seq))

    def _commit_singly(self, group: Sequence[Record], error: JournalError) -> None:
        """One record that cannot be written must not fail those that came with it."""
        if len(group) == 1:
            self._fail(group[0], str(error))
            return
        for record in group:
            self._commit([record])

    def _fail(self, record: Record, detail: str) -> None:
        self._post(RecordFailed(self._now(), record.record_id, detail))


def _draft(record: Record) -> Draft:
    return record.type, record.data, record.at.utc, record.at.utc_trusted
