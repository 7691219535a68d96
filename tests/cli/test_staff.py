from __future__ import annotations

import io
from pathlib import Path

import pytest

from kiosk.__main__ import main
from tests.cli.sites import write_site


@pytest.fixture
def site_file(tmp_path: Path) -> Path:
    return write_site(tmp_path)


def staff(site_file: Path, *arguments: str) -> int:
    return main(["staff", "--site", str(site_file), *arguments])


def types(monkeypatch: pytest.MonkeyPatch, pin: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(pin + "\n"))


def test_who_is_added_is_listed_until_removed(
    site_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    types(monkeypatch, "271828")
    assert staff(site_file, "add", "07") == 0
    assert staff(site_file, "list") == 0
    assert "07  since 20" in capsys.readouterr().out
    assert staff(site_file, "unlock", "07") == 0
    assert staff(site_file, "remove", "07") == 0
    capsys.readouterr()
    assert staff(site_file, "list") == 0
    assert capsys.readouterr().out == ""


def test_a_weak_pin_is_refused_in_a_sentence(
    site_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    types(monkeypatch, "123456")
    assert staff(site_file, "add", "07") == 1
    assert capsys.readouterr().err == (
        "kiosk staff: this PIN is the first that anybody would try; take another.\n"
    )


@pytest.mark.parametrize("action", ["remove", "unlock"])
def test_nobody_can_be_removed_or_unlocked_who_is_not_there(
    action: str, site_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert staff(site_file, action, "07") == 1
    assert "kiosk staff list" in capsys.readouterr().err


def test_the_site_file_may_be_named_after_what_is_to_be_done(
    site_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    types(monkeypatch, "271828")
    assert main(["staff", "add", "07", "--site", str(site_file)]) == 0
    assert main(["staff", "list", "--site", str(site_file)]) == 0
    assert "07  since 20" in capsys.readouterr().out


def test_a_wrong_site_file_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert staff(tmp_path / "none.toml", "list") == 2
    assert "none.toml" in capsys.readouterr().err


def test_a_state_folder_that_cannot_be_made_is_named(
    site_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "state").write_text("a file")
    assert staff(site_file, "list") == 1
    assert "state" in capsys.readouterr().err
