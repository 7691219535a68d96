"""A kiosk's configuration: its tables, the file that holds them, and what can be wrong with it."""

from kiosk.config.loading import ConfigError, load, parse
from kiosk.config.pins import PINS_UNFIT_FOR_A_RELAY
from kiosk.config.sections import (
    CLOSED_AT_REST,
    BlackbodyConfig,
    Exposure,
    GateConfig,
    JournalConfig,
    LaneConfig,
    LaneParts,
    Lock,
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
    "CLOSED_AT_REST",
    "PINS_UNFIT_FOR_A_RELAY",
    "BlackbodyConfig",
    "ConfigError",
    "Exposure",
    "GateConfig",
    "JournalConfig",
    "LaneConfig",
    "LaneParts",
    "Lock",
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
