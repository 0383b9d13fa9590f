"""One DuckDB file as a process holds it: the connection, the Ibis backend on it, the cursors, and the end of them.

A file is held once per process: stores opened on the same path share one Database, which closes with the last of them.
"""

from __future__ import annotations

import contextlib
import shutil
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from finopsnb.errors import StoreClosed
from finopsnb.store.runs import Stopwatch

__all__ = ["Connect", "Database"]

#: how often and after how many seconds closing is tried again
_TRIES, _PAUSE = 100, 0.02

Connect = Callable[[], tuple[Any, Any]]


class Database:
    """An open DuckDB instance; made by ``opening``.

    ``folders`` are temporary and removed at the end. ``writing`` is held by whoever writes: one at a time.
    ``connect`` makes the connection and the backend again: DuckDB gives an instance up when a write to the file fails
    under it.
    """

    def __init__(self, connect: Connect, path: str, *, read_only: bool, folders: list[Path]) -> None:
        self.path, self.read_only, self.folders = path, read_only, folders
        self._connect, self._suspect = connect, False
        self.con, self.backend = connect()
        self.writing = threading.RLock()
        self.catalogue = threading.RLock()
        #: expressions by table, each with the columns that it was made of; read and changed with ``catalogue`` held
        self.tables: dict[str, tuple[tuple[tuple[str, str], ...], Any]] = {}
        self.stopwatch = Stopwatch()
        self.interrupted: list[int] = []
        self.holders = 1
        self.when_closed: Callable[[], None] = lambda: None
        # each with the thread that works on it
        self._cursors: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()
        self._end = weakref.finalize(self, _end, self.con, folders)

    @property
    def closed(self) -> bool:
        return not self._end.alive

    @contextlib.contextmanager
    def cursor(self) -> Iterator[Any]:
        """A cursor for one call; what it made for itself (temporary tables, registered data) goes with it."""
        cursor = self._cursor()
        self._cursors[cursor] = threading.get_ident()
        try:
            yield cursor
        except BaseException:
            self._suspect = True
            raise
        finally:
            self._cursors.pop(cursor, None)
            cursor.close()

    def _cursor(self) -> Any:
        if self.closed:
            raise StoreClosed(f"The store {self.path} is closed.", hint=f"finopsnb.open({self.path!r})")
        if self._suspect:
            self._look_after()
        return self.con.cursor()

    def probing(self) -> contextlib.AbstractContextManager[Any]:
        """A cursor to see what became of the file after a failure."""
        self._suspect = True
        return self.cursor()

    def _look_after(self) -> None:
        """Connect anew if DuckDB has given the instance up. What was committed is in the file and its log."""
        import duckdb

        with self.catalogue:
            try:
                self.con.execute("select 1").fetchall()
            except duckdb.FatalException:
                self._reconnect()
            self._suspect = False

    def _reconnect(self) -> None:
        for cursor in list(self._cursors):
            cursor.close()
        self.con.close()
        self.con, self.backend = self._connect()
        self.tables.clear()
        self._end.detach()
        self._end = weakref.finalize(self, _end, self.con, self.folders)

    def interrupt(self, thread: int | None = None) -> None:
        """Stop the statements that run now, in whatever thread, or those of one."""
        for cursor, owner in list(self._cursors.items()):
            if thread in (None, owner):
                _interrupt(cursor)

    def release(self) -> None:
        """One store less; the last one closes the file."""
        self.holders -= 1
        if self.holders == 0:
            self.close()

    def close(self) -> None:
        """Stop what runs, give the file back and remove the temporary folders."""
        self.interrupt()
        self._end()
        self.when_closed()


def _close(con: Any) -> None:
    """Another thread may be taking a cursor of it in this moment, and DuckDB then refuses rather than waits."""
    import duckdb

    for pause in (*[_PAUSE] * _TRIES, 0):
        try:
            con.close()
            return
        except duckdb.ResourceInUseException:
            if not pause:
                raise
            time.sleep(pause)


def _interrupt(cursor: Any) -> None:
    import duckdb

    with contextlib.suppress(duckdb.ConnectionException):  # it was closed in this moment: nothing runs on it
        cursor.interrupt()


def _end(con: Any, folders: list[Path]) -> None:
    _close(con)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
