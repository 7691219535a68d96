"""What does not work now: said once when it has lasted, and once when it goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

PASSING_S = 10.0
"""A connection that drops for less than this is nobody's news."""


@dataclass(slots=True)
class _Trouble:
    sentence: str
    say_at_s: float
    said: bool = False


class Troubles:
    """At most one sentence for each part. `now` gives monotonic seconds."""

    def __init__(
        self, say: Callable[[str], None], now: Callable[[], float], passing_s: float = PASSING_S
    ) -> None:
        self._passing_s = passing_s
        self._say = say
        self._now = now
        self._parts: dict[str, _Trouble] = {}

    @property
    def sentences(self) -> tuple[str, ...]:
        return tuple(trouble.sentence for trouble in self._parts.values())

    def appeared(self, part: str, sentence: str, *, may_pass: bool = False) -> None:
        """A part does not work. What `may_pass` by itself is said once it has lasted `passing_s`."""
        trouble = self._parts.get(part)
        if trouble is None:
            say_at_s = self._now() + (self._passing_s if may_pass else 0.0)
            trouble = self._parts[part] = _Trouble(sentence, say_at_s)
        elif trouble.sentence != sentence:
            trouble.sentence = sentence
            trouble.said = trouble.said and may_pass
            trouble.say_at_s = trouble.say_at_s if may_pass else self._now()
        if not trouble.said and self._now() >= trouble.say_at_s:
            trouble.said = True
            self._say(sentence)

    def gone(self, part: str) -> None:
        """A part works."""
        trouble = self._parts.pop(part, None)
        if trouble is not None and trouble.said:
            self._say(f"No more: {trouble.sentence}")
