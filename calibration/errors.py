"""The package's own error: one sentence that a technician can act upon."""

from __future__ import annotations


class CalibrationError(ValueError):
    """A calibration that cannot be made, read or trusted."""
