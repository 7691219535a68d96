from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from threading import Thread

from kiosk.cli.checks.hub import check_hub
from kiosk.config import Site, load
from kiosk.gatekeeper.finding import State
from tests.cli.bench import KEYS, failed
from tests.cli.sites import write_site


def with_hub(folder: Path, url: str) -> Site:
    return load(write_site(folder, ("http://127.0.0.1:1", url)))


def test_a_hub_that_signs_its_keys_is_well(tmp_path: Path, hub: Callable[[int, bytes], str]) -> None:
    assert check_hub(with_hub(tmp_path, hub(200, KEYS))).state is State.OK


def test_a_hub_with_another_key_fails(tmp_path: Path, hub: Callable[[int, bytes], str]) -> None:
    other = KEYS.replace(b'"version": 3', b'"version": 4')
    failed(check_hub(with_hub(tmp_path, hub(200, other))), "uplink.hub_public_key")


def test_what_is_no_hub_fails(tmp_path: Path, hub: Callable[[int, bytes], str]) -> None:
    failed(check_hub(with_hub(tmp_path, hub(404, b""))), "answers 404", "uplink.hub_url")


def test_a_hub_that_is_not_there_fails(site: Site, tmp_path: Path) -> None:
    failed(check_hub(site), "http://127.0.0.1:1 is not reached: Connection refused")
    failed(check_hub(with_hub(tmp_path, "http://hub.invalid:80")), "hub.invalid")


def test_a_hub_that_hangs_up_fails(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            for _ in range(2):
                listener.accept()[0].close()

        thread = Thread(target=hang_up)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        failed(check_hub(with_hub(tmp_path, url)), "does not answer")
        thread.join()
