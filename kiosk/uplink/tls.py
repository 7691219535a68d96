"""TLS to the hub: version 1.3 and nothing older (RFC 8446), the hub's own CA, a certificate of the device.

The operating system's and certifi's authorities are not asked: whoever gets a
certificate from one of them for the hub's name is still not the hub. The
device's key and certificate stand in one PEM file, so that a renewal replaces
both at once; every new connection reads it anew.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from requests.adapters import HTTPAdapter
from typing_extensions import override
from urllib3.util import Retry


@dataclass(frozen=True, slots=True)
class Tls:
    """`hub_ca` is the PEM of the authority that the hub's certificate must come from.

    `identity` is the PEM of this device's key and certificate; a file that is not there yet is not shown.
    """

    hub_ca: Path
    identity: Path | None = None

    @property
    def certificate(self) -> str | None:
        """The file to show to the hub, if there is one."""
        return str(self.identity) if self.identity is not None and self.identity.is_file() else None


class PinnedAdapter(HTTPAdapter):
    """One connection at a time, retrying nothing; over TLS by `context` alone."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._context = context
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=Retry(0, read=False))

    @override
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, ssl_context=self._context)


def new_context() -> ssl.SSLContext:
    """Trusts nobody yet; requests adds the CA and the certificate that the session names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context
