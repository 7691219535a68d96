"""How a mistake in a site.toml is told: short, and without anything that a terminal would obey."""

from __future__ import annotations

SHOWN_CHARACTERS = 80


def plain(text: str) -> str:
    """Short, and without anything that a terminal would obey."""
    short = text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in short
    )


def shown(text: str) -> str:
    return plain(repr(text))
