"""Whatever is wrong: a sentence that names the file, key or device and what to do, and never a traceback."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from threading import Timer

import pytest

from calibration.__main__ import main as calibrate
from hub.__main__ import main as hub
from kiosk import wire
from kiosk.__main__ import main
from kiosk.config import ConfigError, load
from tests.cli.sites import HUB_KEY_BASE64, site_text, write_site

EXAMPLE = Path(__file__).resolve().parents[1] / "systemd/site.example.toml"
SITE_COMMANDS = ("run", "gatekeeper", "screen", "uplink", "gate-safe")
PATIENCE_S = 20.0
GARBAGE = random.Random(7).randbytes(4096)


Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts `kiosk`; what still runs after the test, or after `PATIENCE_S`, is killed."""
    with ExitStack() as ended:

        def begin(*arguments: str | Path, **environment: str) -> subprocess.Popen[str]:
            kept = {
                name: text for name, text in os.environ.items() if "DISPLAY" not in name and "QT_" not in name
            }
            process = ended.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "kiosk", *map(str, arguments)],
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                    env=kept | environment,
                )
            )
            ended.callback(process.kill)
            timer = Timer(PATIENCE_S, process.kill)
            timer.start()
            ended.callback(timer.cancel)
            return process

        yield begin


def sentence(text: str) -> str:
    """One line, and nothing of Python's in it."""
    assert text.count("\n") == 1, text
    assert "Traceback" not in text
    return text


def refusal(path: Path) -> str:
    with pytest.raises(ConfigError) as refused:
        load(path)
    return str(refused.value)


# -- the site file


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


def test_a_site_file_in_a_real_process_is_one_sentence_and_status_2(start: Start, tmp_path: Path) -> None:
    process = start("gatekeeper", "--site", tmp_path)
    out, err = process.communicate()
    assert (process.returncode, out) == (2, "")
    assert sentence(err) == f"{tmp_path}: cannot be read: Is a directory. Name the site file with --site.\n"


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
    gate = replace(gate, granted_lamp_pin=None, refused_lamp_pin=None)
    assert replace(gate, outputs=gate.outputs[:1]) == short.gate
    assert [lane.lane for lane in full.lane_parts] == ["", "out"]
    assert full.thermal.refresh_hz == short.thermal.refresh_hz
    assert full.thermal.calibration == Path("/var/lib/checkpoint-kiosk/calibration.json")


# -- gatekeeper


def read_until_said(process: subprocess.Popen[str], names: set[str]) -> str:
    """The lines on standard error up to the one with which every one of `names` has been said not to work."""
    assert process.stderr is not None
    lines: list[str] = []
    while not all(f"gatekeeper: fault: {name};" in "".join(lines) for name in names):
        lines.append(process.stderr.readline())
        assert lines[-1], "".join(lines)
    return "".join(lines)


