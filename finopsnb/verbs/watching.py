"""What a run tells of itself while it works, and how it hears that it should stop.

A job sets its :class:`Watch` for its thread; the verbs ask for the current one and know of no jobs. Being asked to stop is heard
between two batches of the plugin, and by the statement of the engine that runs: it arrives as :class:`Cancelled`, which, as a
KeyboardInterrupt, no plugin takes for a failure. The rows are staged until the last batch is through, so none of them is stored.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from finopsnb.plugins.secrets import masker

if TYPE_CHECKING:
    from finopsnb.store import Batch, Store

__all__ = ["Cancelled", "Watch", "current", "progress", "stoppable", "watched", "watching"]

#: seconds between two tries to interrupt: one that falls between two statements is not heard
_AGAIN = 0.1


class Cancelled(KeyboardInterrupt):
    """Somebody asked for the work to stop."""


class Watch:
    """The counts and lines of one piece of work; ``changed`` is called, in its thread, when there is something new."""

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        self.rows = self.bytes = self.batches = 0
        self.lines: deque[str] = deque(maxlen=200)
        self._changed = changed
        self._asked, self._over = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._at_work: tuple[Store, int] | None = None

    @property
    def asked_to_stop(self) -> bool:
        return self._asked.is_set()

    def took(self, rows: int, size: int) -> None:
        """A batch of a plugin arrived."""
        self.rows, self.bytes, self.batches = self.rows + rows, self.bytes + size, self.batches + 1
        self._changed()

    def say(self, text: str) -> None:
        """Keep a line, secrets covered."""
        self.lines.append(masker.mask(text))
        self._changed()

    def check(self) -> None:
        """Raise Cancelled when somebody asked to stop."""
        if self.asked_to_stop:
            raise Cancelled("on request")

    def stop(self) -> None:
        """Ask the work to stop; returns at once."""
        if not self._asked.is_set():
            self._asked.set()
            threading.Thread(target=self._interrupt, name="finopsnb-cancel", daemon=True).start()
            self._changed()

    def over(self) -> None:
        """The work has ended: nothing is interrupted any more."""
        self._over.set()

    @contextmanager
    def within(self, store: Store) -> Iterator[None]:
        """While this thread works on the store its statements may be interrupted; what that raises becomes Cancelled.

        What comes after, the closing of the run's row, is interrupted no more.
        """
        with self._lock:
            self._at_work = (store, threading.get_ident())
        try:
            self.check()
            yield
        except Exception as error:
            if self.asked_to_stop:
                raise Cancelled("on request") from error
            raise
        finally:
            with self._lock:
                self._at_work = None

    def _interrupt(self) -> None:
        while True:
            with self._lock:
                if self._at_work is not None:
                    store, thread = self._at_work
                    store.interrupt(thread)
            if self._over.wait(_AGAIN):
                return


_current: ContextVar[Watch | None] = ContextVar("finopsnb_watch", default=None)


def current() -> Watch | None:
    """The watch of the job that runs in this thread, or None."""
    return _current.get()


@contextmanager
def watching(watch: Watch) -> Iterator[None]:
    """Make ``watch`` the current one."""
    token = _current.set(watch)
    try:
        yield
    finally:
        _current.reset(token)
        watch.over()


def stoppable(store: Store) -> AbstractContextManager[None]:
    """Work on the store that its job, if it is one, may stop."""
    watch = current()
    return nullcontext() if watch is None else watch.within(store)


def watched(batches: Iterable[Batch]) -> Iterable[Batch]:
    """The batches, counted for the job that runs in this thread."""
    watch = current()
    return batches if watch is None else _counted(batches, watch)


def _counted(batches: Iterable[Batch], watch: Watch) -> Iterator[Batch]:
    part: str | None = None
    watch.check()
    for batch in batches:
        watch.check()
        if batch.part is not None and batch.part != part:
            part = batch.part
            watch.say(f"reading {part}")
        if batch.data.num_rows:
            watch.took(batch.data.num_rows, batch.data.nbytes)
        yield batch


@contextmanager
def progress(text: str) -> Iterator[Callable[[int], None]]:
    """Takes the rows so far: a bar in the terminal, a widget in the notebook, after half a second; in a job its watch tells."""
    watch = current()
    if watch is not None:
        watch.say(text)
        yield lambda rows: watch.say(f"{rows:,} rows taken in")
        return
    from tqdm.auto import tqdm

    from finopsnb.attending import unattended

    # a widget does not outlive its kernel: none where nobody sits before the notebook
    hidden = True if unattended() else None
    bar: Any = tqdm(desc=text, unit=" rows", unit_scale=True, delay=0.5, disable=hidden)
    try:
        yield lambda rows: bar.update(rows - bar.n)
    finally:
        bar.close()
