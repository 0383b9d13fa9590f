"""The hook bus: who hears about an event, in which order, and what came of it.

A handler is any callable. Handlers of an event run in the caller's thread, smallest ``priority`` first and in order of
registration among equals. They may take fewer arguments than the event offers. What one of them raises stops nothing:
it is told as a warning of the logger ``finopsnb.hooks``, and kept in :attr:`HookBus.failures` with the handler's owner. A handler
that fires its own event again is refused, so no event can run in circles. Every registration returns the function that undoes it.

    trigger   calls all of them                      -> a list of HookResult
    pipe      hands a value from one to the next      -> the last value; None keeps the one before
"""

from __future__ import annotations

import inspect
import itertools
import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeVar

__all__ = ["EVENTS", "HookBus", "HookResult", "default_bus", "hook", "hooks_of", "registering"]

logger = logging.getLogger("finopsnb.hooks")

F = TypeVar("F", bound=Callable[..., Any])
Undo = Callable[[], None]

#: the events that the system fires, and what each one carries; any other name is the user's own
EVENTS: Final[dict[str, str]] = {
    "alert_triggered": "an alert is raised: alert",
    "allocation_computed": "costs were allocated to owners: plugin, run_id, table",
    "budget_threshold_exceeded": "a budget crossed a threshold: budget, threshold, actual",
    "cost_entry_received": "a collection stored its rows: plugin, run_id, rows, table (the first rows as Arrow)",
    "dashboard_render": "a dashboard was drawn: plugin, chart",
    "plugin_failed": "a plugin could not be loaded, reloaded, unloaded or run: plugin, error",
    "plugin_loaded": "a plugin is ready: plugin, instance",
    "plugin_unloaded": "a plugin was shut down: plugin",
    "plugins_changed": "plugins became known, or were forgotten: plugins (their names)",
    "policy_violated": "a policy found violations that are new or came back: plugin, run_id, table",
    "post_collect_metrics": "pipes each Arrow table that a telemetry plugin yields, before it is stored: table, plugin, run_id",
    "pre_collect_metrics": "a collection is about to start: plugin, options",
    "recommendation_generated": "recommendations that are new or came back were stored: plugin, run_id, table",
    "run_finished": "a run ended: run (the row of the runs table)",
    "run_started": "a run began: run_id, plugin, verb",
}


class HookResult(NamedTuple):
    """What one handler made of one event: its ``result``, the ``seconds`` it took, or the ``error`` it raised."""

    event: str
    owner: str
    handler: str
    result: Any
    seconds: float
    error: BaseException | None = None

    @property
    def ok(self) -> bool:
        return self.error is None


@dataclass(frozen=True, slots=True, eq=False)
class _Handler:
    function: Callable[..., Any]
    call: Callable[[tuple[Any, ...], dict[str, Any]], Any]
    name: str
    owner: str
    priority: float
    sequence: int
    key: str


