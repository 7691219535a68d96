"""The MLX90640 thermal sensor, 32 x 24 pixels, on I2C."""

from drivers.mlx90640.frame import COLUMNS, ROWS, ThermalFrame
from drivers.mlx90640.sensor import AdafruitMlx90640

__all__ = ["COLUMNS", "ROWS", "AdafruitMlx90640", "ThermalFrame"]
