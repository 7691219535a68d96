"""The tables of a site.toml as frozen dataclasses: what may stand where, in which units and bounds."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from annotated_types import Ge, Gt, Le, MinLen
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from calibration.reference import BlackbodyReference
from kiosk.core.commands import Lamp
from kiosk.core.devices import device_in
from kiosk.core.events import Input
from kiosk.core.rules import DoorRules, LaneRules, Name, Rules, SiteSection
from kiosk.core.trips import RideRules

CLOSED_AT_REST = frozenset({Input.DOOR, Input.TAMPER, Input.FIRE})
PinNumber = Annotated[int, Ge(0), Le(27)]
BUZZER = "buzzer"
WATCHDOG_S = 30
"""Long enough for a service manager to end a gatekeeper that hangs, after 12 s, and to start it anew."""


class ReaderKind(StrEnum):
    CAMERA = "camera"
    SERIAL = "serial"
    KEYBOARD = "keyboard"


class Exposure(StrEnum):
    """Who exposes a camera: the kiosk, in turn for bright phones and for flickering ones, or the camera."""

    ALTERNATE = "alternate"
    CAMERA = "camera"


class TimeSource(StrEnum):
    """Who speaks for the clock: time server and clock chip, as the kernel knows them, or the host."""

    KERNEL = "kernel"
    HOST = "host"


@dataclass(frozen=True, slots=True)
class SiteInfo(SiteSection):
    device_id: Annotated[str, MinLen(1)]
    name: str = ""
    time_zone: str = "Asia/Shanghai"
    time_source: TimeSource = TimeSource.KERNEL
    state_dir: Path = Path("state")
    runtime_dir: Path = Path("run")


@dataclass(frozen=True, slots=True)
class ReaderConfig(SiteSection):
    """A source of codes. `baud` counts for serial scanners only, `exposure` and `linear_codes` for cameras.

    `linear_codes`: Code 128 and EAN are read as well as QR, as on an order's slip.
    """

    id: Name
    kind: ReaderKind
    device: Name
    baud: Annotated[int, Ge(1200), Le(921_600)] = 115_200
    exposure: Exposure = Exposure.ALTERNATE
    linear_codes: bool = False


class ThermalDriver(StrEnum):
    """Who decodes the sensor's words: the kiosk's own decoder, or the Adafruit library's computation.

    `none`: there is no sensor.
    """

    NATIVE = "native"
    ADAFRUIT = "adafruit"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class BlackbodyConfig(SiteSection):
    """A blackbody that stays in the picture; `u_celsius` is its standard uncertainty (k=1)."""

    top: Annotated[int, Ge(0), Le(21)]
    left: Annotated[int, Ge(0), Le(29)]
    celsius: Annotated[float, Ge(20.0), Le(50.0)]
    height_px: Annotated[int, Ge(3), Le(24)] = 3
    width_px: Annotated[int, Ge(3), Le(32)] = 3
    u_celsius: Annotated[float, Gt(0.0), Le(1.0)] = 0.15
    emissivity: Annotated[float, Ge(0.95), Le(1.0)] = 0.98

    @property
    def reference(self) -> BlackbodyReference:
        """Raises ValueError where the patch does not lie in the picture."""
        return BlackbodyReference(**asdict(self))


@dataclass(frozen=True, slots=True)
class ThermalConfig(SiteSection):
    """The MLX90640. `idle_hz` is how often it is read while nobody is being measured.

    `reflected_celsius` None: taken from each picture. `mirrored` turns a
    picture round that shows left and right exchanged.
    """

    bus: Name = "/dev/i2c-1"
    address: Annotated[int, Ge(0x08), Le(0x77)] = 0x33
    driver: ThermalDriver = ThermalDriver.NATIVE
    refresh_hz: Annotated[int, Ge(1), Le(32)] = 8
    resolution_bits: Annotated[int, Ge(16), Le(19)] = 18
    idle_hz: Annotated[float, Ge(0.01), Le(16)] = 4.0
    frames: Annotated[int, Ge(2), Le(16)] = 4
    emissivity: Annotated[float, Ge(0.9), Le(1.0)] = 0.98
    reflected_celsius: Annotated[float, Ge(-40.0), Le(85.0)] | None = None
    mirrored: bool = False
    warm_up_s: Annotated[float, Ge(0.0), Le(3600.0)] = 240.0
    settled_celsius_per_minute: Annotated[float, Gt(0.0), Le(10.0)] = 0.1
    calibration: Path | None = None
    oral_model: Path | None = None
    blackbody: BlackbodyConfig | None = None


class Lock(StrEnum):
    """What a lock does without mains, and nothing else: the relay rests locked either way."""

    FAIL_SAFE = "fail_safe"
    FAIL_SECURE = "fail_secure"


@dataclass(frozen=True, slots=True)
class OutputConfig(SiteSection):
    id: Name
    pin: PinNumber
    lock: Lock = Lock.FAIL_SECURE


@dataclass(frozen=True, slots=True)
class GateConfig(SiteSection):
    """Pins by BCM number; every contact lies between its pin and ground.

    Closed at rest, so that a cut wire is noticed: door contact, tamper, fire. Open at rest: request to
    exit, passage. The lamps burn as long as a result stands.

    `hardware_watchdog`: the device that resets the board when the gatekeeper does not feed it; empty: none.
    """

    outputs: tuple[OutputConfig, ...] = ()
    pin_factory: Name = "lgpio"
    door_contact_pin: PinNumber | None = None
    request_to_exit_pin: PinNumber | None = None
    tamper_pin: PinNumber | None = None
    fire_pin: PinNumber | None = None
    passage_pin: PinNumber | None = None
    buzzer_pin: PinNumber | None = None
    granted_lamp_pin: PinNumber | None = None
    refused_lamp_pin: PinNumber | None = None
    hardware_watchdog: str = ""
    hardware_watchdog_s: Annotated[int, Ge(15), Le(60)] | None = None

    @property
    def watchdog_timeout_s(self) -> int:
        return WATCHDOG_S if self.hardware_watchdog_s is None else self.hardware_watchdog_s

    @property
    def signals(self) -> dict[str, int]:
        """The pins of the buzzer and the lamps that the site has, by the names of their outputs."""
        pins = {
            BUZZER: self.buzzer_pin,
            Lamp.GRANTED.value: self.granted_lamp_pin,
            Lamp.REFUSED.value: self.refused_lamp_pin,
        }
        return {name: pin for name, pin in pins.items() if pin is not None}

    @property
    def contacts(self) -> dict[Input, int]:
        """The pins of the contacts that the site has."""
        pins = {
            Input.DOOR: self.door_contact_pin,
            Input.REQUEST_TO_EXIT: self.request_to_exit_pin,
            Input.TAMPER: self.tamper_pin,
            Input.FIRE: self.fire_pin,
            Input.PASSAGE: self.passage_pin,
        }
        return {which: pin for which, pin in pins.items() if pin is not None}


@dataclass(frozen=True, slots=True)
class LaneConfig(SiteSection):
    """A further lane of the same kiosk, with a door of its own and, where people are measured, a sensor.

    Its readers and outputs stand with the others; access points name the lane.
    """

    id: Name
    door_contact_pin: PinNumber | None = None
    request_to_exit_pin: PinNumber | None = None
    passage_pin: PinNumber | None = None
    granted_lamp_pin: PinNumber | None = None
    refused_lamp_pin: PinNumber | None = None
    door: DoorRules = field(default_factory=DoorRules)
    thermal: ThermalConfig | None = None

    @property
    def signals(self) -> dict[str, int]:
        """The pins of the lamps that the lane has, by their outputs' names, such as `granted_lamp@out`."""
        pins = {Lamp.GRANTED: self.granted_lamp_pin, Lamp.REFUSED: self.refused_lamp_pin}
        return {device_in(self.id, lamp): pin for lamp, pin in pins.items() if pin is not None}

    @property
    def contacts(self) -> dict[Input, int]:
        """The pins of the contacts that the lane has."""
        pins = {
            Input.DOOR: self.door_contact_pin,
            Input.REQUEST_TO_EXIT: self.request_to_exit_pin,
            Input.PASSAGE: self.passage_pin,
        }
        return {which: pin for which, pin in pins.items() if pin is not None}


