"""site.toml to frozen dataclasses. Unknown keys are refused, units stand in names, errors come all at once.

    site = load(Path("/etc/checkpoint-kiosk/site.toml"))

Relative paths in the file are taken from the folder that holds it. A value has the type that its key asks
for: neither `true` nor "4" is a number, and 1 is not `true`.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from itertools import islice
from pathlib import Path, PurePath

from pydantic import TypeAdapter, ValidationError

from kiosk.config.contradictions import contradictions
from kiosk.config.sections import Site
from kiosk.config.sentences import plain

OF_A_SENSOR = ("calibration", "oral_model")
# Relative ones are taken from the site file's folder, defaults too.
FOLDERS_AND_FILES = (
    ("site", "state_dir", "state"),
    ("site", "runtime_dir", "run"),
    *(("thermal", key, None) for key in OF_A_SENSOR),
    ("uplink", "trusted_root", "root.json"),
    ("uplink", "cache_dir", "uplink"),
    ("uplink", "hub_ca", None),
    ("uplink", "device_identity", None),
)
MAX_FILE_BYTES = 65_536
MAX_SENTENCES = 20


class ConfigError(ValueError):
    """What is wrong in site.toml, one sentence a line."""


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
        raise ConfigError(f"{path}: is not TOML: {plain(str(error))}; correct it there.") from error
    return parse(tree, path)


def parse(tree: Mapping[str, object], path: Path) -> Site:
    """Check a parsed file; `path` is for messages and relative paths."""
    absolute = _with_absolute_paths(tree, path.parent.resolve())
    misplaced = [*_take_out_misplaced(absolute)]
    try:
        site = _site(absolute)
    except ValidationError as error:
        if error.errors(include_url=False)[0]["type"] == "json_invalid":
            raise ConfigError(f"{path}: is not TOML of a site: too many brackets; correct it.") from error
        problems = [*misplaced, *_sentences(error), *_found_without(absolute, error)]
        raise ConfigError(_listed(path, problems)) from error
    if problems := [*misplaced, *_contradictions(site, absolute)]:
        raise ConfigError(_listed(path, problems))
    return site


def _take_out_misplaced(tree: dict[str, object]) -> Iterator[str]:
    """The rules have lanes, and the file has them in one place only: with their pins."""
    rules = tree.get("rules")
    if isinstance(rules, dict) and rules.pop("lanes", None) is not None:
        yield "rules.lanes: is not a key of the site file; a lane is a [[lanes]], its door [lanes.door]."


def _site(tree: Mapping[str, object]) -> Site:
    """Raises ValidationError.

    Checked as JSON, where pydantic is strict with numbers and still takes a name for what it stands for
    (https://docs.pydantic.dev/latest/concepts/conversion_table/).
    """
    site = _ADAPTER.validate_json(json.dumps(tree, default=_as_json), strict=True)
    return replace(site, rules=replace(site.rules, lanes=site.lane_rules))


def _as_json(value: object) -> object:
    """A path as its text; a date or a time, which no key of a site asks for, as what no key takes."""
    return str(value) if isinstance(value, PurePath) else {"date or time": str(value)}


def _contradictions(site: Site, tree: Mapping[str, object]) -> list[str]:
    rules = tree["rules"]
    assert isinstance(rules, dict), "it has made a site"
    points = enumerate(rules["access_points"])
    measured = {number for number, point in points if "temperature" in point}
    return list(contradictions(site, names_passback="passback" in rules, names_temperature=measured))


def _found_without(tree: Mapping[str, object], error: ValidationError) -> list[str]:
    """What contradicts in the rest of the file, where it makes a site without the values that are wrong.

    Nothing of those values themselves: they are not missing.
    """
    rest = deepcopy(dict(tree))
    wrong = [detail["loc"] for detail in error.errors(include_url=False)[: 4 * MAX_SENTENCES]]
    for loc in wrong:
        _remove(rest, loc)
    try:
        found = _contradictions(_site(rest), rest)
    except ValidationError:
        return []
    keys = [".".join(map(str, loc)) for loc in wrong]
    return [sentence for sentence in found if not any(key in sentence for key in keys)]


def _remove(tree: object, loc: tuple[int | str, ...]) -> None:
    """Take one value out of a tree of tables and lists; nothing where it is not there."""
    for step in loc[:-1]:
        if isinstance(tree, dict):
            tree = tree.get(step)
        elif isinstance(tree, list) and isinstance(step, int) and step < len(tree):
            tree = tree[step]
    if isinstance(tree, dict):
        tree.pop(loc[-1], None)


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
    if isinstance(lanes := absolute.get("lanes"), list):
        absolute["lanes"] = [_lane_with_absolute_paths(lane, base) for lane in lanes]
    return absolute


def _lane_with_absolute_paths(lane: object, base: Path) -> object:
    thermal = lane.get("thermal") if isinstance(lane, dict) else None
    if not isinstance(lane, dict) or not isinstance(thermal, dict):
        return lane
    places = {key: thermal[key] for key in OF_A_SENSOR if isinstance(thermal.get(key), str)}
    return {**lane, "thermal": {**thermal, **{key: str(base / place) for key, place in places.items()}}}


def _sentences(error: ValidationError) -> Iterator[str]:
    # Bounded before the pairs are compared: a hostile file has thousands.
    details = error.errors(include_url=False)[: 4 * MAX_SENTENCES]
    for detail in details:
        if any(other["loc"][: len(detail["loc"])] == detail["loc"] != other["loc"] for other in details):
            continue  # a list is called too short when one of its items is wrong
        where = plain(".".join(str(part) for part in detail["loc"]))
        if detail["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
            yield f"{where}: is not a key of the site file; remove it or correct its name."
        elif detail["type"] in ("missing", "missing_argument"):
            yield f"{where}: is missing and has no default; add it."
        else:
            yield f"{where}: {detail['msg']}, and not {plain(repr(detail['input']))}; correct it."
