"""A PostgreSQL of one's own: a private cluster in a temporary folder, on a Unix socket alone.

Debian's package `postgresql` brings the programs. They refuse to run as root,
so root runs them as `postgres` or `nobody`. The server ends with its parent.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, create_engine, text
from sqlalchemy.exc import OperationalError

from tests.processes import wait_until

ABSENT = "PostgreSQL is not here: install Debian's package postgresql to run this over it too"
_PATIENCE_S = 30.0
_USER = "hub"


def programs() -> Path | None:
    """The folder of initdb and postgres, the newest if there are several."""
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found := shutil.which("initdb"):
        folders.append(Path(found).resolve().parent)
    usable = [folder for folder in folders if (folder / "postgres").exists()]
    return max(
        usable,
        key=lambda folder: [int(n) for n in folder.parent.name.split(".") if n.isdigit()],
        default=None,
    )


class Cluster:
    """A running server with an empty database `hub`."""

    def __init__(self, folder: Path) -> None:
        host = {"host": str(folder)}
        self.url = URL.create("postgresql+psycopg", username=_USER, database="hub", query=host)
        self._any = self.url.set(database="postgres")

    def is_ready(self) -> bool:
        try:
            self._run(self._any, "SELECT 1")
        except OperationalError:
            return False
        return True

    def create(self) -> None:
        self._run(self._any, "CREATE DATABASE hub")

    def empty(self) -> URL:
        """The database `hub` with nothing in it."""
        self._run(self.url, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
        return self.url

    def _run(self, url: URL, *statements: str) -> None:
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                for statement in statements:
                    connection.execute(text(statement))
        finally:
            engine.dispose()


@contextmanager
def running(bin_folder: Path, *, durable: bool) -> Iterator[Cluster]:
    """A cluster for the time of the block; `durable` waits for the disk at every commit, as in service."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    user = _user()
    if user is not None:
        shutil.chown(folder, user, pwd.getpwnam(user).pw_gid)
    try:
        data = folder / "data"
        making: list[str | Path] = [
            bin_folder / "initdb",
            "-D",
            data,
            "-U",
            _USER,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "-N",
        ]
        subprocess.run(making, cwd=folder, check=True, capture_output=True, **_as(user))
        settings = ["listen_addresses=", f"unix_socket_directories={folder}"]
        settings.append(f"fsync={'on' if durable else 'off'}")
        command = [*_with_parent(), bin_folder / "postgres", "-D", data]
        for setting in settings:
            command += ["-c", setting]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, **_as(user))
        try:
            cluster = Cluster(folder)
            wait_until(cluster.is_ready, _PATIENCE_S, "PostgreSQL serves")
            cluster.create()
            yield cluster
        finally:
            server.send_signal(signal.SIGQUIT)
            server.wait(_PATIENCE_S)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _user() -> str | None:
    """Another user to run as; None where the present one will do."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _as(user: str | None) -> dict[str, Any]:
    if user is None:
        return {}
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def _with_parent() -> list[str | Path]:
    """setpriv(1) asks the kernel to end the server when its parent has gone, however that came about."""
    found = shutil.which("setpriv")
    return [] if found is None else [found, "--pdeathsig", "QUIT"]
