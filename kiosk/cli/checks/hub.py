"""Is the hub there, and is it the one whose key the site file names?"""

from __future__ import annotations

import socket
from contextlib import closing
from urllib.parse import urlsplit

from kiosk.config import Site
from kiosk.gatekeeper.finding import Finding, fail, ok
from kiosk.trust.document import open_document
from kiosk.trust.errors import TrustError
from kiosk.uplink.errors import HubUnreachable
from kiosk.uplink.hub_client import HubClient, new_session

CONNECT_S = 5.0


def check_hub(site: Site) -> Finding:
    """First a connection, whose errors say more, then its keys as the uplink fetches them."""
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
        with new_session() as session:
            reply = HubClient(url, session).keys()
    except HubUnreachable as error:
        text = f"{url} takes a connection but does not answer ({error})"
        return fail(part, text, "check uplink.hub_url, its http or https, and the hub's certificate")
    if reply.status != 200:
        return fail(part, f"{url} answers {reply.status} to a request for keys", "check uplink.hub_url")
    try:
        bundle = open_document(reply.body, site.hub_key)
    except TrustError as error:
        remedy = "set uplink.hub_public_key to the key that this hub shows at its start"
        return fail(part, f"{url} gives keys that do not count: {error}", remedy)
    return ok(
        part, f"{url} answers; its keys are of version {bundle.version} and signed by the site's hub key"
    )
