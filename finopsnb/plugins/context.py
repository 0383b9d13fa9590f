"""What a plugin may reach while it works: the tables, its own state, a logger, and the hook bus."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from finopsnb.errors import StoreClosed
from finopsnb.plugins.hooks import HookBus, HookResult, default_bus
from finopsnb.plugins.secrets import MaskingFilter

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

__all__ = ["PluginContext", "Tables"]


class Tables(Protocol):
    """Read access to a session's tables, and the small state that a plugin keeps between runs."""

    def table(self, name: str) -> ir.Table:
        """A stored table (``costs``, ``runs``, ...) as an Ibis expression."""

    def execute(self, expression: ir.Expr) -> pa.Table:
        """Run an expression in the engine and read its result."""

    def get_state(self, plugin: str, key: str) -> Any:
        """The value kept under ``key``, or None."""

    def set_state(self, plugin: str, key: str, value: Any) -> None:
        """Keep a JSON-able value under ``key``."""


class _NoTables:
    """Stands in where a plugin was loaded without a session."""

    def _refuse(self, *_: Any) -> Any:
        raise StoreClosed(
            "The plugin has no session, so there are no tables to read.",
            why="It was loaded through the registry alone.",
            hint='session = finopsnb.open("finops.duckdb"); session.load(NAME)',
        )

    table = execute = get_state = set_state = _refuse


@dataclass
class PluginContext:
    """Given to a plugin as ``self.context``; ``run_id`` is None outside a run."""

    plugin: str
    tables: Tables = field(default_factory=_NoTables, repr=False)
    hooks: HookBus = field(default=default_bus, repr=False)
    run_id: int | None = None
    #: runs a plugin by its name, as the session does
    runner: Callable[..., Any] | None = field(default=None, repr=False)
    #: writes messages of a plugin into the outbox of the session
    poster: Callable[..., int] | None = field(default=None, repr=False)
    #: what the plugin said of this run, and what it wants to know in the next one
    noticed: list[dict[str, Any]] = field(default_factory=list, repr=False)
    remembered: dict[str, Any] = field(default_factory=dict, repr=False)
    #: events that wait until what the run found is stored
    announced: list[tuple[str, dict[str, Any]]] = field(default_factory=list, repr=False)
    #: what an integration plugin changed on the other side, a row of ``syncs`` each
    exchanged: list[dict[str, Any]] = field(default_factory=list, repr=False)
    #: what it learned of the decisions of people
    decided: list[dict[str, str]] = field(default_factory=list, repr=False)

    @property
    def is_cut_off(self) -> bool:
        """Whether the session that the plugin serves is closed."""
        return bool(getattr(self.tables, "closed", False))

    @property
    def logger(self) -> logging.Logger:
        """The plugin's own logger, ``finopsnb.plugin.<name>``; it writes no value of a secret."""
        logger = logging.getLogger(f"finopsnb.plugin.{self.plugin}")
        if not any(isinstance(known, MaskingFilter) for known in logger.filters):
            logger.addFilter(MaskingFilter())
        return logger

    def table(self, name: str) -> ir.Table:
        """A stored table as an Ibis expression; raises UnknownTable."""
        return self.tables.table(name)

    def execute(self, expression: ir.Expr) -> pa.Table:
        """Run an Ibis expression in the engine; aggregate there, and read only what you need."""
        return self.tables.execute(expression)

    def get_state(self, key: str, default: Any = None) -> Any:
        """What this plugin kept under ``key`` in an earlier run."""
        value = self.tables.get_state(self.plugin, key)
        return default if value is None else value

    def set_state(self, key: str, value: Any) -> None:
        """Keep a JSON-able value for later runs, at once."""
        self.tables.set_state(self.plugin, key, value)

    def remember(self, key: str, value: Any) -> None:
        """Keep a JSON-able value if and when the rows of this run are stored; of what is collected or received in the same transaction."""
        self.remembered[key] = value

    def report(self, rule: str, column: str = "", message: str = "", *, rows: int = 0, example: str = "", severity: str = "info") -> None:
        """Add a finding to this run: what a reader of its rows, its chart or its exchange has to know, as that list prices are missing.

        ``severity`` is info, warning or error; the same rule and column said again adds up its rows. It is kept with the end of the run,
        whatever type the plugin is of, for ``session.findings(run_id)``; a run that fails keeps none.
        """
        self.noticed.append({"rule": rule, "column": column, "rows": rows, "example": example, "severity": severity, "message": message})

    def synced(
        self,
        target: str,
        *,
        rows: int | None = None,
        inserted: int | None = None,
        updated: int | None = None,
        unchanged: int | None = None,
        detail: str = "",
    ) -> None:
        """Tell what this exchange did to ``target`` (a file, a table, a project), for ``syncs``; say it once for each target.

        ``detail`` is shown to people; it holds no secret.
        """
        counts = {"rows": rows, "inserted": inserted, "updated": updated, "unchanged": unchanged}
        self.exchanged.append({"target": target, **counts, "detail": detail})

    def decide(
        self, table: str, plugin: str, finding: str, *, status: str = "", reason: str = "", assignee: str = "", ticket: str = ""
    ) -> None:
        """Tell what people decided elsewhere of a finding in ``recommendations`` or ``violations``, when something is received.

        ``status`` is accepted, dismissed, implemented or open, or nothing where nothing new was decided; who has it and the name of its
        ticket are kept in any case. It is written with the end of the run.
        """
        told = {"table": table, "plugin": plugin, "finding": finding, "status": status, "reason": reason}
        self.decided.append({**told, "assignee": assignee, "ticket": ticket})

    def run(self, **options: Any) -> Any:
        """Run this plugin by the verb of its type, as ``session.run`` does: for hooks, that have something to look at again.

        Not from ``run_started`` or ``run_finished``, which the new run would fire again. Raises StoreClosed without a session.
        """
        if self.runner is None:
            raise StoreClosed("The plugin has no session to run in.", hint="session.load(NAME)")
        return self.runner(self.plugin, **options)

    def post(self, messages: Sequence[Mapping[str, Any]], *, hours: float = 24) -> int:
        """Write messages for the channel of this notification plugin into the outbox, from where they are sent; how many.

        Each has a ``message``, and may have ``event`` and ``finding`` (what it is known by: the same one is not written again within
        ``hours``), ``title``, ``priority``, ``metadata`` (a dict), ``owner``, ``money`` with ``BillingCurrency``, and ``digest`` (messages
        with the same one go out together). A read-only session writes none. Raises StoreClosed without a session.
        """
        if self.poster is None:
            raise StoreClosed("The plugin has no session whose outbox it could write to.", hint="session.load(NAME)")
        return self.poster(self.plugin, messages, hours)

    def emit(self, event: str, /, **payload: Any) -> list[HookResult]:
        """Fire an event on the hook bus, now."""
        return self.hooks.trigger(event, **payload)

    def announce(self, event: str, /, **payload: Any) -> None:
        """Fire an event when the rows of this run are stored, so that whoever hears of them finds them; never if the run fails."""
        if self.run_id is None:
            self.hooks.trigger(event, **payload)
        else:
            self.announced.append((event, payload))
