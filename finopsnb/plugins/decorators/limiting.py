"""``@rate_limit``: at most so many calls in any stretch of time; a call too many waits."""

from __future__ import annotations

import inspect
import threading
from collections import deque
from collections.abc import Callable, Generator
from functools import wraps
from typing import Any, overload

from finopsnb.errors import FinopsError
from finopsnb.plugins.decorators.calls import (
    F,
    PerInstance,
    clock,
    decorated,
    is_function,
    refuse_generators,
    takes_instance,
)

__all__ = ["rate_limit"]


@overload
def rate_limit(calls: F, /) -> F: ...
@overload
def rate_limit(calls: int = 10, period: float = 60.0) -> Callable[[F], F]: ...
def rate_limit(calls: Any = 10, period: float = 60.0) -> Any:
    """Let at most ``calls`` calls begin within any ``period`` seconds, for each instance; others wait their turn.

    A sliding window: there is no moment at which two windows meet and twice as many pass. Works on async functions
    (the event loop goes on while they wait) and generators (counted when they start).
    """
    if is_function(calls):
        return rate_limit()(calls)
    if calls < 1 or period <= 0:
        raise FinopsError(
            f"@rate_limit cannot work with calls={calls}, period={period}.",
            why="At least one call may pass, in a period of more than 0 seconds.",
            hint="@rate_limit(calls=10, period=60.0)",
        )
    return lambda function: decorated(function, "rate_limit", lambda f: _limited(f, calls, period))


class _Window:
    """The times at which the last ``calls`` calls make room for the next one."""

    def __init__(self, calls: int, period: float) -> None:
        self._calls, self._period = calls, period
        self._free_at: deque[float] = deque()
        self._lock = threading.Lock()

    def wait(self) -> float:
        """0 when a call may begin now (it is then counted), else the seconds until it is worth asking again."""
        with self._lock:
            now = clock.now()
            while self._free_at and self._free_at[0] <= now:
                self._free_at.popleft()
            if len(self._free_at) >= self._calls:
                return self._free_at[0] - now
            self._free_at.append(now + self._period)
            return 0.0

    def enter(self) -> None:
        while seconds := self.wait():
            clock.sleep(seconds)

    async def enter_async(self) -> None:
        while seconds := self.wait():
            await clock.sleep_async(seconds)


def _limited(function: Callable[..., Any], calls: int, period: float) -> Callable[..., Any]:
    refuse_generators(function, "rate_limit", only_async=True)
    windows = PerInstance(lambda: _Window(calls, period))
    of_method = takes_instance(function)

    def window(args: tuple[Any, ...]) -> _Window:
        return windows.of(args[0] if of_method and args else None)

    return _wrapped(function, window)


def _wrapped(function: Callable[..., Any], window: Callable[[tuple[Any, ...]], _Window]) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(function):

        @wraps(function)
        async def limited_async(*args: Any, **kwargs: Any) -> Any:
            await window(args).enter_async()
            return await function(*args, **kwargs)

        return limited_async

    if inspect.isgeneratorfunction(function):

        @wraps(function)
        def limited_generator(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            window(args).enter()
            return (yield from function(*args, **kwargs))

        return limited_generator

    @wraps(function)
    def limited(*args: Any, **kwargs: Any) -> Any:
        window(args).enter()
        return function(*args, **kwargs)

    return limited
