"""What the plugin framework costs: importing it, listing 1,000 plugins, firing a hook.

Run it with ``python benchmarks/plugins_bench.py``; it exits with 1 when a goal is missed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from _measure import Figure, fresh_seconds, interleaved, report, seconds_of

from finopsnb.plugins import HookBus, PluginMetadata, PluginRegistry, TelemetryPlugin

STANDARD = "import dataclasses, typing, json, logging, importlib.metadata"
MICRO, MILLI = 1e6, 1e3

built = 0


def import_time() -> Figure:
    ours, theirs = interleaved([partial(fresh_seconds, "import finopsnb.plugins"), partial(fresh_seconds, STANDARD)])
    return Figure(
        "import finopsnb.plugins / import of the standard library",
        ours / theirs,
        3,
        "x",
        detail=f"{ours * MILLI:.1f} ms / {theirs * MILLI:.1f} ms",
    )


def numbered(number: int) -> type[TelemetryPlugin]:
    """A plugin class of its own that counts how often it is built."""

    class Numbered(TelemetryPlugin):
        metadata = PluginMetadata(name=f"plugin-{number:04d}", version="1.0.0", tags=("a", f"t{number % 7}"))

        def __init__(self, config: Any = None) -> None:
            global built
            built += 1
            super().__init__(config)

        def collect_telemetry(self) -> list[dict[str, Any]]:
            return []

    return Numbered


def listing() -> list[Figure]:
    registry = PluginRegistry()
    for number in range(1000):
        registry.register(numbered(number))
    assert len(registry.list_plugins()) == 1000
    assert len(registry.list_plugins("telemetry", tags=["t3"])) == 143
    (seconds,) = interleaved([lambda: seconds_of(registry.list_plugins, 20)])
    return [
        Figure("list_plugins() of 1,000 registered plugins", seconds * MILLI, 5, "ms", strict=True),
        Figure("instances built by registering and listing them", built, 0),
    ]


def hooks() -> Figure:
    """The handlers are given what the system's own events carry: a few keywords."""
    bus = HookBus()
    heard: list[int] = []
    functions: list[Callable[..., None]] = [lambda plugin, run_id: heard.append(run_id) for _ in range(10)]  # noqa: ARG005
    for function in functions:
        bus.on("cost_entry_received", function)

    def direct() -> None:
        for function in functions:
            function(plugin="focus-files", run_id=1)

    def fired() -> None:
        bus.trigger("cost_entry_received", plugin="focus-files", run_id=1)

    fired()
    assert len(heard) == 10, "every handler was called"
    with_bus, without = interleaved([partial(seconds_of, fired, 100), partial(seconds_of, direct, 100)], rounds=101)
    return Figure(
        "a hook with 10 handlers, over calling the ten functions",
        (with_bus - without) * MICRO,
        40,
        "us",
        strict=True,
        detail=f"{with_bus * MICRO:.1f} us - {without * MICRO:.1f} us = {with_bus / without:.1f}x",
    )


if __name__ == "__main__":
    sys.exit(report([import_time(), *listing(), hooks()]))
