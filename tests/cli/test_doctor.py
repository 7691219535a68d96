from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from rich.console import Console

from kiosk.__main__ import main
from kiosk.cli import doctor
from kiosk.cli.checks import software
from kiosk.config import Site, load
from kiosk.gatekeeper.finding import Finding, State, fail, ok, warn
from kiosk.trust.store import TrustStore
from sim.clock import SimClock
from tests.cli.bench import ISSUER_KEY, NOW, Bench, failed, record
from tests.cli.sites import write_site
from tests.trust.repositories import HubTrust, at
from tests.trust.served import TrustServer, serving


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without Qt's process, and with no folder of lgpio's kept in the environment."""
    monkeypatch.setattr(doctor, "_screen", lambda: iter([ok("screen", "well")]))
    monkeypatch.setenv("LG_WD", str(tmp_path))


def test_a_healthy_kiosk_fails_in_nothing(
    quick: None, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = HubTrust(tmp_path / "hub", datetime.now(UTC))
    published.publish([ISSUER_KEY], now=datetime.now(UTC))
    with serving(TrustServer(published.repository)) as trust:
        monkeypatch.setattr(software, "check_lgpio", lambda _: ok("lgpio", "there"))
        cv2.imwrite(str(tmp_path / "1.png"), np.zeros((48, 64), np.uint8))
        record(bench.sensor()).save(tmp_path / "calibration.json")
        path = write_site(
            tmp_path,
            ("/dev/video99", f"folder:{tmp_path}"),
            ("[thermal]", '[thermal]\ncalibration = "calibration.json"'),
            ("http://127.0.0.1:1", trust.url),
        )
        (tmp_path / "state").mkdir()
        site = load(path)
        shutil.copy(trust.repository.root_path, site.uplink.trusted_root)
        published.give_to(TrustStore(site.trust_path, site.uplink.trusted_root), at(datetime.now(UTC)))
        findings = list(doctor.examine(path, bench.clock, bench.backends))
        assert [finding for finding in findings if finding.state is State.FAIL] == []
        parts = {finding.part for finding in findings}
        assert {
            "site file",
            "Python",
            "packages",
            "libraries",
            "state folder",
            "device key",
            "journal",
        } <= parts
        assert {"trust", "clock", "time server", "clock chip", "gatekeeper", "reader entrance"} <= parts
        assert {"thermal sensor", "calibration", "pins", "screen", "hub"} <= parts


def test_every_line_that_is_not_well_says_what_to_do(
    quick: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_site(tmp_path)
    assert main(["doctor", "--site", str(path), "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["ok"] is False
    not_well = [finding for finding in document["findings"] if finding["state"] != "ok"]
    assert {"reader entrance", "thermal sensor", "pins", "hub"} <= {finding["part"] for finding in not_well}
    assert [finding for finding in not_well if not finding["remedy"]] == []
    assert list(tmp_path.iterdir()) == [path]


def test_a_wrong_site_file_is_status_2_and_the_software_is_judged_still(
    quick: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_site(tmp_path, ("pin = 17", "pin = 99"))
    assert main(["doctor", "--site", str(path)]) == 2
    said = capsys.readouterr().out
    assert "FAIL site file" in said
    assert "gate.outputs.0.pin" in said
    assert "Python" in said


def test_a_library_that_is_missing_below_one_part_ends_no_other(
    quick: None, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def devices(*_: object) -> Iterator[Finding]:
        raise ImportError("libGL.so.1: cannot open shared object file: No such file or directory")

    monkeypatch.setattr(doctor, "_devices", devices)
    findings = {one.part: one for one in doctor.examine(tmp_path / "site.toml", SimClock(NOW))}
    failed(findings["devices"], "libGL.so.1", "apt-get install libgl1")
    assert "hub" in findings


@pytest.mark.parametrize(
    ("finding", "line"),
    [
        (ok("hub", "answers"), "ok   hub             answers.\n"),
        (warn("clock", "is slow", "set it"), "warn clock           is slow. Set it\n"),
        (
            fail("pins", "are gone.", "look \x1b[2Jfor them"),
            "FAIL pins            are gone. Look �[2Jfor them\n",
        ),
    ],
)
def test_a_finding_is_one_plain_line(finding: Finding, line: str) -> None:
    out = io.StringIO()
    doctor.write_line(finding, Console(file=out, highlight=False, soft_wrap=True))
    assert out.getvalue() == line


def test_colours_are_for_a_terminal_only() -> None:
    out = io.StringIO()
    terminal = Console(file=out, force_terminal=True, color_system="standard", soft_wrap=True)
    doctor.write_line(fail("hub", "is gone", "look"), terminal)
    assert out.getvalue().startswith("\x1b[1;31mFAIL\x1b[0m")
