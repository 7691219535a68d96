"""site.toml to frozen dataclasses. Unknown keys are refused, units stand in names, errors come all at once.

    site = load(Path("/etc/checkpoint-kiosk/site.toml"))

Relative paths in the file are taken from the folder that holds it.
"""

from __future__ import annotations

import base64
import binascii
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from annotated_types import Ge, Le, MinLen
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import TypeAdapter, ValidationError

from kiosk.core.rules import Name, Purpose, Rules, SiteSection, Strictness
from kiosk.terms import is_device_id

# Pulled up at boot, or driven by the boot console and the SD card: a relay there would pulse at start.
PINS_UNFIT_FOR_A_RELAY = frozenset({*range(9), 14, 15})
# Gatekeeper tells its parts by these names, and a reader by its id.
RESERVED_NAMES = frozenset(
    {"calibration", "door", "gate", "gatekeeper", "journal", "keys", "loop", "pseudonyms", "thermal"}
)
# As the origin line of a tree head can carry it (kiosk.journal.tree_head).
# Relative ones are taken from the site file's folder, defaults too.
FOLDERS_AND_FILES = (
    ("site", "state_dir", "state"),
    ("site", "runtime_dir", "run"),
    ("thermal", "calibration", None),
)
REFRESH_RATES_HZ = (1, 2, 4, 8, 16)
MAX_FILE_BYTES = 65_536
MAX_SENTENCES = 20
SHOWN_CHARACTERS = 80

PinNumber = Annotated[int, Ge(0), Le(27)]


class ConfigError(ValueError):
    """What is wrong in site.toml, one sentence a line."""


class ReaderKind(StrEnum):
    CAMERA = "camera"
    SERIAL = "serial"


@dataclass(frozen=True, slots=True)
class SiteInfo(SiteSection):
    device_id: Annotated[str, MinLen(1)]
    name: str = ""
    time_zone: str = "Asia/Shanghai"
    state_dir: Path = Path("state")
    runtime_dir: Path = Path("run")


@dataclass(frozen=True, slots=True)
class ReaderConfig(SiteSection):
    """A source of codes. `baud` counts for serial scanners only."""

    id: Name
    kind: ReaderKind
    device: Name
    baud: Annotated[int, Ge(1200), Le(921_600)] = 115_200


@dataclass(frozen=True, slots=True)
class ThermalConfig(SiteSection):
    """The MLX90640. `idle_hz` is how often it is read while nobody is being measured."""

    bus: Name = "/dev/i2c-1"
    address: Annotated[int, Ge(0x08), Le(0x77)] = 0x33
    refresh_hz: Annotated[int, Ge(1), Le(16)] = 8
    idle_hz: Annotated[float, Ge(0.01), Le(16)] = 4.0
    frames: Annotated[int, Ge(2), Le(32)] = 4
    calibration: Path | None = None


@dataclass(frozen=True, slots=True)
class OutputConfig(SiteSection):
    id: Name
    pin: PinNumber


@dataclass(frozen=True, slots=True)
class GateConfig(SiteSection):
    """Pins by BCM number. `door_contact_pin` reads high while the door is open."""

    outputs: Annotated[tuple[OutputConfig, ...], MinLen(1)]
    pin_factory: Name = "lgpio"
    door_contact_pin: PinNumber | None = None


@dataclass(frozen=True, slots=True)
class UplinkConfig(SiteSection):
    """`hub_public_key` is the hub's Ed25519 key, 32 bytes in base64; all that it signs is held against it."""

    hub_url: Annotated[str, MinLen(8)]
    hub_public_key: str
    keys_refresh_s: Annotated[float, Ge(1), Le(86_400)] = 60.0


@dataclass(frozen=True, slots=True)
class ScreenConfig(SiteSection):
    full_screen: bool = True


@dataclass(frozen=True, slots=True)
class Site(SiteSection):
    """One kiosk's whole configuration."""

    site: SiteInfo
    readers: Annotated[tuple[ReaderConfig, ...], MinLen(1)]
    gate: GateConfig
    rules: Rules
    uplink: UplinkConfig
    thermal: ThermalConfig = field(default_factory=ThermalConfig)
    screen: ScreenConfig = field(default_factory=ScreenConfig)

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
    def keys_path(self) -> Path:
        return self.site.state_dir / "keys.json"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.site.time_zone)

    @property
    def hub_key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(self.uplink.hub_public_key))


