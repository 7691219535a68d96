"""What does not work now: said once when it appears, and once when it goes."""

from __future__ import annotations

from collections.abc import Callable


class Troubles:
    """At most one sentence for each part."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._sentences: dict[str, str] = {}

    @property
    def sentences(self) -> tuple[str, ...]:
        return tuple(self._sentences.values())

    def appeared(self, part: str, sentence: str) -> None:
        """A part does not work. Said again only when the sentence is another."""
        if self._sentences.get(part) != sentence:
            self._sentences[part] = sentence
            self._say(sentence)

    def gone(self, part: str) -> None:
        """A part works."""
        sentence = self._sentences.pop(part, None)
        if sentence is not None:
            self._say(f"No more: {sentence}")
