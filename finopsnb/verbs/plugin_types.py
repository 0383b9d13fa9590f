"""How each of the seven types works: what it is given, what it may return, and which table that becomes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from finopsnb.errors import FinopsError, PluginOutputError, nearest
from finopsnb.plugins import tabular
from finopsnb.plugins.base import PluginBase, PluginType
from finopsnb.verbs.readings import result_columns
from finopsnb.verbs.shapes import SHAPES, conform
from finopsnb.verbs.watching import watched

if TYPE_CHECKING:
    import pyarrow as pa

    from finopsnb.focus import Finding
    from finopsnb.store import Batch, Ingested, Store
    from finopsnb.verbs.runs import Run

__all__ = ["Found", "accepted", "boolean", "collect", "collect_again", "draw", "find", "preview", "reported"]


@dataclass(frozen=True)
class Found:
    """What listeners are told of a run: all of its rows, or only those that are new or came back, by the column that identifies them."""

    opened: tuple[str, ...] | None = None
    identity: str = ""

    def news(self, rows: pa.Table) -> pa.Table:
        """Of the rows of the run those that are news."""
        if self.opened is None:
            return rows
        import pyarrow as pa
        import pyarrow.compute as pc

        return rows.filter(pc.is_in(rows.column(self.identity), pa.array(self.opened, pa.string())))


def collect(store: Store, run: Run, on_progress: Callable[[int], None]) -> Ingested:
    """Run a telemetry plugin and store its rows, chunk by chunk."""
    plugin: Any = run.plugin
    output = plugin.collect_telemetry(**accepted(plugin.collect_telemetry, run.options, plugin))
    return store.ingest(
        run.run_id,
        watched(_batches(output, run)),
        plugin=plugin.name,
        source=plugin.source,
        row_key=plugin.row_key,
        on_progress=on_progress,
        noticed=lambda: reported(run),
        remembered=lambda: run.context.remembered,
        whole_periods=plugin.replaces == "periods",
    )


def collect_again(run: Run) -> Iterator[Batch]:
    """The rows of the whole source as a collection would store them now."""
    plugin: Any = run.plugin
    full = {"full": True} if "full" in inspect.signature(plugin.collect_telemetry).parameters else {}
    return _batches(plugin.collect_telemetry(**full), run)


def find(store: Store, run: Run) -> Found:
    """Run an attribution, recommendation or policy plugin and store what it found."""
    plugin: Any = run.plugin
    shape = SHAPES[plugin.plugin_type.value]
    output = _FINDERS[plugin.plugin_type.value](store, run)
    if tabular.is_expression(output):
        output = store.execute(output)
    table = conform(output, shape, result_columns(store, shape.table), plugin.name)
    if shape.table == "violations":
        return Found(store.keep_violations(run.run_id, table, reported(run)).opened, shape.identity)
    if shape.table == "recommendations":
        return Found(store.keep_recommendations(run.run_id, table, reported(run)).opened, shape.identity)
    store.write(run.run_id, shape.table, table, noticed=reported(run))
    return Found()


def draw(run: Run) -> Any:
    """Run a dashboard plugin; the chart is checked by what it can do, so that Altair need not be imported here."""
    plugin: Any = run.plugin
    chart = plugin.render(**accepted(plugin.render, run.options, plugin))
    if not callable(getattr(chart, "to_dict", None)):
        raise PluginOutputError(
            f"{plugin.name} drew {_article(chart)} and not a chart.",
            why="A dashboard returns an altair.Chart or a composition of charts.",
            plugin=plugin.name,
            phase="run",
        )
    return chart


def preview(plugin: Any, message: str, priority: str, metadata: dict[str, Any] | None) -> dict[str, Any]:
    """What a notification plugin would send."""
    if plugin.plugin_type is not PluginType.NOTIFICATION:
        raise FinopsError(f"{plugin.name} is no notification plugin, and sends no messages.", hint="%finops plugins --type notification")
    told: dict[str, Any] = plugin.preview_notification(message, priority, metadata)
    return told


def reported(run: Run) -> list[Finding]:
    """What the plugin reported of its run; it is kept with the end of the run, whatever type it is of."""
    from finopsnb.focus import Finding, merge

    return merge(Finding(action="kept", **said) for said in run.context.noticed)


def accepted(method: Callable[..., Any], options: dict[str, Any], plugin: PluginBase, given: int = 0) -> dict[str, Any]:
    """``options`` when ``method`` takes them all; FinopsError with the near name otherwise, so that none is ignored.

    The first ``given`` parameters are passed by place, and are no options.
    """
    parameters = list(inspect.signature(method).parameters.values())[given:]
    if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters):
        return options
    names = [p.name for p in parameters if p.kind is not inspect.Parameter.VAR_POSITIONAL]
    for option in options:
        if option not in names:
            near = nearest(option, names)
            raise FinopsError(
                f"{plugin.name} has no option {option}.",
                why=f"It takes {', '.join(names)}." if names else "It takes no options when it runs.",
                hint=f"{near}=..." if near else f"%finops info {plugin.name}",
            )
    return options


def _batches(output: Any, run: Run) -> Iterator[Batch]:
    """The output as chunks; each goes through ``post_collect_metrics`` before it is stored."""
    from finopsnb.store import Batch

    hooks, plugin = run.context.hooks, run.plugin.name
    for part, data in _parts(output):
        if part is not None:  # a part without rows is one, too: what was stored of it goes
            yield Batch(tabular.no_rows(), part)
        for table in tabular.chunks(data) if data is not None else ():
            piped = hooks.pipe("post_collect_metrics", table, plugin=plugin, run_id=run.run_id)
            ready = piped is table and tabular.is_ready(data)
            yield Batch(tabular.to_arrow(piped, what="what a post_collect_metrics handler returned"), part, ready)


def _parts(output: Any) -> Iterator[tuple[str | None, Any]]:
    """A generator may yield ``(part, table)``, tables, or rows; anything else is one part."""
    if not isinstance(output, Iterator):
        yield None, output
        return
    for first in output:
        if _is_named(first):
            yield first
            yield from (item if _is_named(item) else (None, item) for item in output)
        else:
            yield None, chain([first], output)


def _is_named(item: Any) -> bool:
    return isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str)


def _attribute(store: Store, run: Run) -> Any:
    plugin: Any = run.plugin
    return plugin.attribute(store.table("costs"), run.context, **accepted(plugin.attribute, run.options, plugin, given=2))


def _recommend(_: Store, run: Run) -> Any:
    plugin: Any = run.plugin
    return plugin.generate_recommendations(**accepted(plugin.generate_recommendations, run.options, plugin))


def _evaluate(store: Store, run: Run) -> Any:
    plugin: Any = run.plugin
    from finopsnb.analysis.resources import resources

    return plugin.evaluate(resources(store.table("costs")), run.context, **accepted(plugin.evaluate, run.options, plugin, given=2))


_FINDERS = {"attribution": _attribute, "recommendation": _recommend, "policy": _evaluate}


def boolean(answer: Any, plugin: PluginBase, method: str) -> bool:
    """The answer of a method that says True or False; raises PluginOutputError for anything else."""
    if isinstance(answer, bool):
        return answer
    raise PluginOutputError(f"{plugin.name}.{method}() returned {_article(answer)} and not True or False.", plugin=plugin.name, phase="run")


def _article(value: Any) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"
