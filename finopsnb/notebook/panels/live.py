"""Panels follow the registry through the hook bus, whoever made the change and in whatever thread.

The first event of a burst is drawn at once; what follows within a moment is drawn together when the moment is over.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from finopsnb.errors import FinopsError
from finopsnb.plugins.hooks import HookBus

__all__ = ["Follower"]

logger = logging.getLogger("finopsnb.panels")

#: seconds in which events are drawn together
MOMENT = 0.15
_SOON = 0.02
#: seconds that the end of a panel waits for a drawing under way
_PATIENCE = 5.0


class Follower:
    """Calls ``draw`` when one of ``events`` fires, or :meth:`happened` is called, until it is closed."""

    def __init__(self, bus: HookBus, events: Iterable[str], draw: Callable[[], None], *, moment: float = MOMENT) -> None:
        self._draw, self._moment = draw, moment
        self._lock, self._drawing = threading.Lock(), threading.RLock()
        self._timer: threading.Timer | None = None
        self._drawn = float("-inf")
        self._closed = False
        self._undo = [bus.on(event, self._heard, owner="panel", priority=1000) for event in events]

    def close(self) -> None:
        """Hear no more; when it returns no thread is drawing."""
        with self._lock:
            self._closed = True
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        for undo in self._undo:
            undo()
        if self._drawing.acquire(timeout=_PATIENCE):
            self._drawing.release()

    def happened(self) -> None:
        """Something changed: draw it now, or in a moment when something was drawn just now.

        An event may come with locks held, of the plugin that is loaded, say: it never waits for a drawing under way in another
        thread, which may be waiting for one of these.
        """
        with self._lock:
            if self._closed or self._timer is not None:
                return
            wait = self._drawn + self._moment - time.monotonic()
            if wait > 0 or not self._drawing.acquire(blocking=False):
                self._begin_timer(max(wait, _SOON))
                return
        try:
            self.draw()
        finally:
            self._drawing.release()

    def draw(self) -> None:
        """Draw, one thread at a time; a session that closes meanwhile has nothing to show."""
        with self._drawing:
            self._drawn = time.monotonic()
            try:
                self._draw()
            except FinopsError as error:
                logger.debug("a panel was not drawn: %s", error)

    def _begin_timer(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._later)
        self._timer.daemon = True
        self._timer.start()

    def _heard(self, **_: Any) -> None:
        self.happened()

    def _later(self) -> None:
        with self._lock:
            self._timer = None
            closed = self._closed
        if not closed:
            self.draw()
