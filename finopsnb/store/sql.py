"""The few ways in which a statement reaches DuckDB, and what its failures are called on our side."""

from __future__ import annotations

import contextlib
import re
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from finopsnb.errors import StoreError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "Params",
    "arrow",
    "cleaned",
    "engine_errors",
    "folded",
    "listed",
    "one",
    "quote",
    "run",
    "storable",
    "transaction",
    "undisturbed",
]

Params = Sequence[Any] | Mapping[str, Any]
Result = TypeVar("Result")

#: how many seconds go by at most until Ctrl-C is heard
_HEARING = 0.2

_NO_ROOM = re.compile(r"no space|disk is full|could not write|file too large|failed to write|out of disk", re.IGNORECASE)
_ERROR_KIND = re.compile(r"^[A-Za-z/ ]+ Error: ")


def quote(name: str) -> str:
    """The name as a quoted SQL identifier; the one place where a name becomes SQL.

    >>> print(quote('x_a"b'))
    "x_a""b"
    """
    if "\0" in name:
        raise StoreError(f"{name!r} cannot name a column.", why="It holds a NUL character.")
    return '"' + name.replace('"', '""') + '"'


def listed(names: Sequence[str], prefix: str = "") -> str:
    """Quoted names with commas between.

    >>> listed(["a", "b"], "s.")
    's."a", s."b"'
    """
    return ", ".join(prefix + quote(name) for name in names)


def folded(name: str) -> str:
    """The name as DuckDB compares it: only A to Z lose their case.

    >>> folded("x_Team") == folded("X_TEAM"), folded("É") == folded("é")
    (True, False)
    """
    return "".join(letter.lower() if letter.isascii() else letter for letter in name)


def storable(text: str | None) -> str | None:
    """Text that DuckDB can hold: lone surrogates, as in undecodable file names, are written out."""
    return None if text is None else text.encode("utf-8", "backslashreplace").decode("utf-8")


def undisturbed(cursor: Any, work: Callable[[], Result]) -> Result:
    """Do ``work`` on the cursor so that Ctrl-C interrupts it at once and nothing of it goes on running.

    DuckDB looks for signals only between some of its steps; in the main thread the work therefore goes to a
    thread of its own.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    value: Result = _Worker(cursor, work).result()
    return value


class _Worker(threading.Thread):
    def __init__(self, cursor: Any, work: Callable[[], Any]) -> None:
        super().__init__(name="finopsnb-statement", daemon=True)
        self.cursor, self.work = cursor, work
        self.value: Any = None
        self.error: BaseException | None = None
        self.done = threading.Event()

    def run(self) -> None:
        try:
            self.value = self.work()
        except BaseException as error:  # noqa: BLE001  it is raised again in the thread that waits
            self.error = error
        finally:
            self.done.set()

    def result(self) -> Any:
        self.start()
        if self._wait():
            raise KeyboardInterrupt
        if self.error is not None:
            raise self.error
        return self.value

    def _wait(self) -> bool:
        """Whether Ctrl-C was pressed before the work was done. A wait without an end would not hear it: polars, once it
        is imported, puts a signal handler in front that lets the system call go on."""
        pressed = False
        while True:
            try:
                while not self.done.wait(_HEARING):
                    if pressed:  # again and again: an interrupt between two steps of the work is not heard
                        self.cursor.interrupt()
                return pressed
            except KeyboardInterrupt:
                pressed = True
                self.cursor.interrupt()


def run(cursor: Any, statement: str, params: Params = ()) -> Any:
    """Execute one statement of ours; values are bound, never written into it."""
    return undisturbed(cursor, lambda: cursor.execute(statement, params or None))


def one(cursor: Any, statement: str, params: Params = ()) -> tuple[Any, ...]:
    """The first row of a statement that always has one."""
    row: tuple[Any, ...] = undisturbed(cursor, lambda: cursor.execute(statement, params or None).fetchall())[0]
    return row


def arrow(cursor: Any, statement: str, params: Params = ()) -> pa.Table:
    """The whole result as an Arrow table."""
    return undisturbed(cursor, lambda: cursor.sql(statement, params=params or None).to_arrow_table())


@contextlib.contextmanager
def transaction(cursor: Any) -> Iterator[None]:
    """All of it or nothing; also when interrupted."""
    run(cursor, "begin transaction")
    try:
        yield
        run(cursor, "commit")
    except BaseException:
        _roll_back(cursor)
        raise


def _roll_back(cursor: Any) -> None:
    import duckdb

    # a transaction that failed to commit, or an instance that failed, has nothing left to roll back
    with contextlib.suppress(duckdb.Error):
        cursor.rollback()


@contextlib.contextmanager
def engine_errors(path: str, doing: str) -> Iterator[None]:
    """Failures of DuckDB as StoreError with the path and what was being done."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        raise _told(path, doing, str(error)) from error


def _told(path: str, doing: str, message: str) -> StoreError:
    if _NO_ROOM.search(message) and path != ":memory:":
        free = shutil.disk_usage(Path(path).parent).free
        return StoreError(
            f"There was no room for {doing} in {path}.",
            why=f"{cleaned(message)} {free / 1e6:,.0f} MB are free there. What the file held before is unchanged.",
            hint="make room, then run the same call again",
        )
    return StoreError(f"{doing[:1].upper()}{doing[1:]} in {path} failed; nothing of it was kept.", why=cleaned(message))


def cleaned(message: str) -> str:
    """DuckDB's error text as one sentence: without its kind, its suggestions, the statement and the internals.

    >>> cleaned('Catalog Error: Table with name cost does not exist!\\nDid you mean "costs"?\\n\\nLINE 1: from cost')
    'Table with name cost does not exist!'
    """
    text = _ERROR_KIND.sub("", message.strip())
    text = re.split(r"\n+LINE \d+:|\nDid you mean |\n+Candidate |\n+Stack Trace", text)[0]
    return " ".join(text.split())
