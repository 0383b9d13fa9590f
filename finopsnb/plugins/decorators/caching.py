"""``@cache_result``: give the same answer again for a while, to the same question only.

The key is the instance, its configuration as it is now, and the arguments by their content (see ``fingerprints``).
Two instances never share an entry, nor do two configurations of one instance. Cachetools keeps the entries: bounded,
least recently used out first, and too old ones out.
"""

from __future__ import annotations

import copy
import inspect
import threading
from collections.abc import Callable, Hashable, Iterator, MutableMapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final, overload

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
from finopsnb.plugins.decorators.fingerprints import fingerprint

__all__ = ["cache_result"]

_ABSENT: Final = object()


@overload
def cache_result(ttl: F, /) -> F: ...
@overload
def cache_result(ttl: float = 300.0, maxsize: int = 128) -> Callable[[F], F]: ...
def cache_result(ttl: Any = 300.0, maxsize: int = 128) -> Any:
    """Keep up to ``maxsize`` results of a function, sync or async, for ``ttl`` seconds; for each instance its own.

    Every caller gets a copy, so that changing a result changes nobody else's; what cannot be copied (a connection) is
    shared. Exceptions are not kept. Calls at the same time with the same arguments run the function once. Setting the
    system's clock changes nothing. ``function.cache_clear(instance)`` forgets one instance's results,
    ``function.cache_clear()`` all. An iterator is refused, because it can be read only once.
    """
    if is_function(ttl):
        return cache_result()(ttl)
    if ttl <= 0 or maxsize < 1:
        raise FinopsError(
            f"@cache_result cannot work with ttl={ttl}, maxsize={maxsize}.",
            why="It keeps at least one result for more than 0 seconds.",
            hint="@cache_result(ttl=300.0, maxsize=128)",
        )
    return lambda function: decorated(function, "cache_result", lambda f: _cached(f, ttl, maxsize))


class _Results:
    """The results of one function for one instance."""

    def __init__(self, ttl: float, maxsize: int) -> None:
        from cachetools import TTLCache

        self._entries: MutableMapping[Hashable, Any] = TTLCache(maxsize, ttl, timer=lambda: clock.now())
        self._busy: dict[Hashable, list[Any]] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Any:
        with self._lock:
            found = self._entries.get(key, _ABSENT)
        return found if found is _ABSENT else _copied(found)

    def put(self, key: Hashable, result: Any, name: str) -> Any:
        kept = _copied(_checked(result, name))
        with self._lock:
            self._entries[key] = kept
        return result

    @contextmanager
    def turn(self, key: Hashable, make_lock: Callable[[], Any]) -> Iterator[Any]:
        """The lock of those who want this very result at the same time; it is gone when nobody does."""
        with self._lock:
            entry = self._busy.setdefault(key, [make_lock(), 0])
            entry[1] += 1
        try:
            yield entry[0]
        finally:
            with self._lock:
                entry[1] -= 1
                if not entry[1]:
                    del self._busy[key]


def _cached(function: Callable[..., Any], ttl: float, maxsize: int) -> Callable[..., Any]:
    refuse_generators(function, "cache_result")
    results = PerInstance(lambda: _Results(ttl, maxsize))
    question = _question(function)

    def look_up(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[_Results, Hashable]:
        owner, key = question(args, kwargs)
        return results.of(owner), key

    wrapper: Any = _wrapped_async(function, look_up) if inspect.iscoroutinefunction(function) else _wrapped(function, look_up)
    wrapper.cache_clear = lambda instance=None: results.clear() if instance is None else results.drop(instance)
    return wrapper  # type: ignore[no-any-return]


LookUp = Callable[[tuple[Any, ...], dict[str, Any]], tuple[_Results, Hashable]]


def _wrapped(function: Callable[..., Any], look_up: LookUp) -> Callable[..., Any]:
    @wraps(function)
    def cached(*args: Any, **kwargs: Any) -> Any:
        results, key = look_up(args, kwargs)
        if (found := results.get(key)) is not _ABSENT:
            return found
        with results.turn(key, threading.RLock) as lock, lock:
            if (found := results.get(key)) is not _ABSENT:
                return found
            return results.put(key, function(*args, **kwargs), function.__qualname__)

    return cached


def _wrapped_async(function: Callable[..., Any], look_up: LookUp) -> Callable[..., Any]:
    @wraps(function)
    async def cached(*args: Any, **kwargs: Any) -> Any:
        import asyncio

        results, key = look_up(args, kwargs)
        if (found := results.get(key)) is not _ABSENT:
            return found
        # a lock of asyncio belongs to one event loop
        with results.turn((id(asyncio.get_running_loop()), key), asyncio.Lock) as lock:
            async with lock:
                if (found := results.get(key)) is not _ABSENT:
                    return found
                return results.put(key, await function(*args, **kwargs), function.__qualname__)

    return cached


def _question(function: Callable[..., Any]) -> Callable[[tuple[Any, ...], dict[str, Any]], tuple[object, Hashable]]:
    """A function that tells who is asked (the instance, or None) and what (the key)."""
    signature, of_method = inspect.signature(function), takes_instance(function)
    gathered = next((p.name for p in signature.parameters.values() if p.kind is p.VAR_KEYWORD), "")

    def question(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[object, Hashable]:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        if gathered:
            bound.arguments[gathered] = sorted(bound.arguments[gathered].items())
        values = list(bound.arguments.values())
        owner = values.pop(0) if of_method else None
        return owner, (fingerprint(getattr(owner, "config", None)), fingerprint(values))

    return question


def _checked(result: Any, name: str) -> Any:
    if isinstance(result, Iterator) or inspect.isawaitable(result):
        raise FinopsError(
            f"@cache_result cannot keep what {name} returned: {type(result).__name__} can be read only once.",
            hint=f"return a list or a table from {name}",
        )
    return result


def _copied(value: Any) -> Any:
    if type(value).__module__.partition(".")[0] in ("pyarrow", "ibis"):  # never changes, and may be large
        return value
    try:
        return copy.deepcopy(value)
    except Exception:  # noqa: BLE001 - connections, locks and plugins say in many ways that they cannot be copied
        return value
