from __future__ import annotations

import pytest

from kiosk.gatekeeper.ending import take_all


def test_steps_are_taken_in_order() -> None:
    taken: list[int] = []
    take_all(lambda: taken.append(1), lambda: taken.append(2), lambda: taken.append(3))
    assert taken == [1, 2, 3]


def test_a_step_that_raises_keeps_no_other_from_being_taken_and_is_heard_of() -> None:
    taken: list[str] = []

    def fail(what: str) -> None:
        taken.append(what)
        raise OSError(what)

    with pytest.raises(OSError, match="second") as caught:
        take_all(lambda: fail("first"), lambda: fail("second"), lambda: taken.append("third"))
    assert taken == ["first", "second", "third"]
    assert isinstance(caught.value.__context__, OSError)