_ADAPTER: TypeAdapter[Site] = TypeAdapter(Site)


def load(path: Path) -> Site:
    """Read and check a site.toml. Raises ConfigError with a sentence for everything that is wrong."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read: {error.strerror}. Name the site file with --site."
        ) from error
    if len(raw) > MAX_FILE_BYTES:
        raise ConfigError(f"{path}: is longer than {MAX_FILE_BYTES} bytes; name a site file with --site.")
    try:
        tree = tomllib.loads(raw.decode())
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path}: is not UTF-8 text (byte {error.start}); save it as UTF-8, or name another with --site."
        ) from error
    except RecursionError as error:
        raise ConfigError(f"{path}: is not TOML of a site: too many brackets; correct it.") from error
    except ValueError as error:  # tomllib lets a number of too many digits out as one
        raise ConfigError(f"{path}: is not TOML: {_plain(str(error))}; correct it there.") from error
    return parse(tree, path)


def parse(tree: Mapping[str, object], path: Path) -> Site:
    """Check a parsed file; `path` is for messages and relative paths."""
    try:
        site = _ADAPTER.validate_python(_with_absolute_paths(tree, path.parent.resolve()))
    except ValidationError as error:
        raise ConfigError(_listed(path, _sentences(error))) from error
    if problems := list(_contradictions(site)):
        raise ConfigError(_listed(path, problems))
    return site


def _listed(path: Path, sentences: Iterable[str]) -> str:
    """A line each, and an end to them."""
    lines = [f"{path}: {sentence}" for sentence in islice(sentences, MAX_SENTENCES + 1)]
    if len(lines) > MAX_SENTENCES:
        lines[-1] = f"{path}: more is wrong; correct these first."
    return "\n".join(lines)


def _with_absolute_paths(tree: Mapping[str, object], base: Path) -> dict[str, object]:
    absolute = {key: dict(value) if isinstance(value, dict) else value for key, value in tree.items()}
    for section, key, default in FOLDERS_AND_FILES:
        table = absolute.get(section)
        if isinstance(table, dict) and isinstance(place := table.get(key, default), str):
            table[key] = str(base / place)
    return absolute


def _sentences(error: ValidationError) -> Iterator[str]:
    # Bounded before the pairs are compared: a hostile file has thousands.
    details = error.errors(include_url=False)[: 4 * MAX_SENTENCES]
    for detail in details:
        if any(other["loc"][: len(detail["loc"])] == detail["loc"] != other["loc"] for other in details):
            continue  # a list is called too short when one of its items is wrong
        where = _plain(".".join(str(part) for part in detail["loc"]))
        if detail["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
            yield f"{where}: is not a key of the site file; remove it or correct its name."
        elif detail["type"] in ("missing", "missing_argument"):
            yield f"{where}: is missing and has no default; add it."
        else:
            yield f"{where}: {detail['msg']}, and not {_plain(repr(detail['input']))}; correct it."


def _plain(text: str) -> str:
    """Short, and without anything that a terminal would obey."""
    short = text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in short
    )


def _contradictions(site: Site) -> Iterator[str]:
    yield from _unknown_references(site)
    yield from _pin_conflicts(site)
    yield from _unfit_values(site)
    yield from _contradicting_rules(site)
    if site.rules.door.contact and site.gate.door_contact_pin is None:
        yield "gate.door_contact_pin: is missing while rules.door.contact is true; add it, or set false."


def _contradicting_rules(site: Site) -> Iterator[str]:
    screening, thermal = site.rules.screening, site.thermal
    if screening.elevated is Strictness.OFF:
        yield (
            "rules.screening.elevated: 'off' would measure and not heed it; write 'soft' or 'hard', or set "
            "temperature = false at the access point."
        )
    if screening.lowest_face_skin_celsius >= screening.limit_face_skin_celsius:
        yield "rules.screening: lowest_face_skin_celsius is not below limit_face_skin_celsius; correct one."
    needed_s = (thermal.frames + 2) * 2 / thermal.refresh_hz
    if screening.timeout_s < needed_s:
        yield (
            f"rules.screening.timeout_s: {screening.timeout_s:g} s is too short for thermal.frames = "
            f"{thermal.frames} at thermal.refresh_hz = {thermal.refresh_hz}, which take {needed_s:g} s."
        )
    doors = {point.output for point in site.rules.access_points if point.purpose is not Purpose.HANDOVER}
    for point in site.rules.access_points:
        if point.purpose is Purpose.HANDOVER and point.output in doors:
            yield (
                f"rules.access_points {point.id!r}: a handover cannot share the output {point.output!r} with "
                "a door; give it one of its own."
            )


def _unfit_values(site: Site) -> Iterator[str]:
    if not is_device_id(site.site.device_id):
        yield (
            f"site.device_id: {_shown(site.site.device_id)} is not 1 to 64 letters, digits, dots, "
            "underscores or hyphens, the first a letter or digit; choose another."
        )
    try:
        ZoneInfo(site.site.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield f"site.time_zone: {_shown(site.site.time_zone)} is no time zone; write e.g. 'Asia/Shanghai'."
    if site.thermal.refresh_hz not in REFRESH_RATES_HZ:
        rates = ", ".join(map(str, REFRESH_RATES_HZ))
        yield f"thermal.refresh_hz: {site.thermal.refresh_hz} is no rate of the sensor; take one of {rates}."
    if not _is_http_url(site.uplink.hub_url):
        yield (
            f"uplink.hub_url: {_shown(site.uplink.hub_url)} is not the address of a hub; "
            "write one such as 'https://hub.example'."
        )
    if not _is_ed25519_key(site.uplink.hub_public_key):
        yield "uplink.hub_public_key: is not an Ed25519 key of 32 bytes in base64; the hub shows it at start."


def _unknown_references(site: Site) -> Iterator[str]:
    readers = [reader.id for reader in site.readers]
    outputs = [output.id for output in site.gate.outputs]
    points = site.rules.access_points
    for name, ids in (
        ("readers", readers),
        ("gate.outputs", outputs),
        ("rules.access_points", [point.id for point in points]),
    ):
        yield from (
            f"{name}: the id {_shown(one)} is used twice; rename one."
            for one, n in Counter(ids).items()
            if n > 1
        )
    for reader in sorted(RESERVED_NAMES.intersection(readers)):
        yield f"readers: the id {reader!r} is the name of a part of the kiosk; choose another."
    for point in points:
        where = f"rules.access_points {_shown(point.id)}"
        if point.reader not in readers:
            yield f"{where}: reader {_shown(point.reader)} is not in [[readers]]; add it or correct its name."
        if point.output not in outputs:
            yield f"{where}: output {_shown(point.output)} is not in [[gate.outputs]]; add or correct it."
    served = Counter(point.reader for point in points)
    yield from (
        f"rules.access_points: reader {_shown(one)} serves two; give each point its own."
        for one, n in served.items()
        if n > 1
    )


def _pin_conflicts(site: Site) -> Iterator[str]:
    pins = [output.pin for output in site.gate.outputs]
    if site.gate.door_contact_pin is not None:
        pins.append(site.gate.door_contact_pin)
    yield from (f"gate: GPIO {pin} is used twice; move one." for pin, n in Counter(pins).items() if n > 1)
    for output in site.gate.outputs:
        if output.pin in PINS_UNFIT_FOR_A_RELAY:
            yield (
                f"gate.outputs {_shown(output.id)}: GPIO {output.pin} is pulled up or driven at boot and "
                "would move the relay; take one of 9 to 13 or 16 to 27."
            )


def _shown(text: str) -> str:
    return _plain(repr(text))


def _is_http_url(text: str) -> bool:
    try:
        url = urlsplit(text)
        return url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        return False


def _is_ed25519_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == 32
    except (binascii.Error, ValueError):
        return False
