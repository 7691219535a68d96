"""Is the hub there, and is it the one whose root the kiosk was given?"""

from __future__ import annotations

import socket
import tempfile
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from kiosk.config import Site
from kiosk.gatekeeper.finding import Finding, fail, ok
from kiosk.uplink.errors import HubUnreachable
from kiosk.uplink.hub_client import HubClient, new_session
from kiosk.uplink.tls import Tls
from kiosk.uplink.trust_mirror import TrustMirror

CONNECT_S = 5.0


def check_hub(site: Site) -> Finding:
    """First a connection, whose errors say more, then its trust as the uplink fetches it."""
    part, url = "hub", site.uplink.hub_url
    address = urlsplit(url)
    host, port = address.hostname or "", address.port or (443 if address.scheme == "https" else 80)
    try:
        with closing(socket.create_connection((host, port), CONNECT_S)):
            pass
    except (OSError, UnicodeError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        remedy = "check the network and uplink.hub_url; the kiosk works offline meanwhile"
        return fail(part, f"{url} is not reached: {why}", remedy)
    try:
        with new_session(_tls(site)) as session, tempfile.TemporaryDirectory() as folder:
            client = HubClient(url, session)
            mirror = TrustMirror(Path(folder), site.uplink.trusted_root, client, time.monotonic)
            reply = mirror.refresh()
            version = mirror.versions[1] if mirror.is_whole else 0
    except HubUnreachable as error:
        text = f"{url} takes a connection but does not answer ({error})"
        return fail(part, text, "check uplink.hub_url, its http or https, and the hub's certificate")
    if mirror.problem is not None:
        remedy = "give the kiosk this hub's root (uplink.trusted_root), and check both clocks"
        return fail(part, f"{url}: {mirror.problem}", remedy)
    if not mirror.is_whole:
        return fail(part, f"{url} answers {reply.status} to a request for its trust", "check uplink.hub_url")
    return ok(part, f"{url} answers; its trust (timestamp {version}) is signed as the pinned root asks")


def _tls(site: Site) -> Tls | None:
    """The hub's CA; the device's certificate is the uplink's alone, and trust needs none."""
    return None if site.uplink.hub_ca is None else Tls(site.uplink.hub_ca)
