"""Pictures of somebody before his code is read: he stands there while he takes it out and holds it up.

They count for him only where they can be nobody else's. 32 x 24 pixels can't
tell one face from another, so it must be a face that is seen in every picture
and moves by no more than a step from one to the next (`calibration.fusion`
begins anew where it does not), and the view must have been empty since the
last person was measured or answered there, since a picture was faulty, and
since the sensor was opened.
"""

from __future__ import annotations

from collections.abc import Callable

from calibration.fusion import Fusion
from calibration.image import ThermalImage
from calibration.reading import Missing


class Approach:
    """The newest pictures of whoever has come. `make` gives a fusion that keeps no more than it needs.

    Fed by the thermal poller's thread; `answered` may be called on any.
    """

    def __init__(self, make: Callable[[], Fusion]) -> None:
        self._make = make
        self._fusion = make()
        self._is_new = False

    @property
    def is_watching(self) -> bool:
        """Whether somebody stands there whose pictures count."""
        return self._is_new and self._fusion.frames > 0

    def add(self, image: ThermalImage) -> None:
        """One picture that no measurement has taken."""
        if image.faults:
            self.lose()
            return
        self._fusion.add(image)
        if self._fusion.frames == 0 and self._fusion.missing is Missing.NO_FACE:
            self._is_new = True

    def take(self) -> Fusion | None:
        """His pictures, for his measurement and for no other; None where they may be somebody else's."""
        fusion, self._fusion = self._fusion, self._make()
        is_new, self._is_new = self._is_new, False
        return fusion if is_new else None

    def answered(self) -> None:
        """Whoever stands there has had his answer."""
        self._is_new = False

    def lose(self) -> None:
        """Nobody is known to stand there any more, and the view is not known to be empty."""
        self._fusion.reset()
        self._is_new = False
