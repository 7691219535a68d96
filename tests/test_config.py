"""site.toml: what is wrong is said in one sentence each, with the key and what to do."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kiosk.config import PINS_UNFIT_FOR_A_RELAY, ConfigError, ReaderKind, load, parse
from tests.gatekeeper.rig import site_tree

SITE = Path("/etc/checkpoint-kiosk/site.toml")


def wrong(**tables: Mapping[str, object]) -> list[str]:
    """Every sentence about a site file with `tables` laid over a right one."""
    return problems(site_tree(Path("/state"), **tables))


def problems(tree: dict[str, Any]) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(tree, SITE)
    lines = str(caught.value).splitlines()
    assert all(line.startswith(f"{SITE}: ") and line.endswith(".") for line in lines)
    return [line.removeprefix(f"{SITE}: ") for line in lines]


def read(path: Path, raw: bytes) -> str:
    path.write_bytes(raw)
    with pytest.raises(ConfigError) as caught:
        load(path)
    return str(caught.value)


def test_a_right_file_becomes_a_site() -> None:
    site = parse(site_tree(Path("/state")), SITE)
    assert site.readers[0].kind is ReaderKind.CAMERA
    assert site.rules.access_points[0].output == "gate"
    assert site.journal_path == Path("/state/journal.db")
    assert str(site.zone) == "Asia/Shanghai"
    assert site.hub_key.public_bytes_raw()


def test_relative_paths_are_taken_from_the_folder_of_the_file() -> None:
    tree = site_tree(Path("state"), thermal={"calibration": "cal.json"})
    site = parse(tree, SITE)
    assert site.site.state_dir == SITE.parent / "state"
    assert site.thermal.calibration == SITE.parent / "cal.json"


def test_https_needs_the_hubs_own_authority() -> None:
    uplink: dict[str, object] = {"hub_url": "https://hub.example"}
    assert wrong(uplink=uplink) == [
        "uplink.hub_ca: is missing while hub_url is https; name the file with the hub's CA certificate."
    ]
    site = parse(site_tree(Path("/state"), uplink=uplink | {"hub_ca": "ca.pem"}), SITE)
    assert site.uplink.hub_ca == SITE.parent / "ca.pem"
    assert site.device_identity == site.uplink.cache_dir / "device.pem"


def test_everything_that_is_wrong_is_said_at_once() -> None:
    said = wrong(
        site={"device_name": "x"},
        thermal={"refresh_hz": "fast"},
        screen={"full_screen": 7},
        rules={"result_s": 100.0},
    )
    assert [line.split(":")[0] for line in said] == [
        "site.device_name",
        "rules.result_s",
        "thermal.refresh_hz",
        "screen.full_screen",
    ]


def test_every_contradiction_is_said_at_once() -> None:
    said = wrong(
        gate={"outputs": [{"id": "gate", "pin": 14}, {"id": "gate", "pin": 23}]},
        rules={"access_points": [{"id": "in", "purpose": "entry", "reader": "cam", "output": "barrier"}]},
        site={"time_zone": "Asia/Atlantis", "device_id": "gate 1"},
        uplink={"hub_url": "ftp://hub.example", "hub_public_key": "c2hvcnQ="},
    )
    for key in (
        "reader 'cam' is not in [[readers]]",
        "output 'barrier' is not in [[gate.outputs]]",
        "the id 'gate' is used twice",
        "GPIO 23 is used twice",
        "GPIO 14 is pulled up or driven at boot",
        "site.time_zone: 'Asia/Atlantis'",
        "site.device_id: 'gate 1'",
        "uplink.hub_url: 'ftp://hub.example'",
        "uplink.hub_public_key",
    ):
        assert any(key in line for line in said), key


def test_an_unknown_key_is_refused_in_every_table() -> None:
    tree = site_tree(Path("/state"))
    for name, table in tree.items():
        spoilt = {
            **tree,
            name: [{**table[0], "extra": 1}] if isinstance(table, list) else {**table, "extra": 1},
        }
        (line,) = problems(spoilt)
        assert line.startswith(f"{name}.")
        assert "extra: is not a key of the site file; remove it or correct its name" in line
    assert problems({**tree, "extra": {}}) == [
        "extra: is not a key of the site file; remove it or correct its name."
    ]


@pytest.mark.parametrize("section", ["site", "readers", "gate", "rules", "uplink"])
def test_a_table_that_has_no_default_must_be_there(section: str) -> None:
    tree = site_tree(Path("/state"))
    del tree[section]
    assert problems(tree) == [f"{section}: is missing and has no default; add it."]


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("thermal", "frames", 1),
        ("thermal", "frames", 4.5),
        ("thermal", "address", 0x80),
        ("thermal", "idle_hz", 0),
        ("thermal", "idle_hz", math.nan),
        ("gate", "door_contact_pin", 28),
        ("gate", "door_contact_pin", -1),
        ("uplink", "trust_refresh_s", 0),
        ("uplink", "hub_url", 7),
        ("rules", "result_s", math.nan),
        ("rules", "record_timeout_s", "long"),
        ("site", "device_id", ""),
        ("screen", "full_screen", "perhaps"),
    ],
)
def test_a_value_of_another_type_or_out_of_its_range_is_named_with_what_it_was(
    section: str, key: str, value: object
) -> None:
    (line,) = wrong(**{section: {key: value}})
    assert line.startswith(f"{section}.{key}: ")


@pytest.mark.parametrize("pin", sorted(PINS_UNFIT_FOR_A_RELAY))
def test_no_relay_stands_on_a_pin_that_moves_at_boot(pin: int) -> None:
    (line,) = wrong(gate={"outputs": [{"id": "gate", "pin": pin}], "door_contact_pin": 23})
    assert f"GPIO {pin} " in line
    assert "take one of 9 to 13 or 16 to 27" in line


@pytest.mark.parametrize("rate_hz", [3, 5, 6, 7, 9, 12, 15])
def test_a_rate_that_the_sensor_does_not_have_is_refused_here_and_not_when_it_is_opened(rate_hz: int) -> None:
    (line,) = wrong(thermal={"refresh_hz": rate_hz, "frames": 2})
    assert "take one of 1, 2, 4, 8, 16" in line


@pytest.mark.parametrize("zone", ["", "Asia", "/etc/passwd", "../etc/passwd", "Asia/Shang\x00hai"])
def test_a_zone_that_is_none_is_a_sentence(zone: str) -> None:
    (line,) = wrong(site={"time_zone": zone})
    assert "is no time zone" in line


def test_a_supervised_door_needs_its_contact() -> None:
    (line,) = wrong(gate={"door_contact_pin": None})
    assert "gate.door_contact_pin: is missing while rules.door.contact is true" in line


def test_one_reader_serves_one_access_point() -> None:
    point = {"purpose": "entry", "reader": "gate-camera", "output": "gate"}
    (line,) = wrong(rules={"access_points": [{"id": "a", **point}, {"id": "b", **point}]})
    assert "reader 'gate-camera' serves two" in line


@pytest.mark.parametrize("name", ["thermal", "gate", "journal", "pseudonyms"])
def test_a_reader_is_not_called_like_a_part_of_the_kiosk(name: str) -> None:
    tree = site_tree(
        Path("/state"),
        rules={"access_points": [{"id": "in", "purpose": "entry", "reader": name, "output": "gate"}]},
    )
    tree["readers"] = [{"id": name, "kind": "camera", "device": "/dev/video0"}]
    (line,) = problems(tree)
    assert f"the id '{name}' is the name of a part" in line


@pytest.mark.parametrize("key", ["", "not base64!", "AAAA", "A" * 44])
def test_a_hub_key_that_is_none_says_where_to_find_it(key: str) -> None:
    said = wrong(uplink={"hub_public_key": key})
    assert said[0].startswith("uplink.hub_public_key: ")


def test_a_file_that_is_missing_a_folder_no_text_or_no_toml_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: cannot be read: .*--site"):
        load(tmp_path / "nowhere.toml")
    with pytest.raises(ConfigError, match=r"cannot be read: Is a directory"):
        load(tmp_path)
    path = tmp_path / "site.toml"
    assert "is not UTF-8 text (byte 2)" in read(path, b"ab\xff")
    assert "is not TOML" in read(path, b"[site\n")
    assert "is not TOML" in read(path, b"a = 1\na = 2\n")
    assert "is longer than" in read(path, b"#" * 70_000)
    assert "site: is missing" in read(path, b"")


def test_what_is_shown_of_a_hostile_file_is_short_and_plain(tmp_path: Path) -> None:
    said = read(tmp_path / "site.toml", b'"\\u001b[31m' + b"x" * 5_000 + b'" = 1\n')
    assert "\x1b" not in said
    assert len(said) < 2_000


def test_the_order_of_the_tables_does_not_matter(tmp_path: Path) -> None:
    tree = site_tree(tmp_path)
    assert parse(tree, tmp_path / "a.toml") == parse(dict(reversed(tree.items())), tmp_path / "a.toml")


POINT = {"id": "gate-in", "purpose": "entry", "reader": "camera", "output": "gate"}
BLACKBODY = {"top": 2, "left": 26, "height_px": 4, "width_px": 4, "celsius": 36.0}


def test_a_blackbody_that_does_not_lie_in_the_picture_is_refused() -> None:
    assert parse(site_tree(Path("/state"), thermal={"blackbody": BLACKBODY}), SITE).thermal.blackbody
    [said] = wrong(thermal={"blackbody": {**BLACKBODY, "left": 29}})
    assert said.startswith("thermal.blackbody: ")
    assert "row 2, column 29" in said


def test_a_blackbody_of_two_pixels_is_refused() -> None:
    assert any(
        "thermal.blackbody.width_px" in said
        for said in wrong(thermal={"blackbody": {**BLACKBODY, "width_px": 2}})
    )


@pytest.mark.parametrize(
    ("points", "clue"),
    [
        ([{**POINT, "temperature": "sometimes"}], "temperature"),
        ([{**POINT, "temperature": "only"}], "leave its reader out"),
        ([{**POINT, "purpose": "exit", "temperature": "before"}], "exit"),
        (
            [
                {**POINT, "temperature": "before"},
                {"id": "b", "purpose": "entry", "output": "gate", "temperature": "only"},
            ],
            "more than one",
        ),
        ([{key: value for key, value in POINT.items() if key != "reader"}], "reader ''"),
    ],
)
def test_when_the_temperature_is_taken_must_make_sense(points: list[dict[str, object]], clue: str) -> None:
    assert any(clue in said for said in wrong(rules={"access_points": points}))


def test_a_sensor_that_is_looked_at_seldom_sees_nobody_come() -> None:
    rules = {"access_points": [{**POINT, "temperature": "before"}]}
    assert any("thermal.idle_hz" in said for said in wrong(rules=rules, thermal={"idle_hz": 0.5}))


def test_drift_bounds_stand_in_order() -> None:
    screening = {"drift_low_oral_celsius": 38.0, "drift_high_oral_celsius": 36.0}
    assert any("drift_low_oral_celsius" in said for said in wrong(rules={"screening": screening}))


def test_a_value_out_of_its_range_hides_no_contradiction() -> None:
    said = wrong(
        gate={"outputs": [{"id": "gate", "pin": 23}, {"id": "lamp", "pin": 14}]},
        rules={"door": {"pulse_s": 11.0}, "passback": {"strictness": "hard"}},
    )
    for key in (
        "rules.door.pulse_s: Input should be less than or equal to 10",
        "GPIO 23 is used twice, by gate.outputs 'gate' and gate.door_contact_pin",
        "gate.outputs 'lamp': GPIO 14 is pulled up or driven at boot",
        "rules.passback.strictness: 'hard' denies by what this kiosk alone has seen",
        "rules.passback.strictness: 'hard' without an exit",
    ):
        assert any(line.startswith(key) or key in line for line in said), key
    assert len(said) == 5


@pytest.mark.parametrize(
    "key", ["request_to_exit_pin", "tamper_pin", "fire_pin", "passage_pin", "buzzer_pin"]
)
def test_no_two_parts_share_a_pin(key: str) -> None:
    said = wrong(gate={key: 17}, rules={"door": {"passage_sensor": key == "passage_pin"}})
    assert said == [f"gate: GPIO 17 is used twice, by gate.outputs 'gate' and gate.{key}; move one."]


def test_a_buzzer_is_a_relay_and_stands_on_no_pin_that_moves_at_boot() -> None:
    (line,) = wrong(gate={"buzzer_pin": 4})
    assert line.startswith("gate.buzzer_pin: GPIO 4 is pulled up or driven at boot")


def test_a_contact_does_not_stand_on_the_sensor_s_bus() -> None:
    (line,) = wrong(gate={"tamper_pin": 3}, thermal={"bus": "/dev/i2c-1"})
    assert line.startswith("gate.tamper_pin: GPIO 3 carries the thermal sensor's bus")


def test_an_output_is_not_called_like_the_buzzer() -> None:
    tree = site_tree(
        Path("/state"), gate={"outputs": [{"id": "gate", "pin": 17}, {"id": "buzzer", "pin": 27}]}
    )
    (line,) = problems(tree)
    assert "the id 'buzzer' is that of gate.buzzer_pin" in line


def test_a_passage_sensor_is_named_in_both_places_or_in_none() -> None:
    (without_pin,) = wrong(rules={"door": {"passage_sensor": True}})
    assert without_pin.startswith("gate.passage_pin: is missing while rules.door.passage_sensor is true")
    (without_rule,) = wrong(gate={"passage_pin": 16})
    assert without_rule.startswith("rules.door.passage_sensor: is false while gate.passage_pin names one")


def test_a_strike_is_not_relocked_after_its_pulse() -> None:
    (line,) = wrong(rules={"door": {"pulse_s": 2.0, "relock_after_open_s": 3.0}})
    assert line.startswith("rules.door.relock_after_open_s: 3 s is longer than the pulse of 2 s")


@pytest.mark.parametrize("strictness", ["soft", "hard"])
def test_a_counter_has_no_anti_passback(strictness: str) -> None:
    counter = {"id": "counter", "purpose": "handover", "reader": "gate-camera", "output": "lamp"}
    (line,) = wrong(rules={"access_points": [counter], "passback": {"strictness": strictness}})
    assert line.startswith(f"rules.passback.strictness: {strictness!r} at a site that only hands over")
    parse(site_tree(Path("/state"), rules={"access_points": [counter]}), SITE)
    off = {"access_points": [counter], "passback": {"strictness": "off"}}
    parse(site_tree(Path("/state"), rules=off), SITE)


def test_hard_anti_passback_needs_codes_and_an_exit() -> None:
    only = {"id": "in", "purpose": "entry", "output": "gate", "temperature": "only"}
    way_out = {
        "id": "out",
        "purpose": "exit",
        "reader": "gate-camera",
        "output": "gate",
        "temperature": "off",
    }
    hard = {"strictness": "hard", "only_kiosk": True}
    (line,) = wrong(rules={"access_points": [only, way_out], "passback": hard})
    assert "needs a code, and access point 'in' asks for none" in line


def test_hard_anti_passback_is_for_a_kiosk_that_sees_everybody_come_and_go() -> None:
    (line,) = wrong(rules={"passback": {"strictness": "hard", "window_minutes": 30}})
    assert line.startswith("rules.passback.strictness: 'hard' denies by what this kiosk alone has seen")
    hard = {"strictness": "hard", "window_minutes": 30, "only_kiosk": True}
    assert parse(site_tree(Path("/state"), rules={"passback": hard}), SITE).rules.passback.only_kiosk


def test_a_window_of_anti_passback_that_is_off_is_a_mistake() -> None:
    (line,) = wrong(rules={"passback": {"strictness": "off", "window_minutes": 30}})
    assert line.startswith("rules.passback.window_minutes: 30 counts for nothing")
    assert line.endswith("write 0, or 'soft'.")


def test_a_break_needs_an_exit_and_an_entry_that_measures() -> None:
    (line,) = wrong(rules={"screening": {"reentry_minutes": 60}})
    assert line.startswith("rules.screening.reentry_minutes: 60 needs an exit")
    way_in = {"id": "in", "purpose": "entry", "reader": "gate-camera", "output": "gate"}
    way_out = {"id": "out", "purpose": "exit", "reader": "desk", "output": "gate", "temperature": "off"}
    tree = site_tree(
        Path("/state"),
        rules={"access_points": [way_in, way_out], "screening": {"reentry_minutes": 60}},
    )
    tree["readers"].append({"id": "desk", "kind": "serial", "device": "d"})
    assert parse(tree, SITE).rules.screening.reentry_minutes == 60
    way_in["temperature"] = "off"
    (line,) = problems(tree)
    assert line.startswith("rules.screening.reentry_minutes: 60 counts for nothing")


@pytest.mark.parametrize("lock", ["fail_safe", "fail_secure"])
def test_a_lock_is_named_by_what_it_does_without_mains(lock: str) -> None:
    outputs = [{"id": "gate", "pin": 17, "lock": lock}]
    site = parse(site_tree(Path("/state"), gate={"outputs": outputs}), SITE)
    assert site.gate.outputs[0].lock == lock
    (line,) = wrong(gate={"outputs": [{"id": "gate", "pin": 17, "lock": "fail"}]})
    assert "fail_safe" in line
    assert "fail_secure" in line
