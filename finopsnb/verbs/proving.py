"""``session.reconcile``: which source is meant, what it says of itself, and what the store accounts for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from finopsnb.errors import FinopsError, PluginNotFound, PluginOutputError
from finopsnb.plugins.base import PluginType
from finopsnb.plugins.registry import PluginRegistry
from finopsnb.plugins.telemetry import KEYS, TelemetryPlugin
from finopsnb.verbs import plugin_types, readings
from finopsnb.verbs.invoices import invoices_of
from finopsnb.verbs.reconciling import reconciled
from finopsnb.verbs.runs import looking

if TYPE_CHECKING:
    import pyarrow as pa

    from finopsnb.store import Store

__all__ = ["differing_rows", "reconcile"]

_CONTROL = (*KEYS, "measure", "total", "residue", "rows", "unreadable")


def reconcile(store: Store, registry: PluginRegistry, subject: str | int, invoices: Any) -> pa.Table:
    """What the source of a loaded plugin, or of a run, adds up to, against what is stored; see :mod:`finopsnb.verbs.reconciling`."""
    plugin = _plugin_of(store, registry, subject)
    asked = invoices_of(invoices)
    newest = _newest(store, plugin)
    with looking(store, registry, plugin.name):
        control = _checked(plugin, plugin.control_totals())
        accounted = store.accounted(plugin.name, plugin.source, plugin.replaces == "periods")
        changed = bool(plugin.changes(newest["started_at"]))
    return reconciled(control, accounted, asked, newest=newest["run_id"], changed=changed)


def differing_rows(store: Store, registry: PluginRegistry, subject: str | int) -> pa.Table:
    """The rows in which the source, converted anew, and what is stored of it differ; at most 1000."""
    plugin = _plugin_of(store, registry, subject)
    _newest(store, plugin)
    with looking(store, registry, plugin.name) as look:
        return store.differing(plugin_types.collect_again(look), plugin=plugin.name, source=plugin.source, row_key=plugin.row_key)


def _plugin_of(store: Store, registry: PluginRegistry, subject: str | int) -> Any:
    """The loaded plugin that can read the source again."""
    if isinstance(subject, str):
        plugin: Any = registry.loaded(subject)
    else:
        plugin = _of_run(registry, readings.run(store, int(subject)))
    if plugin.plugin_type is not PluginType.TELEMETRY:
        hint = "session.runs() shows what was collected"
        raise FinopsError(f"{plugin.name} collects nothing, so there is nothing to reconcile.", hint=hint)
    if not _can(plugin):
        _refuse(plugin, registry)
    return plugin


def _of_run(registry: PluginRegistry, run: dict[str, Any]) -> Any:
    name, source = run["plugin"], run["source"]
    try:
        plugin: Any = registry.loaded(name)
    except PluginNotFound as error:
        why = "A run is reconciled with its source, which only its plugin can read."
        raise FinopsError(f"Run {run['run_id']} was made by {name}, which is not loaded.", why=why, hint=error.hint) from error
    if run["verb"] == "collect" and plugin.source != source:
        raise FinopsError(
            f"Run {run['run_id']} collected {source}, and {name} is loaded for {plugin.source}.",
            hint=f'session.load("{name}", path="{source}"), then session.reconcile({run["run_id"]})',
        )
    return plugin


def _can(plugin: Any) -> bool:
    return type(plugin).control_totals is not TelemetryPlugin.control_totals


def _refuse(plugin: Any, registry: PluginRegistry) -> None:
    loaded = [record.instance for record in registry.records() if record.instance is not None]
    able = sorted(one.name for one in loaded if isinstance(one, TelemetryPlugin) and _can(one))
    try:
        plugin.control_totals()
    except FinopsError as error:
        if able:
            error.why = f"{error.why} Of the loaded plugins {', '.join(able)} can."
        raise


def _newest(store: Store, plugin: Any) -> dict[str, Any]:
    """The newest successful collection of the plugin's source."""
    found = readings.collections(store, plugin.name, plugin.source)
    if not found:
        why = f"Nothing is stored of {plugin.source}."
        raise FinopsError(f"{plugin.name} has not collected yet.", why=why, hint=f'session.collect("{plugin.name}")')
    newest = found[-1]
    if not newest["has_totals"]:
        raise FinopsError(
            f"{plugin.name} was collected by an earlier finopsnb, which did not keep what a run set aside.",
            hint=f'session.collect("{plugin.name}"), then reconcile',
        )
    return newest


def _checked(plugin: Any, control: Any) -> pa.Table:
    names: Iterable[str] = getattr(control, "column_names", ())
    if missing := [name for name in _CONTROL if name not in names]:
        raise PluginOutputError(
            f"{plugin.name}.control_totals() has no column {', '.join(missing)}.",
            why=f"It returns an Arrow table with {', '.join(_CONTROL)}.",
            hint="finopsnb.plugins.exports.totals.summed(tables)",
            plugin=plugin.name,
            phase="run",
        )
    table: pa.Table = control
    return table
