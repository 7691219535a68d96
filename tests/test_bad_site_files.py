"""A site file that is wrong: every command names the file, the key and what to do, and never a traceback."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.__main__ import main
from kiosk.config import ConfigError, load
from tests.cli.sites import HUB_KEY_BASE64, site_text, write_site
from tests.sentences import GARBAGE, sentence

EXAMPLE = Path(__file__).resolve().parents[1] / "systemd/site.example.toml"
SITE_COMMANDS = ("run", "gatekeeper", "screen", "uplink", "gate-safe")


def refusal(path: Path) -> str:
    with pytest.raises(ConfigError) as refused:
        load(path)
    return str(refused.value)


@pytest.mark.parametrize("command", [*SITE_COMMANDS, "doctor", "trust"])
def test_every_command_names_a_site_file_that_is_not_there(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.cli.doctor._screen", lambda: iter(()))
    missing = tmp_path / "nowhere.toml"
    state = ["--state", str(tmp_path)] if command == "trust" else []
    assert main([command, *state, "--site", str(missing)]) == 2
    captured = capsys.readouterr()
    assert f"{missing}: cannot be read: No such file or directory. Name the site file" in (
        captured.out + captured.err
    )


@pytest.mark.parametrize("command", SITE_COMMANDS)
def test_every_command_refuses_garbage_in_one_sentence(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "site.toml"
    path.write_bytes(GARBAGE)
    assert main([command, "--site", str(path)]) == 2
    assert f"{path}: is not UTF-8 text" in sentence(capsys.readouterr().err)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a = " + b"[" * 30_000, "brackets"),
        (b"a = " + b"9" * 5_000, "is not TOML"),
        (b"[site", "is not TOML"),
        (b"#" * 100_000, "is longer than 65536 bytes"),
        (b"", "site: is missing and has no default; add it."),
    ],
    ids=["deep", "digits", "half", "huge", "empty"],
)
def test_a_hostile_site_file_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_bytes(content)
    assert said in refusal(path)


def test_a_thousand_wrong_keys_are_not_listed(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text("".join(f"wrong{n} = 1\n" for n in range(4_000)), encoding="utf-8")
    lines = refusal(path).splitlines()
    assert len(lines) == 21
    assert lines[-1].endswith("more is wrong; correct these first.")


def test_a_message_holds_nothing_that_a_terminal_would_obey(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text('"\\u001b[2J" = 1\n' + site_text(), encoding="utf-8")
    said = refusal(path)
    assert "\x1b" not in said
    assert "is not a key of the site file; remove it or correct its name." in said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('device_id = "kiosk-7"', "device_id = 7", "site.device_id: Input should be a valid string"),
        ('device_id = "kiosk-7"', 'device_id = "王 7"', "site.device_id: '王 7' is not 1 to 52 letters"),
        ('device_id = "kiosk-7"', 'device_id = "k"\nname = []', "site.name: "),
        ('device_id = "kiosk-7"', 'device_id = "k"\ncolour = 1', "site.colour: is not a key"),
        ('device_id = "kiosk-7"', 'device_id = "k"\ntime_zone = "Asia"', "site.time_zone: 'Asia' is no time"),
        ("pin = 17", "pin = 99", "gate.outputs.0.pin: Input should be less than or equal to 27"),
        ("pin = 17", "pin = 3", "GPIO 3 is pulled up"),
        ("pin = 17", "pin = 23", "GPIO 23 is used twice"),
        ("pin = 17", 'pin = "seventeen"', "gate.outputs.0.pin"),
        ('kind = "camera"', 'kind = "nose"', "readers.0.kind: "),
        ('id = "entrance"', 'id = "thermal"', "'thermal' is the name of a part of the kiosk"),
        ('reader = "entrance"', 'reader = "exit"', "reader 'exit' is not in [[readers]]"),
        ('bus = "/dev/i2c-99"', "refresh_hz = 3", "thermal.refresh_hz: 3 is no rate of the sensor"),
        ('bus = "/dev/i2c-99"', "idle_hz = nan", "thermal.idle_hz"),
        ('bus = "/dev/i2c-99"', "address = 0x200", "thermal.address"),
        ("http://127.0.0.1:1", "ftp://hub.example", "uplink.hub_url: 'ftp://hub.example' is not the address"),
        ("http://127.0.0.1:1", "http://[::1", "uplink.hub_url: "),
        ("http://127.0.0.1:1", "http://h:99999", "uplink.hub_url: "),
        (HUB_KEY_BASE64, "AAAA", "uplink.hub_public_key: is not an Ed25519 key"),
    ],
)
def test_a_wrong_value_is_named_by_its_key(old: str, new: str, said: str, tmp_path: Path) -> None:
    path = write_site(tmp_path, (old, new))
    assert said in refusal(path)
    assert str(path) in refusal(path)


def test_the_example_loads_once_the_hub_key_is_filled_in(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    text = EXAMPLE.read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    assert refusal(path).splitlines() == [
        f"{path}: uplink.hub_public_key: is not an Ed25519 key of 32 bytes in base64; "
        "the hub shows it at start."
    ]
    filled = text.replace('hub_public_key = ""', f'hub_public_key = "{HUB_KEY_BASE64}"')
    path.write_text(filled, encoding="utf-8")
    assert load(path).readers[0].id == "gate-camera"


@pytest.mark.parametrize("kind", ["gate", "ride"])
def test_the_example_of_a_kind_of_site_loads_once_the_hub_key_is_filled_in(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    text = EXAMPLE.with_name(f"site.{kind}.example.toml").read_text(encoding="utf-8")
    path.write_text(
        text.replace('hub_public_key = ""', f'hub_public_key = "{HUB_KEY_BASE64}"'), encoding="utf-8"
    )
    purposes = {point.purpose.value for point in load(path).rules.access_points}
    assert purposes == {"gate": {"entry", "exit"}, "ride": {"boarding"}}[kind]


def test_what_the_example_leaves_out_behind_a_mark_loads_too(tmp_path: Path) -> None:
    """And what stands there as a default is the default."""
    filled = EXAMPLE.read_text(encoding="utf-8").replace(
        'hub_public_key = ""', f'hub_public_key = "{HUB_KEY_BASE64}"'
    )
    path = tmp_path / "site.toml"
    path.write_text(filled, encoding="utf-8")
    short = load(path)
    shown = "\n".join(line.removeprefix("#") if line.startswith("#") and line[1:2] not in (" ", "") else line
                      for line in filled.splitlines())  # fmt: skip
    path.write_text(shown, encoding="utf-8")
    full = load(path)
    assert [reader.id for reader in full.readers] == ["gate-camera", "exit-scanner", "desk-scanner"]
    assert (full.rules.screening, full.rules.door) == (short.rules.screening, short.rules.door)
    assert full.rules.credential == short.rules.credential
    gate = replace(full.gate, request_to_exit_pin=None, tamper_pin=None, fire_pin=None, buzzer_pin=None)
    gate = replace(gate, granted_lamp_pin=None, refused_lamp_pin=None, hardware_watchdog="")
    gate = replace(gate, hardware_watchdog_s=None)
    assert replace(gate, outputs=gate.outputs[:1]) == short.gate
    assert [lane.lane for lane in full.lane_parts] == ["", "out"]
    assert full.thermal.refresh_hz == short.thermal.refresh_hz
    assert full.thermal.calibration == Path("/var/lib/checkpoint-kiosk/calibration.json")
