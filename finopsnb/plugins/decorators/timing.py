"""``@measure_time``: how long a plugin's methods take."""

from __future__ import annotations

import inspect
import logging
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, overload

from finopsnb.plugins.decorators.calls import F, decorated, is_function, refuse_generators, takes_instance

__all__ = ["Timing", "measure_time"]

_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Timing:
    """How often something ran, and the seconds of the last run and of all of them."""

    calls: int = 0
    last: float = 0.0
    total: float = 0.0

    def plus(self, seconds: float) -> Timing:
        return Timing(self.calls + 1, seconds, self.total + seconds)


@overload
def measure_time(function: F, /) -> F: ...
@overload
def measure_time() -> Callable[[F], F]: ...
def measure_time(function: Any = None, /) -> Any:
    """Keep the seconds that a function takes; calls that raise count too.

    On a method they are in ``instance.timings[name]``, on a function in ``function.timings[name]``, as a
    :class:`Timing`. A generator's time is what it spends itself, without its consumer's. Logged at DEBUG.
    """
    if is_function(function):
        return decorated(function, "measure_time", _measured)
    return lambda f: decorated(f, "measure_time", _measured)


def _measured(function: Callable[..., Any]) -> Callable[..., Any]:
    refuse_generators(function, "measure_time", only_async=True)
    of_method = takes_instance(function)

    def keep(args: tuple[Any, ...], seconds: float) -> None:
        has_room = of_method and args and hasattr(args[0], "__dict__")  # slots have none
        owner = args[0] if has_room else wrapper
        _add(owner, function.__name__, seconds)
        logging.getLogger(function.__module__).debug("%s took %.6f s", function.__qualname__, seconds)

    wrapper = _wrapped(function, keep)
    return wrapper


def _wrapped(function: Callable[..., Any], keep: Callable[[tuple[Any, ...], float], None]) -> Callable[..., Any]:
    @contextmanager
    def watched(args: tuple[Any, ...]) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            keep(args, time.perf_counter() - start)

    if inspect.iscoroutinefunction(function):

        @wraps(function)
        async def measured_async(*args: Any, **kwargs: Any) -> Any:
            with watched(args):
                return await function(*args, **kwargs)

        return measured_async

    if inspect.isgeneratorfunction(function):
        return _wrapped_generator(function, keep)

    @wraps(function)
    def measured(*args: Any, **kwargs: Any) -> Any:
        with watched(args):
            return function(*args, **kwargs)

    return measured


def _wrapped_generator(function: Callable[..., Any], keep: Callable[[tuple[Any, ...], float], None]) -> Callable[..., Any]:
    @wraps(function)
    def measured(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        generator, seconds = function(*args, **kwargs), 0.0
        try:
            while True:
                start = time.perf_counter()
                try:
                    item = next(generator)
                except StopIteration as end:
                    return end.value
                finally:
                    seconds += time.perf_counter() - start
                yield item
        finally:
            generator.close()
            keep(args, seconds)

    return measured


def _add(owner: Any, name: str, seconds: float) -> None:
    with _LOCK:
        timings: dict[str, Timing] | None = vars(owner).get("timings")
        if timings is None:
            timings = owner.timings = {}
        timings[name] = timings.get(name, Timing()).plus(seconds)
