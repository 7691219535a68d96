from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.trust.repositories import CITY, HubTrust
from tests.trust.served import TrustServer, serving
from tests.uplink.trust_world import Kiosk


@pytest.fixture
def hub(tmp_path: Path) -> HubTrust:
    hub = HubTrust(tmp_path / "hub")
    hub.publish([CITY])
    return hub


@pytest.fixture
def server(hub: HubTrust) -> Iterator[TrustServer]:
    with serving(TrustServer(hub.repository)) as server:
        yield server


@pytest.fixture
def kiosk(tmp_path: Path, hub: HubTrust, server: TrustServer) -> Iterator[Kiosk]:
    kiosk = Kiosk(tmp_path, server, hub.pinned_root)
    yield kiosk
    kiosk.close()
