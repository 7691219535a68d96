"""How fast people are: the human share of a passage, in seconds.

At leisure somebody walks up from a little way off, takes out a phone, reads
what the screen says and strolls through. In a queue the next one stands a step
away with the phone in hand, and goes while the one in front is in the door: a
step of 0.6 m at 1.4 m/s, an arm's movement, a simple reaction to a tone or a
colour, a short step to the door and 1.2 m through it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """`follows_closely`: comes as soon as the one in front is in the door, before it is shut."""

    approach_s: float
    raise_phone_s: float
    reaction_s: float
    read_result_s: float
    reach_door_s: float
    walk_through_s: float
    follows_closely: bool = False

    @property
    def to_code_s(self) -> float:
        """From coming into view until the code is held up."""
        return self.approach_s + self.raise_phone_s


AT_LEISURE = Pace(0.5, 0.4, 0.5, 1.6, 0.8, 1.5)
IN_A_QUEUE = Pace(0.4, 0.3, 0.3, 1.0, 0.4, 0.9, follows_closely=True)
