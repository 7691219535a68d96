"""What can go wrong with the journal, each with one sentence that says where."""

from __future__ import annotations


class JournalError(ValueError):
    """The base of what this package raises."""


class JournalMissing(JournalError):
    """There is no journal at the path."""


class JournalUnavailable(JournalError):
    """The journal cannot be read or written now: disk full, locked, not a database."""


class EntryRefused(JournalError):
    """What was to be written cannot be written down: not JSON, or too large."""
