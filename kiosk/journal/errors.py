"""What can go wrong with the journal, each with one sentence that says where."""

from __future__ import annotations


class JournalError(ValueError):
    """The base of what this package raises."""


class JournalMissing(JournalError):
    """There is no journal at the path."""


class JournalUnavailable(JournalError):
    """The journal cannot be read or written now: disk full, locked, not a database."""


class JournalFull(JournalUnavailable):
    """There is no space left for another entry."""


class JournalDamaged(JournalUnavailable):
    """The file is not what was written to it; it can be kept as evidence and never be written to again."""


class EntryRefused(JournalError):
    """What was to be written cannot be written down: not JSON, or too large."""


class EntryForgotten(JournalError):
    """The data of an entry was deleted at the end of retention; its hash is all that is left."""
