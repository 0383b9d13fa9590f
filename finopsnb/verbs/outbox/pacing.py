"""How fast a channel is written to, and how long it is left alone after a failure."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

__all__ = ["GIVE_UP", "Pace"]

#: so long a message is tried again
GIVE_UP = timedelta(hours=72)
#: what a channel may ask for at most, and what we wait of our own accord
LONGEST_ASKED, LONGEST_WAIT = 86_400.0, 900.0


def _wait(event: threading.Event, seconds: float) -> bool:
    return event.wait(seconds)


@dataclass
class Pace:
    """A message a second for each channel; tests put their own clock and their own patience in.

    ``flush_seconds`` is how long closing a session waits for messages that are due. ``wait`` waits for an event, no longer than
    so many seconds.
    """

    interval: float = 1.0
    flush_seconds: float = 3.0
    ticks: Callable[[], float] = time.monotonic
    wait: Callable[[threading.Event, float], bool] = _wait
    jitter: Callable[[float, float], float] = random.SystemRandom().uniform

    def backoff(self, failures: int, retry_after: float | None) -> float:
        """Seconds until a channel is tried again: as it asks, else 1, 2, 4, ... up to 15 minutes, each shortened by up to a half by chance.

        >>> Pace(jitter=max).backoff(3, None), Pace().backoff(1, 7.0)
        (4.0, 7.0)
        """
        if retry_after is not None:
            return min(max(retry_after, 0.0), LONGEST_ASKED)
        longest = min(LONGEST_WAIT, 2.0 ** min(failures - 1, 20))
        return self.jitter(longest / 2, longest)
