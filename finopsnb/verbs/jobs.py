"""Jobs: runs in the background, so that the notebook stays free; their progress, their end, and how to stop them.

    waiting ──▶ running ──▶ done
       │           ├──────▶ failed      the error is kept, told in a warning, and raised by wait()
       └───────────┴──────▶ cancelled   nothing was stored

One job of a session works at a time, for there is one writer. Where nobody sits before the notebook (nbclient, nbmake, papermill, a
script) there is nothing to stay free for: the work is done at once, in the caller's thread, and raises what it raises.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from finopsnb.attending import someone_is_there
from finopsnb.errors import FinopsError
from finopsnb.plugins.hooks import describe_error
from finopsnb.plugins.secrets import masker
from finopsnb.verbs.watching import Cancelled, Watch, watching

__all__ = ["COLUMNS", "Job", "Jobs"]

logger = logging.getLogger("finopsnb.jobs")

COLUMNS = ("job", "what", "state", "rows", "batches", "bytes", "seconds", "said")

#: ended jobs that are remembered
_KEPT = 100
#: seconds that a session that is closed waits for a job to stop
_PATIENCE = 10.0


class Job:
    """One piece of work: ``state``, ``rows``, ``batches`` and ``bytes`` so far, ``lines`` that it said, and ``error``."""

    def __init__(self, number: int, what: str, plugins: Sequence[str], read: Callable[[Any], Any], changed: Callable[[Job], None]) -> None:
        self.number, self.what, self.plugins = number, what, tuple(plugins)
        self.state = "waiting"
        self.error: BaseException | None = None
        self.watch = Watch(lambda: changed(self))
        self._read, self._changed = read, changed
        self._outcome: Any = None
        self._begun = self._ended = 0.0
        self._end = threading.Event()

    @property
    def rows(self) -> int:
        return self.watch.rows

    @property
    def batches(self) -> int:
        return self.watch.batches

    @property
    def bytes(self) -> int:
        return self.watch.bytes

    @property
    def lines(self) -> list[str]:
        return list(self.watch.lines)

    @property
    def is_over(self) -> bool:
        return self._end.is_set()

    @property
    def seconds(self) -> float:
        """How long it has worked."""
        return ((self._ended or time.monotonic()) - self._begun) if self._begun else 0.0

    def cancel(self) -> None:
        """Ask it to stop; returns at once. Nothing that it read is stored. A job that has ended stays as it is."""
        if not self.is_over:
            self.watch.stop()

    def wait(self, timeout: float | None = None) -> Any:
        """What the call would have returned without ``background``; raises what it raised, or FinopsError when it was cancelled.

        Raises TimeoutError after ``timeout`` seconds; the job goes on then, and also when Ctrl-C ends the waiting.
        """
        self._await(timeout)
        if self.state == "cancelled":
            raise FinopsError(f"Job {self.number} ({self.what}) was cancelled; it stored nothing.")
        if self.error is not None:
            raise self.error
        return self._read(self._outcome)

    def as_row(self) -> dict[str, Any]:
        """The job as a row of ``session.jobs()``."""
        said = masker.mask(describe_error(self.error)) if self.error else next(iter(self.lines[-1:]), "")
        counts = (self.number, self.what, self.told_state, self.rows, self.batches, self.bytes, round(self.seconds, 3), said)
        return dict(zip(COLUMNS, counts, strict=True))

    @property
    def told_state(self) -> str:
        """``state``, or "stopping" from when it was cancelled until it has ended."""
        return "stopping" if self.watch.asked_to_stop and not self.is_over else self.state

    def __repr__(self) -> str:
        return f"<Job {self.number}: {self.what}, {self.told_state}, {self.rows:,} rows in {self.batches:,} batches, {self.seconds:.1f} s>"

    def _await(self, timeout: float | None) -> None:
        """In short waits: one without an end would not hear Ctrl-C."""
        end = None if timeout is None else time.monotonic() + timeout
        while not self._end.wait(0.1 if end is None else max(0.0, min(0.1, end - time.monotonic()))):
            if end is not None and time.monotonic() >= end:
                raise TimeoutError(f"Job {self.number} ({self.what}) did not end within {timeout:g} s; it goes on.")

    def _work(self, work: Callable[[], Any]) -> None:
        """Do it here and now; raises what it raises."""
        try:
            self.watch.check()
            self.state, self._begun = "running", time.monotonic()
            self._changed(self)
            self._outcome = work()
        except KeyboardInterrupt:
            self._finish("cancelled")
            raise
        except BaseException as error:
            self.error = error
            self._finish("failed")
            raise
        self._finish("done")

    def _finish(self, state: str) -> None:
        self.state, self._ended = state, time.monotonic()
        self._end.set()
        self._changed(self)


class Jobs:
    """The jobs of a session."""

    def __init__(self) -> None:
        self._jobs: dict[int, Job] = {}
        self._numbers = itertools.count(1)
        self._turn = threading.Lock()
        self._listeners: list[Callable[[Job], None]] = []

    def start(self, what: str, plugins: Sequence[str], work: Callable[[], Any], read: Callable[[Any], Any]) -> Job:
        """Do ``work`` in a thread of its own, or at once where nobody is there; ``read`` makes the answer of what it returns."""
        job = Job(next(self._numbers), what, plugins, read, self._tell)
        self._jobs[job.number] = job
        for number in [n for n, old in self._jobs.items() if old.is_over][:-_KEPT]:
            del self._jobs[number]
        if someone_is_there():
            threading.Thread(target=self._in_turn, args=(job, work), name=f"finopsnb job {job.number}", daemon=True).start()
        else:
            with watching(job.watch):
                job._work(work)
        return job

    def all(self) -> list[Job]:
        """Those that are under way and those that ended lately, the newest last."""
        return list(self._jobs.values())

    def job(self, number: int) -> Job:
        """One of them; raises FinopsError with the numbers that there are."""
        if (job := self._jobs.get(number)) is not None:
            return job
        known = ", ".join(map(str, self._jobs))
        raise FinopsError(f"There is no job {number}.", why=f"There are {known}." if known else "None was started.", hint="session.jobs()")

    def of(self, plugin: str) -> Job | None:
        """The job in which a plugin is at work, or waits to be."""
        return next((job for job in self.all() if plugin in job.plugins and not job.is_over), None)

    def refuse_busy(self, plugin: str) -> None:
        """Raise FinopsError when a plugin is at work: it would have to be waited for, and the notebook would not answer."""
        if (job := self.of(plugin)) is not None and threading.current_thread().name != f"finopsnb job {job.number}":
            raise FinopsError(
                f"{plugin} is at work in job {job.number} ({job.what}).",
                why="It can be changed when that has ended.",
                hint=f"session.job({job.number}).cancel()",
            )

    def listen(self, heard: Callable[[Job], None]) -> Callable[[], None]:
        """Call ``heard`` when a job has something new, in the job's thread; returns the function that ends it."""
        self._listeners.append(heard)
        return lambda: self._listeners.remove(heard) if heard in self._listeners else None

    def close(self) -> None:
        """Stop those that are under way, and wait until they have stopped."""
        under_way = [job for job in self.all() if not job.is_over]
        for job in under_way:
            job.cancel()
        for job in under_way:
            job._end.wait(_PATIENCE)

    def _tell(self, job: Job) -> None:
        for heard in list(self._listeners):
            try:
                heard(job)
            except Exception as error:  # noqa: BLE001 - who only looks on must not end the work
                logger.warning("a listener of job %s failed: %s", job.number, masker.mask(describe_error(error)))

    def _in_turn(self, job: Job, work: Callable[[], Any]) -> None:
        with watching(job.watch), _lines(job.watch):
            while not self._turn.acquire(timeout=0.1):
                if job.watch.asked_to_stop:
                    return job._finish("cancelled")
            try:
                job._work(work)
            except Cancelled:
                logger.debug("job %s was cancelled", job.number)
            except BaseException as error:  # noqa: BLE001 - kept on the job, told here, and raised by wait()
                logger.warning("job %s (%s) failed: %s", job.number, job.what, masker.mask(describe_error(error)))
            finally:
                self._turn.release()
        return None


class _lines(logging.Handler):  # noqa: N801 - used like a function
    """While the job runs, what is logged in its thread is said by its watch, too."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch, self._thread = watch, threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread and record.name != logger.name:
            self._watch.say(f"{record.levelname.lower()}: {record.getMessage()}")

    def __enter__(self) -> None:
        logging.getLogger("finopsnb").addHandler(self)

    def __exit__(self, *_: object) -> None:
        logging.getLogger("finopsnb").removeHandler(self)
