"""A real PostgreSQL for tests: made in a temporary folder, on a free port of the loopback, and gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_PLACES = "/usr/lib/postgresql/*/bin"


def programs() -> Path | None:
    """The folder of the newest PostgreSQL of this machine, or None."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda folder: int(folder.parent.name))
    given = shutil.which("initdb")
    return Path(given).resolve().parent if given else None


def as_user() -> list[str]:
    """PostgreSQL does not run as root: what goes before a command then."""
    if os.getuid() != 0:
        return []
    return ["setpriv", f"--reuid={_user().pw_uid}", f"--regid={_user().pw_gid}", "--clear-groups"]


def _user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


@contextmanager
def running() -> Iterator[str]:
    """The address of a server that accepts connections; skips where there is none, which in continuous integration is a failure."""
    bin_ = programs()
    if bin_ is None:
        message = f"no PostgreSQL in {_PLACES}: apt-get install postgresql"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    # the user that it runs as may not look into the folders of pytest
    with tempfile.TemporaryDirectory(prefix="finopsnb-postgres-", ignore_cleanup_errors=True) as folder:
        if os.getuid() == 0:
            os.chown(folder, _user().pw_uid, _user().pw_gid)
        yield from _started(bin_, Path(folder))


def _started(bin_: Path, folder: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data, log = folder / "data", folder / "log"
    settings = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories= -c fsync=off -c shared_buffers=16MB"
    _run(
        folder,
        bin_ / "initdb",
        "-D",
        data,
        "-U",
        "finops",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
        "--no-instructions",
    )
    _run(folder, bin_ / "pg_ctl", "-D", data, "-l", log, "-w", "-t", "60", "-o", settings, "start")
    try:
        yield f"postgresql://finops:not-needed@127.0.0.1:{port}/postgres"
    finally:
        _run(folder, bin_ / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


def _run(folder: Path, *command: object) -> None:
    subprocess.run(
        [*as_user(), *map(str, command)], check=True, cwd=folder, env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, timeout=90,
    )  # fmt: skip
