"""One run of a plugin, from the row that announces it to the row that closes it.

A run row is written before the plugin works, so that a run that was cut off is known afterwards. What the plugin
stores and the closing of its row are one transaction of the store; a run that fails or is cancelled leaves its row
and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from finopsnb.plugins.base import PluginBase
from finopsnb.plugins.context import PluginContext
from finopsnb.plugins.hooks import describe_error
from finopsnb.plugins.records import PluginRecord
from finopsnb.plugins.registry import PluginRegistry
from finopsnb.plugins.secrets import masker
from finopsnb.verbs import readings

if TYPE_CHECKING:
    from finopsnb.store import Store

__all__ = ["Run", "looking", "running"]


@dataclass
class Run:
    """A run under way: its number (0 where a read-only file cannot keep it), the plugin at work and its context."""

    run_id: int
    plugin: PluginBase
    context: PluginContext
    options: dict[str, Any] = field(default_factory=dict)


@contextmanager
def running(
    store: Store, registry: PluginRegistry, name: str, verb: str, options: dict[str, Any], source: str | None = None
) -> Iterator[Run]:
    """Announce, guard and close one run of the loaded plugin ``name``.

    Fires ``run_started``, what the plugin announced, and ``run_finished``. The body stores what the plugin returned (which closes the
    row); when it raises, the row says failed, or cancelled for KeyboardInterrupt, nothing is announced, and the error goes on.
    """
    record, plugin = registry.record(name), registry.loaded(name)
    with record.lock:
        run_id = _begin(store, record, plugin, verb, source)
        registry.hooks.trigger("run_started", run_id=run_id, plugin=name, verb=verb)
        outer = plugin.context
        plugin.context = _fresh(outer, store, registry, name, run_id)
        try:
            with registry.running(name):
                yield Run(run_id, plugin, plugin.context, options)
            for event, payload in plugin.context.announced:
                registry.hooks.trigger(event, **payload)
        except BaseException as error:
            _close(store, run_id, error)
            raise
        finally:
            plugin.context = outer
            registry.hooks.trigger("run_finished", run=readings.run(store, run_id) if run_id else {"plugin": name})


@contextmanager
def looking(store: Store, registry: PluginRegistry, name: str) -> Iterator[Run]:
    """Guard a plugin that only looks at its source: there is no row of it, and what it reports or remembers is not kept."""
    record, plugin = registry.record(name), registry.loaded(name)
    with record.lock:
        outer = plugin.context
        plugin.context = _fresh(outer, store, registry, name, None)
        try:
            with registry.running(name):
                yield Run(0, plugin, plugin.context)
        finally:
            plugin.context = outer


def _fresh(outer: PluginContext, store: Store, registry: PluginRegistry, name: str, run_id: int | None) -> PluginContext:
    lists: dict[str, Any] = {part: [] for part in ("noticed", "announced", "exchanged", "decided")}
    return replace(outer, plugin=name, tables=store, hooks=registry.hooks, run_id=run_id, remembered={}, **lists)


def _begin(store: Store, record: PluginRecord, plugin: PluginBase, verb: str, source: str | None) -> int:
    """Write the row of the run; a file that is only read still shows its dashboards, and keeps no row of them."""
    if store.read_only and verb == "render":
        return 0
    return store.start_run(
        record.name,
        plugin_type=plugin.plugin_type.value if plugin.plugin_type else "",
        verb=verb,
        version=plugin.metadata.version,
        origin=record.origin,
        sha256=record.sha256,
        config=record.describe()["config"],
        source=source or "",
    )


def _close(store: Store, run_id: int, error: BaseException) -> None:
    if not run_id:
        return
    cancelled = isinstance(error, KeyboardInterrupt | GeneratorExit)
    store.fail_run(run_id, "cancelled" if cancelled else "failed", masker.mask(describe_error(error)))
