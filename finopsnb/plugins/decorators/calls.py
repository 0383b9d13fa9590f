"""What the decorators share: a clock, something kept for each instance, and the handling of methods."""

from __future__ import annotations

import inspect
import threading
import time
import weakref
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from finopsnb.errors import FinopsError

__all__ = ["Clock", "F", "PerInstance", "clock", "decorated", "is_function", "refuse_generators", "takes_instance"]

F = TypeVar("F", bound=Callable[..., Any])
S = TypeVar("S")


def _seconds_since_boot() -> float:
    """A clock that nobody can set, and that goes on while the machine sleeps where the system has such a one."""
    boot_time = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot_time is None else time.clock_gettime(boot_time)


async def _sleep_async(seconds: float) -> None:
    import asyncio

    await asyncio.sleep(seconds)


@dataclass
class Clock:
    """Time as the decorators see it; a test puts its own functions in. ``now`` never goes back."""

    now: Callable[[], float] = _seconds_since_boot
    sleep: Callable[[float], None] = time.sleep
    sleep_async: Callable[[float], Awaitable[None]] = _sleep_async


#: the clock of all decorators
clock = Clock()


class PerInstance(Generic[S]):
    """Something of its own for every object, which goes when the object goes; ``None`` is the plain function's."""

    def __init__(self, make: Callable[[], S]) -> None:
        self._make = make
        self._kept: dict[int, tuple[Callable[[], object], S]] = {}
        self._lock = threading.RLock()  # a weak reference may call back in the thread that holds it

    def of(self, owner: object) -> S:
        with self._lock:
            found = self._kept.get(id(owner))
            if found is None or found[0]() is not owner:
                found = self._kept[id(owner)] = (self._reference(owner), self._make())
            return found[1]

    def drop(self, owner: object) -> None:
        with self._lock:
            self._kept.pop(id(owner), None)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()

    def __len__(self) -> int:
        return len(self._kept)

    def _reference(self, owner: object) -> Callable[[], object]:
        kept, key = self._kept, id(owner)
        try:
            return weakref.ref(owner, lambda _: kept.pop(key, None))
        except TypeError:  # None, and objects with slots, cannot be referred to weakly
            return lambda: owner


def takes_instance(function: Callable[..., Any]) -> bool:
    """Whether the first parameter is ``self`` (or ``cls``), as it is in a method."""
    try:
        return next(iter(inspect.signature(function).parameters), "") in ("self", "cls")
    except ValueError:  # builtins without a signature
        return False


def is_function(value: Any) -> bool:
    """A function or method, also one that is static or of the class: what a decorator without brackets is given."""
    return callable(value) or isinstance(value, classmethod)


def decorated(function: F, decorator: str, wrap: Callable[[Callable[..., Any]], Callable[..., Any]]) -> F:
    """``wrap`` applied to the function inside a staticmethod or classmethod too; FinopsError for anything else."""
    if isinstance(function, staticmethod | classmethod):
        return cast("F", type(function)(wrap(function.__func__)))
    if isinstance(function, type) or not callable(function):
        raise FinopsError(
            f"@{decorator} cannot decorate {function!r}.",
            why="It decorates functions and methods.",
            hint=f"write @{decorator} directly above a def, and @property above @{decorator}",
        )
    return cast("F", wrap(function))


def refuse_generators(function: Callable[..., Any], decorator: str, *, only_async: bool = False) -> None:
    """A generator's body runs after the call is over, where the decorator cannot reach it."""
    sync = inspect.isgeneratorfunction(function) and not only_async
    if sync or inspect.isasyncgenfunction(function):
        raise FinopsError(
            f"@{decorator} cannot decorate {function.__qualname__}, which is a generator.",
            why="Its body runs when it is iterated, after the call is over.",
            hint=f"put @{decorator} on the method that fetches one page, and yield what it returns",
        )
