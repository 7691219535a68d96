"""What a kiosk depends on besides the person: each change is recorded once and shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from kiosk.core import passage as entries
from kiosk.core.commands import Show
from kiosk.core.events import DeviceFaulted, LinkChanged, Stopping, Tick, TrustChanged
from kiosk.core.in_force import trust_data
from kiosk.credentials.bundle import TrustBundle
from tests.core.playbook import BUNDLE, MORNING, Playbook

UNTIL_NOON = replace(BUNDLE, fresh_until=MORNING + timedelta(hours=12))


def told(play: Playbook, bundle: TrustBundle) -> list[object]:
    """What is recorded of the trust with this one coming."""
    before = len(play.recorded(entries.TRUST_CHANGED))
    play.happens(TrustChanged(play.now, bundle))
    return [record.data for record in play.recorded(entries.TRUST_CHANGED)[before:]]


def test_trust_of_another_version_is_recorded_and_a_timestamp_that_was_signed_anew_is_not() -> None:
    play = Playbook(bundle=UNTIL_NOON)
    later = replace(UNTIL_NOON, fresh_until=MORNING + timedelta(hours=35))
    assert told(play, later) == []
    other = replace(later, version=2)
    assert told(play, other) == [trust_data(other)]
    assert told(play, other) == []


def test_that_trust_lasts_a_day_longer_than_was_recorded_is_recorded() -> None:
    play = Playbook(bundle=UNTIL_NOON)
    renewed = [replace(UNTIL_NOON, fresh_until=MORNING + timedelta(hours=each)) for each in (24, 36, 48, 60)]
    assert [bool(told(play, each)) for each in renewed] == [False, True, False, True]


def test_a_tier_of_trust_is_recorded_with_how_long_it_was_fresh_and_not_told_a_second_time() -> None:
    play = Playbook(bundle=UNTIL_NOON).scan(b"nothing")
    longer = replace(UNTIL_NOON, fresh_until=MORNING + timedelta(hours=35))
    assert told(play, longer) == []
    play.wait(35 * 3600.0)
    aged = {"tier": "stale", "fresh_until": "2026-11-24T11:00:00+00:00"}
    assert [each.data for each in play.recorded(entries.TRUST_AGED)] == [aged]
    assert told(play, replace(longer, fresh_until=MORNING + timedelta(hours=58))) == []
    assert told(play, replace(longer, fresh_until=None)) != []


def test_trust_that_is_endless_from_now_on_is_fresh_until_no_moment() -> None:
    play = Playbook(bundle=UNTIL_NOON).scan(b"nothing").wait(13 * 3600.0)
    told(play, replace(UNTIL_NOON, fresh_until=None))
    assert play.recorded(entries.TRUST_AGED)[-1].data == {"tier": "fresh", "fresh_until": None}


def test_what_is_lost_is_recorded_with_the_words_of_its_driver() -> None:
    play = Playbook()
    play.happens(DeviceFaulted(play.now, "camera", "unplugged"))
    lost = {"device": "camera", "detail": "unplugged"}
    assert [each.data for each in play.recorded(entries.DEVICE_FAULTED)] == [lost]


def test_missing_keys_are_a_fault_until_there_are_some() -> None:
    play = Playbook(bundle=TrustBundle())
    play.happens(DeviceFaulted(play.now, "keys", "none"))
    shown = []
    for bundle in (TrustBundle(1), replace(BUNDLE, version=2)):
        play.happens(TrustChanged(play.now, bundle))
        shown.append(play.view.faults)
    assert shown == [("keys",), ()]
    assert [each.data for each in play.recorded(entries.DEVICE_RECOVERED)] == [{"device": "keys"}]


def test_staff_see_since_when_there_is_no_connection_what_waits_and_the_last_receipt() -> None:
    play = Playbook()
    play.happens(LinkChanged(play.now, False, play.now, 3, MORNING - timedelta(hours=1)))
    link = play.view.link
    assert (link.connected, link.waiting) == (False, 3)
    assert link.offline_since == "2026-11-23T00:00:00+00:00"
    assert link.last_receipt == "2026-11-22T23:00:00+00:00"
    play.happens(LinkChanged(play.now, True, None, 0))
    assert (play.view.link.offline_since, play.view.link.last_receipt) == (None, None)


def test_a_kiosk_that_ends_before_it_has_started_says_so() -> None:
    play = Playbook()
    play.happens(Stopping(play.now))
    assert play.recorded(entries.STOPPED)[0].data == {"uptime_s": None}


def test_a_device_that_is_lost_is_one_new_state_of_the_screen() -> None:
    play = Playbook()
    play.happens(Tick(play.now))
    before = len(play.asked(Show))
    play.happens(DeviceFaulted(play.now, "camera", "unplugged"))
    assert len(play.asked(Show)) == before + 1