def faults_shown(path: Path) -> set[str]:
    """What the screen that connects now is told."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(PATIENCE_S)
        connection.connect(str(path))
        message = wire.decode(connection.makefile("rb").readline())
    assert isinstance(message, wire.ViewMessage)
    return set(message.view.faults)


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize("damage", ["nothing", "journal.db", "trust/generations/1-1-1-1.json"])
def test_gatekeeper_starts_without_its_devices_says_which_and_ends_within_a_second(
    damage: str, start: Start, tmp_path: Path
) -> None:
    site = write_site(tmp_path)
    wanted = {"entrance", "thermal", "gate", "door", "calibration", "keys"}
    if damage != "nothing":
        garbage(tmp_path / "state" / damage)
        wanted |= {"journal_epoch"} if damage == "journal.db" else set()
    process = start("gatekeeper", "--site", site)
    said = read_until_said(process, wanted)
    assert faults_shown(tmp_path / "run/screen.sock") == wanted
    began = time.monotonic()
    process.terminate()
    _, rest = process.communicate()
    assert time.monotonic() - began < 1.0
    assert process.returncode == 0
    assert "Traceback" not in said + rest


def a_file(path: Path) -> None:
    path.write_bytes(b"")


def garbage(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(GARBAGE)
    path.chmod(0o600)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "spoil", "said"),
    [
        ("state", a_file, "correct site.state_dir"),
        ("run", a_file, "or site.runtime_dir"),
        ("state/device.key", garbage, "is not an Ed25519 key in PEM"),
    ],
)
def test_gatekeeper_that_cannot_start_names_the_place_and_exits_2(
    place: str, spoil: Callable[[Path], None], said: str, start: Start, tmp_path: Path
) -> None:
    spoil(tmp_path / place)
    process = start("gatekeeper", "--site", write_site(tmp_path))
    _, err = process.communicate()
    assert process.returncode == 2
    assert str(tmp_path / place) in sentence(err)
    assert said in err


@pytest.mark.slow
def test_a_second_gatekeeper_is_told_that_the_first_one_runs(start: Start, tmp_path: Path) -> None:
    site = write_site(tmp_path)
    first = start("gatekeeper", "--site", site)
    read_until_said(first, {"keys"})
    second = start("gatekeeper", "--site", site)
    _, err = second.communicate()
    first.terminate()
    first.communicate()
    assert second.returncode == 2
    assert "another process serves this socket; end it first" in err
    assert "Traceback" not in err


# -- the other processes


@pytest.mark.slow
@pytest.mark.alone
def test_uplink_without_hub_and_gatekeeper_goes_on(start: Start, tmp_path: Path) -> None:
    process = start("uplink", "--site", write_site(tmp_path))
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1.5)
    process.terminate()
    _, err = process.communicate()
    assert process.returncode == 0
    assert "Traceback" not in err


@pytest.mark.slow
@pytest.mark.parametrize("environment", [{}, {"DISPLAY": ":4711"}, {"QT_QPA_PLATFORM": "nosuch"}])
def test_screen_without_a_display_is_one_sentence(
    environment: dict[str, str], start: Start, tmp_path: Path
) -> None:
    process = start("screen", "--site", write_site(tmp_path), **environment)
    _, err = process.communicate()
    assert process.returncode == 2
    assert "--headless" in sentence(err)
    assert all(value in err for value in environment.values())


def test_gate_safe_without_its_pins_names_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gate-safe", "--site", str(write_site(tmp_path))]) == 1
    assert "there is no pin factory 'no-such-factory'; known are" in sentence(capsys.readouterr().err)


@pytest.mark.parametrize("action", ["verify", "show"])
def test_journal_names_a_damaged_file(
    action: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "journal.db").write_bytes(GARBAGE)
    assert main(["journal", action, "--state", str(tmp_path)]) == 2
    said = sentence(capsys.readouterr().err)
    assert f"{tmp_path}/journal.db: is damaged or not a journal; keep the file" in said


def test_trust_refuses_a_root_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "root.json"
    root.write_bytes(GARBAGE)
    assert main(["trust", "--state", str(tmp_path), "--root", str(root)]) == 1
    assert f"{root}: the pinned root is not" in sentence(capsys.readouterr().err)


def test_verify_answers_every_line_of_garbage() -> None:
    process = subprocess.run(
        [sys.executable, "-m", "kiosk", "verify"],
        input=GARBAGE + b"\n" + b"[" * 100_000 + b"\n{}\n\n\xff\n",
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert (process.returncode, process.stderr) == (0, b"")
    answers = [json.loads(line) for line in process.stdout.splitlines()]
    assert len(answers) >= 4
    assert all(answer["outcome"] == "refuse" and answer["detail"] for answer in answers)


# -- kiosk-hub, kiosk-calibrate


def test_a_port_in_use_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert hub(["serve", "--state", str(tmp_path), "--port", str(port)]) == 2
    said = sentence(capsys.readouterr().err)
    assert f"can't listen on 127.0.0.1 port {port}: Address already in use; choose another --port" in said


def test_a_hub_whose_folder_is_a_file_names_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a_file(tmp_path / "hub")
    assert hub(["serve", "--state", str(tmp_path / "hub"), "--port", "0"]) == 2
    assert f"{tmp_path}/hub" in sentence(capsys.readouterr().err)


@pytest.mark.parametrize("bus", ["/dev/i2c-99", "nosuch:1", "nosuch"])
def test_calibrating_without_a_sensor_names_the_bus(
    bus: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--set-point", "32", "--set-point", "38", "--out", str(tmp_path / "record.json")]
    assert calibrate(["blackbody", "--bus", bus, *options]) == 2
    assert bus in sentence(capsys.readouterr().err)


@pytest.mark.parametrize("command", [hub, calibrate])
def test_their_commands_must_be_given(command: Callable[[list[str]], int]) -> None:
    with pytest.raises(SystemExit) as ended:
        command([])
    assert ended.value.code == 2