@dataclass(frozen=True, slots=True)
class LaneParts:
    """What a lane has, whichever table it stands in. Tamper and fire contact are with the first lane's."""

    lane: str
    door: DoorRules
    contacts: Mapping[Input, int]
    thermal: ThermalConfig | None


@dataclass(frozen=True, slots=True)
class UplinkConfig(SiteSection):
    """Where the hub is, and what the kiosk knows it by.

    `hub_public_key` is the Ed25519 key that signs receipts, 32 bytes in base64. `trusted_root` is the hub's
    TUF root metadata, as it was when the kiosk was set up. `cache_dir` is the uplink process's own folder.
    `hub_ca` is the only authority that the hub's TLS certificate may come from; https needs it. The
    `device_identity` (None: device.pem in `cache_dir`) is the PEM of the TLS key and certificate that
    `kiosk enrol` makes.
    """

    hub_url: Annotated[str, MinLen(8)]
    hub_public_key: str
    trusted_root: Path = Path("root.json")
    cache_dir: Path = Path("uplink")
    hub_ca: Path | None = None
    device_identity: Path | None = None
    trust_refresh_s: Annotated[float, Ge(1), Le(3600)] = 30.0


@dataclass(frozen=True, slots=True)
class JournalConfig(SiteSection):
    """`retention_days` count from the hub's receipt; `reserve_mb` are kept for a full disk."""

    retention_days: Annotated[int, Ge(1), Le(3650)] = 14
    reserve_mb: Annotated[int, Ge(1), Le(1024)] = 16


