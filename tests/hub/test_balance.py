from __future__ import annotations

from hub.app import create_app
from hub.balance import ANSWERS, Balanced
from hub.state import HubState
from tests.hub.asgi import Caller
from tests.hub.conftest import SetClock


def test_every_sixteenth_answer_of_a_worker_ends_its_connection(hub: HubState, clock: SetClock) -> None:
    caller = Caller(Balanced(create_app(hub, clock)), hub.admin_token)
    ends = [caller.get("/v1/alarms").headers.get("connection") for _ in range(2 * ANSWERS)]
    assert ends == ([None] * (ANSWERS - 1) + ["close"]) * 2


def test_one_process_alone_leaves_connections_open(hub: HubState, clock: SetClock) -> None:
    caller = Caller(create_app(hub, clock), hub.admin_token)
    assert not any("connection" in caller.get("/v1/alarms").headers for _ in range(2 * ANSWERS))
