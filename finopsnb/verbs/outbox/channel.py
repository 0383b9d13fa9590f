"""The one that sends to one channel: a message at a time, no faster than its pace, from a thread that ends when there is no more.

nothing due ──start()──▶ running ──▶ claim ──▶ send ──▶ settle ──┐
    ▲                      │  ▲                                   │
    └──nothing to be sent──┘  └── wait: the pace, Retry-After, ───┘
                                  backoff, or the next one due
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from finopsnb.errors import StoreError
from finopsnb.plugins.base import PluginBase
from finopsnb.plugins.secrets import MaskingFilter
from finopsnb.verbs.outbox.attempting import Attempt, attempted, settled, told_by

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from finopsnb.store import Store
    from finopsnb.verbs.outbox.pacing import Pace

__all__ = ["Channel", "under_way"]

logger = logging.getLogger("finopsnb.outbox")
logger.addFilter(MaskingFilter())

#: the keys of what this process is sending now, in any session: nothing of that was cut off
_under_way: set[str] = set()
#: held while a message is claimed, so that nobody sees it claimed and not yet under way
_claiming = threading.Lock()
#: how long a wait lasts until the clock on the wall is looked at again, and one for what somebody else is about to do
_LOOK, _PAUSE = 60.0, 0.1
#: how long a thread without work stays
_REST = 2.0


class Channel:
    """Sends what the outbox has for the plugin ``name``; ``plugin`` gives its loaded instance, or None."""

    def __init__(self, name: str, store: Store, pace: Pace, plugin: Callable[[], PluginBase | None]) -> None:
        self.name = name
        self._store, self._pace, self._plugin = store, pace, plugin
        self._sending = threading.Lock()
        self._guard = threading.Lock()
        self._wake = threading.Event()
        self._more = self._rested = False
        self._thread: threading.Thread | None = None
        self._failures = 0
        self._last: float | None = None
        self._held_until: float = 0.0
        self._asked = False
        self._deadline: float | None = None

    def start(self, *, at_once: bool = True) -> None:
        """Have what is due sent in the background; again and again is fine. What is not to be sent ``at_once`` wakes nobody."""
        with self._guard:
            self._more = True
            if at_once:
                self._wake.set()
            if self._thread is None and self._deadline is None:
                self._thread = threading.Thread(target=self._run, name=f"finopsnb outbox {self.name}", daemon=True)
                self._thread.start()

    def finish(self, deadline: float) -> None:
        """Send until ``deadline`` what is due, then end."""
        self._deadline = deadline
        self._wake.set()

    def join(self, seconds: float) -> None:
        """Wait for the thread to end."""
        if (thread := self._thread) is not None:
            thread.join(max(0.0, seconds))

    def send_due(self) -> int:
        """Send in this thread what is due, at the channel's pace; how many messages were tried."""
        count = 0
        while True:
            with self._sending:  # whoever is sending now is waited for
                idle = self._due(hurry=True) > 0
            if idle or self.send_next(hurry=True) is None:
                return count
            count += 1

    def send_next(self, *, hurry: bool = False, only: Collection[int] = ()) -> Attempt | None:
        """Send the next message that is due, or ``only`` these rows; None where there is none, or no time for it."""
        with self._sending:
            plugin = self._plugin()
            if plugin is None or not self._slot(hurry) or not (rows := self._claimed(hurry, only)):
                return None
            try:
                return self._send(plugin, rows, quiet=bool(only))
            finally:
                _under_way.discard(rows[0]["sent_as"])

    def _claimed(self, hurry: bool, only: Collection[int]) -> list[dict[str, Any]]:
        with _claiming:
            rows = self._store.claim_message(self.name, hurry=hurry, only=only)
            _under_way.update(row["sent_as"] for row in rows)
            return rows

    def _send(self, plugin: PluginBase, rows: list[dict[str, Any]], *, quiet: bool) -> Attempt:
        """Where somebody waits for the message they hear of its failure, and the log is ``quiet``."""
        key, told = rows[0]["sent_as"], told_by(rows)
        self._last = self._pace.ticks()
        attempt = attempted(plugin, told)
        delay = self._after(attempt)
        outcome = settled(attempt, plugin, rows, self._store.now(), delay)
        told["metadata"].pop("idempotency_key")
        self._store.settle_message(self.name, key, outcome, _as_columns(told))
        if attempt.error is not None and not isinstance(attempt.error, Exception):
            raise attempt.error
        if outcome.status in ("given_up", "uncertain") and not quiet:
            logger.warning("a message for %s is %s: %s (%%finops outbox)", self.name, outcome.status.replace("_", " "), outcome.error)
        return attempt

    def _after(self, attempt: Attempt) -> float:
        """How long the channel is left alone after an attempt; what is wrong with one message is no reason to."""
        if not attempt.transient:
            self._failures = 0
            return 0.0
        self._failures += 1
        delay = self._pace.backoff(self._failures, attempt.retry_after)
        self._held_until, self._asked = self._pace.ticks() + delay, attempt.retry_after is not None
        return delay

    def _slot(self, hurry: bool) -> bool:
        """Wait until the pace allows a message. False where the channel asked for more patience, or the session closes before."""
        now = self._pace.ticks()
        if self._held_until > now and (self._asked or not hurry):
            return False
        wait = 0.0 if self._last is None else self._last + self._pace.interval - now
        if self._deadline is not None and now + wait >= self._deadline:
            return False
        while wait > 0:
            self._pace.wait(threading.Event(), wait)
            wait = (self._last or 0.0) + self._pace.interval - self._pace.ticks()
        return True

    def _run(self) -> None:
        try:
            self._recall()
            while self._goes_on():
                pass
        except StoreError as error:  # closed under it, or no room: what is left is sent next time
            logger.debug("the outbox of %s rests: %s", self.name, error)
            self._ended()
        except BaseException:
            self._ended()
            raise

    def _goes_on(self) -> bool:
        """Send, or wait for something to send; False at the end."""
        hurry = self._deadline is not None
        if hurry and self._pace.ticks() >= (self._deadline or 0.0):
            return self._ended()
        self._wake.clear()
        self._more = False
        wait = self._due(hurry=hurry)
        if self._plugin() is None or wait == float("inf") or (hurry and wait > 0):
            return self._rests(hurry)
        self._rested = False
        if wait > 0:
            self._pace.wait(self._wake, min(wait, _LOOK))
            return True
        if self.send_next(hurry=hurry) is None:
            if hurry:
                return self._ended()
            self._pace.wait(self._wake, _PAUSE)  # somebody else was quicker, or the channel has asked for patience meanwhile
        return True

    def _rests(self, hurry: bool) -> bool:
        """With nothing to send: wait a little for more, so that a run that finds much starts one thread; then end."""
        if hurry or self._rested or self._plugin() is None:
            return self._ended(unless_woken=not hurry)
        self._rested = not self._pace.wait(self._wake, _REST)
        return True

    def _due(self, *, hurry: bool) -> float:
        """Seconds until the next message may go, 0 for now, infinity where there is none."""
        due, _ = self._store.next_message(self.name, hurry=hurry)
        if due is None:
            return float("inf")
        held = self._held_until - self._pace.ticks() if self._asked or not hurry else 0.0
        return max(0.0, held, _seconds(due, self._store.now()))

    def _recall(self) -> None:
        """The last message of the process before this one counts for the pace as well."""
        _, tried = self._store.next_message(self.name)
        if self._last is None and tried is not None:
            ago = max(0.0, -_seconds(tried, self._store.now()))
            self._last = self._pace.ticks() - ago if ago < self._pace.interval else None

    def _ended(self, *, unless_woken: bool = False) -> bool:
        """Give the thread up, unless somebody has called meanwhile."""
        with self._guard:
            if unless_woken and self._more and self._plugin() is not None:
                return True
            self._thread, self._rested = None, False
            return False


@contextmanager
def under_way() -> Iterator[frozenset[str]]:
    """The keys of what this process is sending; nobody claims anything meanwhile."""
    with _claiming:
        yield frozenset(_under_way)


def _seconds(until: datetime, now: datetime) -> float:
    return (until - now) / timedelta(seconds=1)


def _as_columns(told: dict[str, Any]) -> dict[str, Any]:
    import json

    return {**told, "metadata": json.dumps(told["metadata"], ensure_ascii=False, default=str)}
