"""``session.sync``: what goes to other tools, and what comes from them and how it is stored."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from finopsnb.errors import FinopsError, PluginOutputError, UnknownTable, nearest
from finopsnb.plugins import tabular
from finopsnb.plugins.base import PluginType
from finopsnb.plugins.secrets import masker
from finopsnb.verbs.plugin_types import accepted, boolean, reported
from finopsnb.verbs.runs import running

if TYPE_CHECKING:
    import pyarrow as pa

    from finopsnb.plugins.registry import PluginRegistry
    from finopsnb.store import Store
    from finopsnb.verbs.runs import Run

__all__ = ["Exchange", "sync"]


@dataclass(frozen=True)
class Exchange:
    """What a call of ``session.sync`` asks for."""

    plugin: str
    direction: str
    data: Any = None
    table: str = ""
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def receives(self) -> bool:
        """Whether something comes; raises FinopsError for a direction that is none."""
        if self.direction not in ("send", "receive"):
            raise FinopsError(f"A sync goes in the direction send or receive, not {self.direction!r}.", hint='direction="receive"')
        return self.direction == "receive"


@dataclass(frozen=True)
class _Load:
    """What is sent, the name that it has on the other side, and whether it is all of a table of the session."""

    data: Any
    name: str
    whole: bool = False


def sync(store: Store, registry: PluginRegistry, asked: Exchange, draw: Callable[[str], Any]) -> bool | pa.Table:
    """Run one exchange of a plugin: True or False of what was sent, or what came. ``draw`` gives the chart of a dashboard by its name."""
    receives = asked.receives
    load = None if receives else _prepared(store, registry, asked, draw)
    with running(store, registry, asked.plugin, asked.direction, asked.options) as run:
        return _receive(store, run, asked.table) if load is None else _send(store, run, load)


def _prepared(store: Store, registry: PluginRegistry, asked: Exchange, draw: Callable[[str], Any]) -> _Load:
    """What is to be sent, and the name that it has: of a table, of a query, of a dashboard, or of what the caller gave.

    The rows of a table or an expression come in the order of their values, so that what is sent twice is the same twice. Raises
    UnknownTable, with the near name, for a text that names nothing.
    """
    unasked = getattr(registry.loaded(asked.plugin), "sends", "recommendations")
    table, data = asked.table, asked.data if asked.data is not None else asked.table or unasked
    if not isinstance(data, str):
        return _Load(store.execute(_ordered(data)) if tabular.is_expression(data) else data, table)
    tables = list(store.tables()["name"].to_pylist())
    if data in tables:
        return _Load(store.execute(_ordered(store.table(data))), table or data, whole=True)
    if len(data.split()) > 1:
        return _Load(store.query(data), table)
    dashboards = [record.name for record in registry.records() if record.plugin_type is PluginType.DASHBOARD]
    if data in dashboards:
        return _Load(draw(data), table or data)
    near = nearest(data, [*tables, *dashboards])
    why = "It is neither a table nor a dashboard nor a query."
    raise UnknownTable(f"There is nothing called {data} to send.", why=why, hint=f'data="{near}"' if near else "session.tables()")


def _send(store: Store, run: Run, load: _Load) -> bool:
    """Have the plugin send; the rows for ``syncs`` are kept with the end of the run. True when the other side has it."""
    plugin: Any = run.plugin
    answer = boolean(plugin.send_data(load.data, **_taken(plugin.send_data, run, load.name, load.whole, given=1)), plugin, "send_data")
    told = {"target": load.name or plugin.name, "rows": getattr(load.data, "num_rows", None)}
    log = _log(run, "send", "sent" if answer else "refused", told)
    store.write(run.run_id, "syncs", log, scope=None, noticed=reported(run))
    return answer


def _receive(store: Store, run: Run, table: str) -> pa.Table:
    """Store what the plugin receives, in place of what it received before by the same names; what came, one after the other."""
    from finopsnb.store import Brought, Decided

    plugin: Any = run.plugin
    received = plugin.receive_data(**_taken(plugin.receive_data, run, table))
    fallback = table or plugin.name.replace("-", "_")
    brought = [Brought(name, rows, _source(run, name)) for name, rows in _named(received, fallback, plugin.name)]
    rows = sum(one.rows.num_rows for one in brought)
    log = _log(run, "receive", "received", {"target": ", ".join(one.name for one in brought) or fallback, "rows": rows})
    decided = [Decided(**{**one, **{key: masker.mask(one[key]) for key in ("reason", "assignee")}}) for one in run.context.decided]
    store.keep_received(run.run_id, brought, log, decided, run.context.remembered, reported(run))
    return brought[0].rows if len(brought) == 1 else _listing(brought)


def _ordered(expression: Any) -> Any:
    """By all columns that have an order, as an engine gives rows of equal tables in any order."""
    if not hasattr(expression, "schema"):
        return expression
    columns = [(expression[name], kind.is_nested()) for name, kind in expression.schema().items()]
    plain = [column for column, nested in columns if not nested]
    return expression.order_by([*plain, *(column.cast("string") for column, nested in columns if nested)])


def _taken(method: Callable[..., Any], run: Run, table: str, whole: bool = False, given: int = 0) -> dict[str, Any]:
    """The options of the call, and for a method that wants to know it the name of the table, and whether it is whole."""
    takes = inspect.signature(method).parameters
    options = dict(run.options)
    if table and "table" in takes:
        options["table"] = table
    if whole and "whole" in takes:
        options.setdefault("whole", True)
    return accepted(method, options, run.plugin, given)


def _named(received: Any, fallback: str, plugin: str) -> Iterator[tuple[str, pa.Table]]:
    """``(name, table)`` of each that came; one without a name, or a dict of values, has the fallback."""
    what = f"what {plugin} received"
    if isinstance(received, Mapping) and not tabular.is_tabular(received):
        received = [received]
    items = list(received) if isinstance(received, Iterator | list | tuple) else None
    if items and all(map(_is_pair, items)):
        names = [name for name, _ in items]
        if len(set(names)) < len(names):
            raise PluginOutputError(f"{what} names two tables {nearest('', names) or names[0]}.", plugin=plugin, phase="run")
        yield from ((name, tabular.to_arrow(rows, what=f"{what} as {name}")) for name, rows in items)
        return
    whole = tabular.to_arrow(items if items is not None else received, what=what)
    if whole.num_columns:
        yield fallback, whole


def _is_pair(item: Any) -> bool:
    return isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str)


def _listing(brought: Sequence[Any]) -> pa.Table:
    """Of several tables, or of none, what each of them is."""
    import pyarrow as pa

    schema = pa.schema({"table": pa.string(), "rows": pa.int64(), "source": pa.string()})
    return pa.Table.from_pylist([{"table": one.name, "rows": one.rows.num_rows, "source": one.source} for one in brought], schema)


def _source(run: Run, name: str) -> str:
    """What the plugin told of where a table is from; it says so under ``detail``."""
    return next((masker.mask(one["detail"]) for one in run.context.exchanged if one["target"] == name), "")


def _log(run: Run, direction: str, status: str, told: Mapping[str, Any]) -> pa.Table:
    """The rows for ``syncs``: what the plugin told of the exchange, or else what can be told without it."""
    import pyarrow as pa

    now = datetime.now(UTC)
    rows = [{**told, **{k: v for k, v in one.items() if v is not None}} for one in run.context.exchanged] or [dict(told)]
    texts = ("target", "detail")
    clean = [{key: masker.mask(value) if key in texts else value for key, value in row.items()} for row in rows]
    return pa.Table.from_pylist([{**_EMPTY, "direction": direction, "status": status, "at": now, **row} for row in clean])


_EMPTY: dict[str, Any] = dict.fromkeys(("direction", "target", "rows", "inserted", "updated", "unchanged", "status", "detail", "at"))
