"""What calibration needs of a thermal picture, whichever driver made it."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

ROWS = 24
COLUMNS = 32

Celsius = npt.NDArray[np.float32]
"""Temperatures of shape (24, 32), row 0 on top."""


class ThermalImage(Protocol):
    """One picture: when, what, how and from which words it was decoded, and what is wrong with it."""

    @property
    def at_s(self) -> float: ...

    @property
    def celsius(self) -> Celsius: ...

    @property
    def ta_celsius(self) -> float: ...

    @property
    def emissivity(self) -> float: ...

    @property
    def reflected_celsius(self) -> float | None: ...

    @property
    def faults(self) -> tuple[str, ...]: ...

    @property
    def raw(self) -> tuple[bytes, ...]: ...
