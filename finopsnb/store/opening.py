"""Opening a DuckDB file: wait for whoever holds it, tell apart what can be wrong with it, lock the instance down.

    free                     ──▶ connect, lock down, migrate, mark interrupted runs
    held by another process  ──▶ wait with jitter; then StoreLocked, or with read_only=True a snapshot copy
    not a database, damaged  ──▶ StoreDamaged, the file as it was
    newer                    ──▶ StoreTooNew, the file as it was

The instance is locked after the Ibis backend is made on it: no files, no extensions, no settings, for every cursor.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finopsnb.errors import StoreDamaged, StoreError, StoreLocked, StoreTooNew
from finopsnb.store import migrations, runs
from finopsnb.store.database import Database
from finopsnb.store.sql import cleaned, engine_errors, transaction

__all__ = ["MEMORY", "connect", "locked_down", "open_database", "private_files"]

MEMORY = ":memory:"

#: the format of the file, readable by every DuckDB since this one; it packs texts in 0.7 of the time of v1.2.0
STORAGE_VERSION = "v1.4.0"

#: settings of the whole instance; a plain SET would reach one cursor only
SETTINGS: dict[str, Any] = {
    "TimeZone": "UTC",
    "python_enable_replacements": False,
    "preserve_insertion_order": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}

_HOLDER = re.compile(r"Conflicting lock is held in (?P<program>.*?) \(PID (?P<pid>\d+)\)")
_NEWER = re.compile(r"read a database file with version number|storage version .* newer|newer version of DuckDB", re.IGNORECASE)
_umask = threading.RLock()
_open: dict[Path, Database] = {}
_opening = threading.RLock()


def open_database(path: str | os.PathLike[str], *, read_only: bool, wait_seconds: float) -> Database:
    """The Database of that path, shared with other stores of this process on the same path."""
    if str(path) == MEMORY:
        return _prepared(Instance(MEMORY, _temporary(), connect(MEMORY, read_only=False)))
    file = Path(path).expanduser().resolve()
    with _opening:
        return _shared(file, read_only) or _opened(file, read_only, wait_seconds)


def _shared(file: Path, read_only: bool) -> Database | None:
    database = _open.get(file)
    if database is None:
        return None
    if database.read_only and not read_only:
        raise StoreLocked(f"{file} is open read-only in this process.", hint="close that session, then open it again")
    database.holders += 1
    return database


def _opened(file: Path, read_only: bool, wait_seconds: float) -> Database:
    database = _to_read(file) if read_only else _to_write(file, wait_seconds)
    _open[file] = database
    database.when_closed = lambda: _forget(file)
    return database


def _forget(file: Path) -> None:
    _open.pop(file, None)


def _to_write(file: Path, wait_seconds: float) -> Database:
    _require_folder(file)
    con = _waiting(file, wait_seconds)
    _make_private(file)
    return _prepared(Instance(str(file), _beside(file), con))


def _to_read(file: Path) -> Database:
    from finopsnb.store import snapshots

    if not file.is_file():
        raise StoreError(f"There is no file {file} to read.", hint=f"finopsnb.open({str(file)!r})")
    con, folders = _readable(file), []
    if con is None:
        copy = snapshots.take(file)
        folders = [copy.parent]
        con = connect(str(copy), read_only=True)
    temporary = _temporary()
    instance = Instance(str(file), temporary, con, read_only=True)
    return Database(instance, str(file), read_only=True, folders=[temporary, *folders])


def _readable(file: Path) -> Any:
    """A connection to the file itself; None where it is held, or has to be migrated first."""
    try:
        con = connect(str(file), read_only=True)
    except StoreLocked:
        return None
    try:
        with _telling(str(file)):
            current = migrations.is_current(con, str(file))
    except BaseException:
        con.close()
        raise
    if current:
        return con
    con.close()
    return None


@dataclass
class Instance:
    """How a Database comes by connection and backend; first with the one that was opened to look at the file."""

    path: str
    temporary: Path
    con: Any
    read_only: bool = False

    def __call__(self) -> tuple[Any, Any]:
        con, self.con = self.con or connect(self.path, read_only=self.read_only), None
        return con, locked_down(con, self.temporary)


def _prepared(instance: Instance) -> Database:
    con, path, database = instance.con, instance.path, None
    try:
        with _telling(path):
            version = migrations.check_version(con, path)
        with engine_errors(path, "making the tables"), private_files():
            database = Database(instance, path, read_only=False, folders=[instance.temporary])
            migrations.migrate(con, path, version)
            _mark_interrupted(database)
    except BaseException:
        database.close() if database else _abandon(con, instance.temporary)
        raise
    return database


def _mark_interrupted(database: Database) -> None:
    with database.cursor() as cursor, transaction(cursor):
        database.interrupted = runs.mark_interrupted(cursor)


def _abandon(con: Any, temporary: Path) -> None:
    con.close()
    shutil.rmtree(temporary, ignore_errors=True)


def connect(path: str, *, read_only: bool) -> Any:
    """A connection, or a StoreError that says what is wrong with the file."""
    import duckdb

    config: dict[str, Any] = {} if read_only else {"storage_compatibility_version": STORAGE_VERSION}
    with _telling(path), private_files():
        return duckdb.connect(path, read_only=read_only, config=config)


@contextlib.contextmanager
def _telling(path: str) -> Iterator[None]:
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        raise _told(path, str(error)) from error


def _waiting(file: Path, wait_seconds: float) -> Any:
    deadline = time.monotonic() + wait_seconds
    jitter = random.SystemRandom()
    while True:
        try:
            return connect(str(file), read_only=False)
        except StoreLocked:
            if time.monotonic() >= deadline:
                raise
        time.sleep(min(jitter.uniform(0.05, 0.25), max(0.0, deadline - time.monotonic())))


def locked_down(con: Any, temporary: Path) -> Any:
    """Settle the instance for good; the Ibis backend on it, which cannot be made afterwards."""
    import ibis

    backend = ibis.duckdb.from_connection(con)
    for name, value in {**SETTINGS, "temp_directory": str(temporary)}.items():
        con.execute(f"set global {name} = ?", [value])
    con.execute("set enable_external_access = false")
    con.execute("set lock_configuration = true")
    return backend


@contextlib.contextmanager
def private_files() -> Iterator[None]:
    """Files made meanwhile are for this user only. DuckDB makes its log anew after every checkpoint, by the umask."""
    with _umask:
        before = os.umask(0o077)
        try:
            yield
        finally:
            os.umask(before)


def _make_private(file: Path) -> None:
    # the owner decides about a file of somebody else
    with contextlib.suppress(PermissionError):
        file.chmod(0o600)


def _beside(file: Path) -> Path:
    """Where DuckDB puts what does not fit into memory: beside the file, whose disk has the room."""
    folder = file.with_name(file.name + ".finopsnb-tmp")
    shutil.rmtree(folder, ignore_errors=True)  # left by a process that was killed; the lock is ours now
    folder.mkdir(mode=0o700)
    return folder


def _temporary() -> Path:
    return Path(tempfile.mkdtemp(prefix="finopsnb-"))


def _require_folder(file: Path) -> None:
    if file.is_dir():
        raise StoreError(f"{file} is a folder.", hint=f"finopsnb.open({str(file / 'finops.duckdb')!r})")
    if not file.parent.is_dir():
        raise StoreError(f"There is no folder {file.parent}.", hint=f"mkdir -p {file.parent}")


def _told(path: str, message: str) -> StoreError:
    """What the engine's refusal to open a file means."""
    if found := _HOLDER.search(message):
        return _held(path, int(found["pid"]), found["program"])
    if "different configuration" in message:
        return _held(path, os.getpid(), "this process")
    if "Permission denied" in message:
        return StoreError(f"{path} may not be opened by this user.", why=cleaned(message), hint=f"ls -l {path}")
    if _NEWER.search(message):
        return StoreTooNew(f"{path} was written by a newer DuckDB.", why=cleaned(message), hint="pip install --upgrade duckdb")
    hint = "open another path; a copy of this one from a backup takes its place when it is closed"
    return StoreDamaged(f"{path} is not a readable DuckDB database.", why=f"{cleaned(message)} It is unchanged.", hint=hint)


def _held(path: str, pid: int, program: str) -> StoreLocked:
    return StoreLocked(
        f"{path} is held by {_process_name(pid) or program} (PID {pid}).",
        why="DuckDB lets one process at a time write to a file.",
        hint=f"close it there, or read a snapshot copy: finopsnb.open({path!r}, read_only=True)",
    )


def _process_name(pid: int) -> str:
    """What runs there, without the rest of its command line, which may hold secrets; empty where it is not told."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return ""
    program, *rest = [Path(words[0]).name, *words[1:3]]
    if rest[:1] == ["-m"]:
        return f"{program} -m {rest[1]}"
    return f"{program} {Path(rest[0]).name}" if rest and rest[0].endswith(".py") else program