class HookBus:
    """A registry of handlers by event.

    >>> bus = HookBus()
    >>> undo = bus.on("month_closed", lambda month: month.upper())
    >>> [answer.result for answer in bus.trigger("month_closed", month="may")]
    ['MAY']
    >>> undo(); bus.trigger("month_closed", month="june")
    []
    """

    def __init__(self, *, keep_failures: int = 200) -> None:
        self.failures: deque[HookResult] = deque(maxlen=keep_failures)
        self._handlers: dict[str, tuple[_Handler, ...]] = {}
        self._sequence = itertools.count()
        self._lock = threading.Lock()
        self._active = threading.local()

    def on(self, event: str, handler: Callable[..., Any], *, priority: float = 100, owner: str = "notebook", key: str = "") -> Undo:
        """Call ``handler`` when ``event`` fires; returns the function that takes it off again.

        A handler with the same ``key`` and owner takes the place of the one before, so that a cell may run twice.
        Raises TypeError when ``handler`` is not callable.
        """
        if not callable(handler):
            raise TypeError(f"a handler of {event!r} must be callable, not {type(handler).__name__}")
        entry = _Handler(handler, _adapted(handler), _name_of(handler), owner, priority, next(self._sequence), key or "")
        with self._lock:
            kept = [h for h in self._handlers.get(event, ()) if not (key and h.key == key and h.owner == owner)]
            self._handlers[event] = tuple(sorted([*kept, entry], key=lambda h: (h.priority, h.sequence)))

        def undo() -> None:
            self._remove(lambda candidate: candidate is entry)

        return undo

    def forget(self, owner: str) -> int:
        """Take off every handler of ``owner``; returns how many there were."""
        return self._remove(lambda candidate: candidate.owner == owner)

    def entries(self, owner: str) -> frozenset[_Handler]:
        """The registrations of ``owner`` as they are now, to be dropped later if need be."""
        return frozenset(h for handlers in self._handlers.values() for h in handlers if h.owner == owner)

    def drop(self, entries: frozenset[_Handler]) -> int:
        """Take off exactly these registrations."""
        return self._remove(lambda candidate: candidate in entries)

    def trigger(self, event: str, /, *args: Any, **payload: Any) -> list[HookResult]:
        """Call every handler of ``event``; one result each, failures included."""
        handlers = self._handlers.get(event)
        if not handlers:
            return []
        with self._once(event) as entered:
            return [self._run(event, h, args, payload) for h in handlers] if entered else []

    def pipe(self, event: str, value: Any, /, *args: Any, **payload: Any) -> Any:
        """Hand ``value`` from handler to handler; one that returns None or fails leaves it as it was."""
        handlers = self._handlers.get(event)
        if not handlers:
            return value
        with self._once(event) as entered:
            for handler in handlers if entered else ():
                answer = self._run(event, handler, (value, *args), payload)
                value = value if answer.result is None else answer.result
        return value

    def listing(self, event: str | None = None) -> list[dict[str, Any]]:
        """The handlers as rows (event, order, owner, handler, priority), in the order in which they would run."""
        events = [event] if event is not None else sorted(self._handlers)
        return [
            {"event": name, "order": order, "owner": h.owner, "handler": h.name, "priority": h.priority}
            for name in events
            for order, h in enumerate(self._handlers.get(name, ()), start=1)
        ]

    def explain(self, event: str | None = None) -> None:
        """Print who hears ``event`` (or every event) and in which order, with the last failure of each."""
        for name in [event] if event is not None else sorted({*EVENTS, *self._handlers}):
            print(f"{name}: {EVENTS.get(name, 'an event of your own')}")
            rows = self.listing(name)
            for row in rows:
                print(f"  {row['order']}. {row['owner']}: {row['handler']} (priority {row['priority']:g})")
                if failure := self._last_failure(name, row["owner"], row["handler"]):
                    print(f"     last failure: {describe_error(failure.error)}")
            if not rows:
                print("  nobody listens")

    def events(self) -> list[str]:
        """The system's events and those that somebody listens to, sorted."""
        return sorted({*EVENTS, *self._handlers})

    def _run(self, event: str, handler: _Handler, args: tuple[Any, ...], payload: dict[str, Any]) -> HookResult:
        start = time.perf_counter()
        try:
            result = handler.call(args, payload)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a stranger's handler may raise anything; it is kept
            return self._failed(event, handler, error, time.perf_counter() - start)
        return HookResult(event, handler.owner, handler.name, result, time.perf_counter() - start)

    def _failed(self, event: str, handler: _Handler, error: BaseException, seconds: float) -> HookResult:
        failure = HookResult(event, handler.owner, handler.name, None, seconds, error)
        self.failures.append(failure)
        logger.warning("%s of %s failed on %s: %s (%%finops hooks %s)", handler.name, handler.owner, event, describe_error(error), event)
        return failure

    @contextmanager
    def _once(self, event: str) -> Iterator[bool]:
        """True on the way in; False where a handler of the event fires the event again."""
        active: set[str] = self._active.__dict__.setdefault("events", set())
        if event in active:
            error = RecursionError(f"a handler of {event} fired {event} again")
            self.failures.append(HookResult(event, "bus", "trigger", None, 0.0, error))
            yield False
            return
        active.add(event)
        try:
            yield True
        finally:
            active.discard(event)

    def _remove(self, unwanted: Callable[[_Handler], bool]) -> int:
        with self._lock:
            before = sum(map(len, self._handlers.values()))
            kept = {e: tuple(h for h in handlers if not unwanted(h)) for e, handlers in self._handlers.items()}
            self._handlers = {event: handlers for event, handlers in kept.items() if handlers}
            return before - sum(map(len, self._handlers.values()))

    def _last_failure(self, event: str, owner: str, handler: str) -> HookResult | None:
        wanted = (event, owner, handler)
        return next((f for f in reversed(self.failures) if (f.event, f.owner, f.handler) == wanted), None)


