"""A kiosk's configuration: its tables, the file that holds them, and what can be wrong with it."""

from kiosk.config.contradictions import PINS_UNFIT_FOR_A_RELAY
from kiosk.config.loading import ConfigError, load, parse
from kiosk.config.sections import (
    BlackbodyConfig,
    Exposure,
    GateConfig,
    JournalConfig,
    OutputConfig,
    ReaderConfig,
    ReaderKind,
    ScreenConfig,
    Site,
    SiteInfo,
    ThermalConfig,
    ThermalDriver,
    TimeSource,
    UplinkConfig,
)

__all__ = [
    "PINS_UNFIT_FOR_A_RELAY",
    "BlackbodyConfig",
    "ConfigError",
    "Exposure",
    "GateConfig",
    "JournalConfig",
    "OutputConfig",
    "ReaderConfig",
    "ReaderKind",
    "ScreenConfig",
    "Site",
    "SiteInfo",
    "ThermalConfig",
    "ThermalDriver",
    "TimeSource",
    "UplinkConfig",
    "load",
    "parse",
]
