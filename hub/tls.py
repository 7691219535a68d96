"""TLS at the hub: version 1.3 alone, and which device a connection has proven to be.

Whoever connects may show a certificate of the client CA; a browser has none.
What came of it goes to the application as the ASGI extension `tls`: the
certificate in DER under `client_cert`, or None. Entries are taken only over a
connection that has shown the certificate of the very device whose log it is.
Without `tls` in the scope the hub speaks plain HTTP, where nothing is proven
and the signatures alone count.
"""

from __future__ import annotations

import argparse
import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID
from starlette.requests import Request
from starlette.types import Receive, Scope, Send
from typing_extensions import override
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol

from hub.device_ca import CERTIFICATE_FILE, stamp
from hub.errors import RequestError, StateError
from kiosk.journal.log_id import is_log_of


@dataclass(frozen=True, slots=True)
class TlsOptions:
    """PEM files: the hub's certificate (with its chain), its key, and the CA of the devices' certificates."""

    certificate: Path
    key: Path
    client_ca: Path

    def check(self) -> None:
        """Raises StateError, with the file that can't be used."""
        try:
            self.context()
        except FileNotFoundError as error:
            files = [path for path in (self.certificate, self.key, self.client_ca) if not path.exists()]
            raise StateError(f"{files[0]}: there is no such file; name one in PEM") from error
        except (OSError, ssl.SSLError) as error:
            names = f"{self.certificate}, {self.key}, {self.client_ca}"
            raise StateError(f"{names}: can't serve TLS with these ({error}); name PEM files") from error

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(self.certificate, self.key)
        context.load_verify_locations(self.client_ca)
        context.verify_mode = ssl.CERT_OPTIONAL
        return context


class LiveContext:
    """The context of a hub that runs, into which another CA is taken without a restart.

    One that goes is let in until the restart: to OpenSSL's store certificates can only be added.
    """

    def __init__(self, options: TlsOptions) -> None:
        self._options = options
        self._taken = stamp(options.client_ca)
        self._context = options.context()

    def factory(self, _config: Config, _default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
        """For uvicorn."""
        return self._context

    def look(self) -> None:
        """Take in what is new in the CA's file, from the next connection on. Raises nothing; cheap."""
        found = stamp(self._options.client_ca)
        if found is not None and found != self._taken:
            with suppress(OSError, ssl.SSLError):  # written just now, not in one piece: looked at again
                self._context.load_verify_locations(self._options.client_ca)
                self._taken = found


class PeerProtocol(H11Protocol):
    """uvicorn's HTTP, which also tells the application who has connected."""

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        connection = transport.get_extra_info("ssl_object")
        if connection is not None:
            self.app = _introduced(self.app, connection.getpeercert(binary_form=True))


def _introduced(app: Any, certificate: bytes | None) -> Any:
    async def introduced(scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("extensions", {})["tls"] = {"client_cert": certificate}
        await app(scope, receive, send)

    return introduced


def shown_device(request: Request) -> str | None:
    """The device whose certificate the connection has shown; None where none was, or over plain HTTP."""
    shown = request.scope.get("extensions", {}).get("tls", {}).get("client_cert")
    return None if shown is None else device_of(x509.load_der_x509_certificate(shown))


def device_of(certificate: x509.Certificate) -> str | None:
    """The device that a certificate names: its only common name."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if len(names) == 1 else None


def require_device(request: Request, device_id: str) -> None:
    """Raises RequestError 403 where TLS is spoken and another device, or none, has proven itself."""
    if "tls" not in request.scope.get("extensions", {}):
        return
    shown = shown_device(request)
    if shown is None:
        raise RequestError(403, "this needs the device's certificate; enrol the kiosk (kiosk enrol)")
    if not is_log_of(device_id, shown):
        raise RequestError(403, f"the certificate is that of {shown!r}, and not of {device_id!r}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kiosk-hub serve`."""
    parser.add_argument(
        "--tls-cert", type=Path, metavar="FILE", help="serve https with this certificate, in PEM"
    )
    parser.add_argument("--tls-key", type=Path, metavar="FILE", help="its private key, in PEM")
    parser.add_argument(
        "--client-ca",
        type=Path,
        metavar="FILE",
        help="the CA of the devices' certificates (default: the hub's own)",
    )


def chosen(args: argparse.Namespace) -> TlsOptions | None:
    """Raises StateError when only some of the options are given."""
    if args.tls_cert is None and args.tls_key is None and args.client_ca is None:
        return None
    if args.tls_cert is None or args.tls_key is None:
        raise StateError("--tls-cert and --tls-key go together; give both")
    return TlsOptions(args.tls_cert, args.tls_key, args.client_ca or args.state / CERTIFICATE_FILE)