def describe_error(error: BaseException | None) -> str:
    """An exception in one line, also when its own ``__str__`` raises."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - a stranger's exception may do anything
        text = "(its message cannot be read)"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _name_of(handler: Callable[..., Any]) -> str:
    return getattr(handler, "__qualname__", None) or type(handler).__name__


def _adapted(handler: Callable[..., Any]) -> Callable[[tuple[Any, ...], dict[str, Any]], Any]:
    """``handler`` as a function of (args, payload) that drops what its signature does not take."""
    try:
        parameters = inspect.signature(handler).parameters.values()
    except (TypeError, ValueError):  # builtins without a signature take what they are given
        return lambda args, payload: handler(*args, **payload)
    kinds = {p.kind for p in parameters}
    places = [p.name for p in parameters if p.kind in _POSITIONAL]
    most = sys.maxsize if inspect.Parameter.VAR_POSITIONAL in kinds else len(places)
    anything = inspect.Parameter.VAR_KEYWORD in kinds
    names = {p.name for p in parameters if p.kind is not inspect.Parameter.POSITIONAL_ONLY}

    def call(args: tuple[Any, ...], payload: dict[str, Any]) -> Any:
        if not args and (anything or payload.keys() <= names):
            return handler(**payload)
        taken = places[: len(args)]
        return handler(*args[:most], **{k: v for k, v in payload.items() if (anything or k in names) and k not in taken})

    return call


_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)

#: the bus of the default registry; functions in cells that carry ``@hook`` are registered here
default_bus = HookBus()

_registering: ContextVar[tuple[HookBus, str] | None] = ContextVar("finopsnb_registering", default=None)


@contextmanager
def registering(bus: HookBus, owner: str) -> Iterator[None]:
    """While a plugin's module is imported, its ``@hook`` functions belong to that plugin and its registry."""
    token = _registering.set((bus, owner))
    try:
        yield
    finally:
        _registering.reset(token)


def hook(event: str, priority: float = 100) -> Callable[[F], F]:
    """Register a function for ``event``; on a plugin's method it is registered when the plugin is loaded.

    A function in a cell is registered at once, and running the cell again replaces it.

    >>> @hook("month_closed", priority=10)
    ... def archive(month): ...
    """

    def mark(function: F) -> F:
        marks = (*getattr(function, "__finops_hooks__", ()), (event, priority))
        function.__finops_hooks__ = marks  # type: ignore[attr-defined]
        if not _is_method(function):
            _register(function, event, priority)
        return function

    return mark


def _register(function: Callable[..., Any], event: str, priority: float) -> None:
    """In a plugin's module the plugin owns the handler; in a cell its name does, so that the cell may run again."""
    if plugin := _registering.get():
        plugin[0].on(event, function, priority=priority, owner=plugin[1])
        return
    key = "" if "<locals>" in function.__qualname__ else f"{function.__module__}.{function.__qualname__}"
    default_bus.on(event, function, priority=priority, key=key)


def _is_method(function: Callable[..., Any]) -> bool:
    """A function that is written inside a class body has a dot in what follows the last ``<locals>.``."""
    return "." in function.__qualname__.rsplit("<locals>.", 1)[-1]


def hooks_of(instance: object) -> list[tuple[str, float, Callable[..., Any]]]:
    """The ``@hook`` methods of an object as (event, priority, bound method), in order of definition."""
    names: dict[str, None] = {}
    for cls in reversed(type(instance).__mro__):
        names.update(dict.fromkeys(vars(cls)))
    found = [(name, inspect.getattr_static(type(instance), name, None)) for name in names]
    return [
        (event, priority, getattr(instance, name)) for name, member in found for event, priority in getattr(member, "__finops_hooks__", ())
    ]
