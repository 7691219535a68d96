"""A picture in radiosity, four times as fine as the sensor's pixels in each direction.

A pixel sees the mean of the radiation that reaches it from all over its area,
so what is averaged is emissivity times the fourth power of the temperature
(Stefan-Boltzmann), never the temperature: a pixel half face and half wall
shows neither.

Coordinates are the sensor's: row 0 on top, the middle of a pixel at whole
numbers.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.mlx90640_chip import ThermalScene

ROWS, COLUMNS, FINE = 24, 32, 4
KELVIN = 273.15

Celsius = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

ROW = ((np.arange(ROWS * FINE) + 0.5) / FINE - 0.5)[:, None]
COLUMN = ((np.arange(COLUMNS * FINE) + 0.5) / FINE - 0.5)[None, :]
SHAPE = (ROWS * FINE, COLUMNS * FINE)


class Canvas:
    """What is painted later stands before what was painted earlier."""

    def __init__(self, celsius: npt.ArrayLike, emissivity: float) -> None:
        self._emissivity = np.full(SHAPE, emissivity)
        self._emitted = np.broadcast_to(emissivity * _fourth(celsius), SHAPE).copy()

    def copy(self) -> Canvas:
        other = Canvas.__new__(Canvas)
        other._emissivity, other._emitted = self._emissivity.copy(), self._emitted.copy()
        return other

    def paint(self, where: Mask, celsius: npt.ArrayLike, emissivity: float) -> None:
        """`where` and `celsius` have shape (96, 128), or one that broadcasts to it."""
        mask = np.broadcast_to(where, SHAPE)
        emitted = np.broadcast_to(emissivity * _fourth(celsius), SHAPE)
        np.copyto(self._emitted, emitted, where=mask)
        np.copyto(self._emissivity, emissivity, where=mask)

    def seen(self, reflected_celsius: float, ta_celsius: float) -> ThermalScene:
        """What the sensor's pixels see: mean emissivity, and the temperature that goes with it."""
        emissivity = _mean(self._emissivity)
        celsius = np.sqrt(np.sqrt(_mean(self._emitted) / emissivity)) - KELVIN
        return ThermalScene(celsius, emissivity, reflected_celsius, ta_celsius)


def rectangle(top: float, left: float, height: float, width: float) -> Mask:
    """Shape (96, 128): an upright rectangle of whole or broken pixels."""
    inside_rows = (top - 0.5 <= ROW) & (top + height - 0.5 > ROW)
    return np.asarray(inside_rows & (left - 0.5 <= COLUMN) & (left + width - 0.5 > COLUMN))


def _fourth(celsius: npt.ArrayLike) -> Celsius:
    return np.asarray(np.square(np.square(np.asarray(celsius, dtype=np.float64) + KELVIN)))


def _mean(fine: Celsius) -> Celsius:
    return np.asarray(fine.reshape(ROWS, FINE, COLUMNS, FINE).mean(axis=(1, 3)))
