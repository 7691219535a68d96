"""The MLX90640 thermal sensor, 32 x 24 pixels, on I2C."""

from drivers.mlx90640.frame import COLUMNS, ROWS, ThermalFrame
from drivers.mlx90640.sensor import Driver, Mlx90640

__all__ = ["COLUMNS", "ROWS", "Driver", "Mlx90640", "ThermalFrame"]