@dataclass(frozen=True, slots=True)
class ScreenConfig(SiteSection):
    full_screen: bool = True


@dataclass(frozen=True, slots=True)
class Site(SiteSection):
    """One kiosk's whole configuration. `lanes` are the further ones; the first has no table of its own."""

    site: SiteInfo
    readers: Annotated[tuple[ReaderConfig, ...], MinLen(1)]
    gate: GateConfig
    rules: Rules
    uplink: UplinkConfig
    thermal: ThermalConfig = field(default_factory=ThermalConfig)
    lanes: tuple[LaneConfig, ...] = ()
    journal: JournalConfig = field(default_factory=JournalConfig)
    screen: ScreenConfig = field(default_factory=ScreenConfig)
    ride: RideRules | None = None

    @property
    def lane_parts(self) -> tuple[LaneParts, ...]:
        """Every lane, the first one first."""
        first = LaneParts("", self.rules.door, self.gate.contacts, _sensor(self.thermal))
        further = (LaneParts(each.id, each.door, each.contacts, _sensor(each.thermal)) for each in self.lanes)
        return (first, *further)

    @property
    def lane_rules(self) -> tuple[LaneRules, ...]:
        """The further lanes, as `Rules.lanes` has them."""
        return tuple(LaneRules(each.id, each.door) for each in self.lanes)

    def readers_of(self, lane: str) -> tuple[ReaderConfig, ...]:
        """Those that serve an access point of the lane, as they stand in the file."""
        served = {point.reader for point in self.rules.points_of(lane)}
        return tuple(reader for reader in self.readers if reader.id in served)

    @property
    def relay_pins(self) -> frozenset[int]:
        """Whatever is energised: outputs, buzzer and every lane's lamps."""
        signals = (self.gate.signals, *(lane.signals for lane in self.lanes))
        return frozenset(
            [
                *(output.pin for output in self.gate.outputs),
                *(pin for each in signals for pin in each.values()),
            ]
        )

    @property
    def screen_socket(self) -> Path:
        return self.site.runtime_dir / "screen.sock"

    @property
    def uplink_socket(self) -> Path:
        return self.site.runtime_dir / "uplink.sock"

    @property
    def journal_path(self) -> Path:
        return self.site.state_dir / "journal.db"

    @property
    def trust_path(self) -> Path:
        """The gatekeeper's own copy of what its hub has published."""
        return self.site.state_dir / "trust"

    @property
    def ballast_path(self) -> Path:
        """Space that is kept for the day when the disk is full."""
        return self.site.state_dir / "reserve"

    def thermal_power_path(self, lane: str = "") -> Path:
        """Where it is noted since when a lane's sensor has had its supply; gone when the machine was off."""
        return self.site.runtime_dir / (f"thermal-power-{lane}.json" if lane else "thermal-power.json")

    @property
    def device_identity(self) -> Path:
        return self.uplink.device_identity or self.uplink.cache_dir / "device.pem"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.site.time_zone)

    @property
    def hub_key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(self.uplink.hub_public_key))


def _sensor(config: ThermalConfig | None) -> ThermalConfig | None:
    """None as well where its driver says that there is none."""
    return None if config is None or config.driver is ThermalDriver.NONE else config
