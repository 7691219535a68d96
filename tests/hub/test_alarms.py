"""Alarms are dealt with by people, said with name, time and what was done; nothing of them is deleted."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import URL

from hub.__main__ import main
from hub.state import HubState
from hub.store import Store
from tests.hub.asgi import Caller
from tests.hub.conftest import NOON, ON_BOTH
from tests.hub.devices import FakeDevice

FORKED = "history.forked"


@pytest.fixture
def store(hub: HubState, device: FakeDevice) -> Store:
    """With one alarm."""
    hub.store.raise_alarm(device.device_id, FORKED, "two roots for one size", "the note", NOON)
    return hub.store


def command(tmp_path: Path, *arguments: str, database: URL | None = None) -> int:
    where = ["--state", str(tmp_path / "hub")]
    if database is not None:
        where += ["--database", database.render_as_string(hide_password=False)]
    return main(["alarm", *arguments, *where])


@ON_BOTH
def test_who_has_dealt_with_an_alarm_when_and_how_stays_beside_it(
    store: Store, tmp_path: Path, database: URL | None, capsys: pytest.CaptureFixture[str]
) -> None:
    said = ["--by", "Li Na", "--note", "card swapped, kiosk checked"]
    assert command(tmp_path, "acknowledge", "gate-1", FORKED, *said, database=database) == 0
    (alarm,) = store.alarms()
    (made,) = alarm.acknowledgements
    assert (made.by, made.note, made.times, alarm.is_open) == (
        "Li Na",
        "card swapped, kiosk checked",
        1,
        False,
    )
    assert (alarm.sentence, alarm.note) == ("two roots for one size", "the note")
    capsys.readouterr()
    assert command(tmp_path, "list", database=database) == 0
    listed = capsys.readouterr().out
    assert listed.startswith(f"acknowledged  gate-1  {FORKED}")
    assert f"acknowledged {made.at} by Li Na: card swapped, kiosk checked" in listed
    assert command(tmp_path, "list", "--open", database=database) == 0
    assert capsys.readouterr().out == "no alarms\n"


def test_what_is_raised_again_is_open_again_and_keeps_what_was_said(store: Store) -> None:
    store.acknowledge("gate-1", FORKED, "Li Na", "looked at", NOON)
    store.raise_alarm("gate-1", FORKED, "again", "", NOON + timedelta(hours=1))
    (alarm,) = store.alarms()
    assert (alarm.times, alarm.is_open, len(alarm.acknowledgements)) == (2, True, 1)
    store.acknowledge("gate-1", FORKED, "Wang Wei", "replaced", NOON + timedelta(hours=2))
    (alarm,) = store.alarms()
    assert (alarm.is_open, [each.by for each in alarm.acknowledgements]) == (False, ["Li Na", "Wang Wei"])


def test_open_alarms_stand_before_those_that_are_dealt_with(store: Store) -> None:
    store.raise_alarm("gate-1", "device.clone", "a second key", "", NOON + timedelta(hours=1))
    store.acknowledge("gate-1", "device.clone", "Li Na", "a test", NOON + timedelta(hours=2))
    assert [alarm.kind for alarm in store.alarms()] == [FORKED, "device.clone"]


def test_the_page_and_the_interface_show_it(store: Store, admin: Caller) -> None:
    assert '<tr class="open">' in admin.get("/").text
    store.acknowledge("gate-1", FORKED, "Li <Na>", "looked at", NOON)
    page = admin.get("/").text
    assert '<tr class="acknowledged">' in page
    assert "Li &lt;Na&gt;: looked at" in page
    (alarm,) = admin.get("/v1/alarms").json()["alarms"]
    assert alarm["open"] is False
    assert alarm["acknowledgements"] == [
        {"at": NOON.isoformat(), "by": "Li <Na>", "note": "looked at", "times": 1}
    ]


def test_the_list_as_json_has_the_signed_note(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(tmp_path, "list", "--json") == 0
    (alarm,) = json.loads(capsys.readouterr().out)
    assert (alarm["open"], alarm["note"]) == (True, "the note")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["gate-1", "no.such"], "gate-1 has no alarm 'no.such'"),
        (["gate-1", FORKED, "--by", "two\nlines"], "--by is one line"),
    ],
)
def test_what_is_not_fit_is_refused_in_one_sentence(
    store: Store, tmp_path: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(tmp_path, "acknowledge", *arguments, "--note", "seen") == 2
    assert said in capsys.readouterr().err
    assert store.alarms()[0].is_open
