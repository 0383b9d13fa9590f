"""The session: one DuckDB file, the plugins, and the verbs that bring them together.

    session = finopsnb.open("finops.duckdb")
    session.load("focus-files", path="exports/*.csv")
    costs = session.collect("focus-files")
    session.render("cost-overview")

``finopsnb.session()`` is the session that was opened last and not closed. The magics, the panels and the shell command
are faces of this object and hold no logic of their own.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any

import finopsnb
from finopsnb.errors import FinopsError, StoreClosed
from finopsnb.frames import Frames, checked_answer, checked_kind, to_frame
from finopsnb.plugins import sheets, tabular
from finopsnb.plugins.base import PluginBase, PluginType
from finopsnb.plugins.context import PluginContext
from finopsnb.plugins.hooks import HookBus, describe_error
from finopsnb.plugins.manager import PluginManager
from finopsnb.plugins.registry import PluginRegistry
from finopsnb.plugins.secrets import masker
from finopsnb.verbs import (
    allocations,
    announcing,
    budgeting,
    composing,
    converting,
    deciding,
    examining,
    insights,
    outlook,
    plugin_types,
    proving,
    querying,
    readings,
    syncing,
    watching,
)
from finopsnb.verbs.jobs import COLUMNS as JOB_COLUMNS
from finopsnb.verbs.jobs import Job, Jobs
from finopsnb.verbs.outbox import Outbox
from finopsnb.verbs.runs import Run, running
from finopsnb.verbs.shapes import SHAPES

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from finopsnb.charts import Dashboards, Explorer
    from finopsnb.store import Store

__all__ = ["Session", "current", "open"]


class Session:
    """Plugins and data in one place; make one with :func:`finopsnb.open`.

    Every verb that returns a table returns a DataFrame of the session's kind (``frames``), or of the kind that the
    call asks for. Money is in the currency of the row's BillingCurrency; times are UTC.
    """

    def __init__(self, store: Store, plugins: PluginManager, frames: Frames = "pandas") -> None:
        self._store = store
        self.plugins = plugins
        self.frames: Frames = frames
        self._writing = threading.RLock()
        self._outbox = Outbox(store, plugins.registry)
        self._jobs = Jobs()
        self._when_closed: list[Callable[[], None]] = []
        plugins.context_for = self._context

    # plugins

    @property
    def hooks(self) -> HookBus:
        """The hook bus: ``session.hooks.on(event, handler)``, ``session.hooks.explain(event)``."""
        return self.plugins.registry.hooks

    def load(self, name: str, config: Mapping[str, Any] | None = None, **settings: Any) -> PluginBase:
        """Load a plugin with its settings by keyword or as ``config``; returns it. Loading again reloads on new settings.

        A plugin serves the session that loaded it last, and when that is closed the one that is open.
        """
        given = {**(config or {}), **settings}
        if given:
            self._jobs.refuse_busy(name)
        plugin = self.plugins.load(name, given or None)
        if plugin.plugin_type is PluginType.NOTIFICATION and not (self._store.closed or self._store.read_only):
            announcing.tell_again(self._store, self.hooks)
        return plugin

    def unload(self, name: str) -> None:
        """Shut a plugin down; it stays registered and can be loaded again."""
        self._jobs.refuse_busy(name)
        self.plugins.unload(name)

    def reload(self, name: str, config: Mapping[str, Any] | None = None, **settings: Any) -> PluginBase:
        """Run a plugin's code anew, with the old settings and those given; a failure keeps the old instance serving."""
        self._jobs.refuse_busy(name)
        given = {**(config or {}), **settings}
        record = self.plugins.registry.record(name)
        return self.plugins.reload(name, {**(record.config or {}), **given} if given else None)

    def health(self) -> Any:
        """How each loaded plugin is: plugin, version, state, healthy, error, uptime_seconds."""
        checks = self.plugins.health_check().values()
        keys = ("plugin", "version", "state", "healthy", "error", "uptime_seconds")
        return self._rows([{key: check.get(key) for key in keys} for check in checks], keys)

    # the verbs of the seven types

    def collect(self, *names: str, frames: str | None = None, background: bool = False, **options: Any) -> Any:
        """Run telemetry plugins (every loaded one when none is named); returns what is stored of their sources now.

        What did not change since the last collection is not read again, and is in the answer all the same: a cell that is
        run twice gives the same rows twice. ``frames="none"`` returns None, for sources of many millions of rows. A
        collection replaces what the same plugin and source stored before: of the files that it read, of the days that an
        API was asked for, or, of other plugins, for the same billing periods; so collecting again changes nothing. Rows
        that cannot be read are kept in the table ``quarantine`` with their reason; rows in = stored + quarantined +
        duplicates, and the counts are on the run. ``options`` reach the plugin
        (``since``, ``until``, ``full`` where it takes them). Raises what the plugin or its source raises; a failed or
        interrupted collection stores nothing.

        With ``background`` it returns a :class:`Job` at once: ``job.wait()`` gives the answer, ``job.cancel()`` stops it, and
        nothing of it is stored then. Where nobody is at the notebook (nbclient, papermill, a script) the job has ended already.
        """
        chosen = names or tuple(p.name for p in self.plugins.get_by_type(PluginType.TELEMETRY))
        if not chosen:
            raise FinopsError("No telemetry plugin is loaded.", hint='session.load("focus-files", path="exports/*.csv")')
        checked_answer(frames)
        if background:
            for name in chosen:
                self._check_type(name, PluginType.TELEMETRY)
                self.plugins.registry.loaded(name)
            work = functools.partial(self._collect_all, chosen, options)
            return self._jobs.start(f"collect {', '.join(chosen)}", chosen, work, functools.partial(self._collected, frames=frames))
        return self._collected(self._collect_all(chosen, options), frames)

    def jobs(self, *, frames: str | None = None) -> Any:
        """What runs in the background, and what ended lately: job, what, state, rows, batches, bytes, seconds, said (the last line)."""
        return self._rows([job.as_row() for job in self._jobs.all()], JOB_COLUMNS, frames)

    def job(self, number: int) -> Job:
        """One of the jobs, to ``wait()`` for or to ``cancel()``. Raises FinopsError for a number that none has."""
        return self._jobs.job(number)

    def attribute(self, name: str, *, frames: str | None = None, **options: Any) -> Any:
        """Run an attribution plugin over ``costs``; returns its ``allocations`` (None with ``frames="none"``)."""
        return self._find(name, PluginType.ATTRIBUTION, "allocation_computed", options, frames)

    def recommend(self, name: str, *, frames: str | None = None, **options: Any) -> Any:
        """Run a recommendation plugin; returns the ``recommendations`` that it found (None with ``frames="none"``).

        One that was found before keeps its created_at and what people decided of it; one that is open and found no more becomes
        resolved and stays in the table; one that returns is open again. ``recommendation_generated`` fires for those that are new or
        returned.
        """
        return self._find(name, PluginType.RECOMMENDATION, "recommendation_generated", options, frames)

    def accept(self, ids: str | Sequence[str], *, frames: str | None = None) -> Any:
        """Say of recommendations (a recommendation_id or several) that they will be done; returns them. Raises FinopsError."""
        with self._writing:
            return self._frame(deciding.decide(self._open_store, ids, "accepted"), frames)

    def dismiss(self, ids: str | Sequence[str], reason: str = "", *, frames: str | None = None) -> Any:
        """Say of recommendations that they will not be done, and why; returns them. Raises FinopsError without a ``reason``."""
        with self._writing:
            return self._frame(deciding.decide(self._open_store, ids, "dismissed", reason), frames)

    def implement(self, ids: str | Sequence[str], on: date | str | None = None, *, frames: str | None = None) -> Any:
        """Say of recommendations that they were done, ``on`` a day (from its beginning in UTC) or now; returns them.

        From seven complete days on ``savings`` tells what that saved. Raises FinopsError.
        """
        with self._writing:
            return self._frame(deciding.implement(self._open_store, ids, on), frames)

    def reopen(self, ids: str | Sequence[str], *, frames: str | None = None) -> Any:
        """Take back what was decided of recommendations: they are open; returns them. Raises FinopsError."""
        with self._writing:
            return self._frame(deciding.decide(self._open_store, ids, "open"), frames)

    def savings(self, *, frames: str | None = None) -> Any:
        """Every recommendation with its saving a month, what of it counts, and what it has saved since it was implemented.

        ``counted_saving`` can be added up by BillingCurrency: of several on one resource only the largest counts, beside one that is
        implemented what it saves beyond that, a commitment on what the others leave of its cost. ``realised_saving`` is, of an
        implemented one, the mean EffectiveCost of its resource a day in the 30 complete days before, minus that since, times the days
        since; ``realised_monthly`` that of a month. Both are null until seven complete days have passed, and ``realised_note`` says
        why.
        """
        return self._frame(deciding.savings(self._open_store), frames)

    def evaluate(self, name: str, *, frames: str | None = None, **options: Any) -> Any:
        """Run a policy plugin over the resources in ``costs``; returns the ``violations`` that are open now (None with ``frames="none"``).

        One that was found before keeps its first_seen; one that is found no more becomes resolved and stays in the table; one
        that returns is open again. ``policy_violated`` fires for those that are new or returned.
        """
        return self._find(name, PluginType.POLICY, "policy_violated", options, frames)

    def render(self, name: str, **options: Any) -> Any:
        """Draw a dashboard; returns the Altair chart. A dashboard that is not loaded yet is loaded with its defaults.

        What the recommendation plugin ``commitments`` finds is drawn by ``commitments-overview``, for a name is one plugin's; by the
        name of the one the other is found too.
        """
        name = self._dashboard(name)
        if self.plugins.get(name) is None:
            self.load(name)
        with self._run(name, PluginType.DASHBOARD, "render", options) as run:
            chart = plugin_types.draw(run)
            if run.run_id:
                self._store.finish_run(run.run_id, noticed=plugin_types.reported(run))
        self.hooks.trigger("dashboard_render", plugin=name, chart=chart)
        return chart

    def dashboard(
        self, dashboards: composing.Given, start: date | str | None = None, end: date | str | None = None, **options: Any
    ) -> Dashboards:
        """Draw dashboards together: ``session.dashboard(["cost-overview", "anomalies"], start="2026-01-01")``.

        Each stands under its heading and has its words and figures with it; what comes back can be shown, saved (``.save(path)``) and
        put into a report. Days (``start`` counts, ``end`` does not) and ``options`` are handed to those that take them; options of one
        alone come as ``{"cost-overview": {"by": "region"}}``. One that cannot be drawn says so in its place. Raises FinopsError for a
        name or an option that there is not, and where none can be drawn.
        """
        given = {self._dashboard(name): own for name, own in composing.given_of(dashboards).items()}
        for name in given:
            self._check_type(name, PluginType.DASHBOARD)
        return composing.compose(self.plugins.registry, self.render, given, {**composing.dated(start, end), **options})

    def explore(self, name: str, start: date | str | None = None, end: date | str | None = None, **options: Any) -> Explorer:
        """A dashboard whose days can be changed: by its controls, or by a drag where the chart has weeks or months and days are needed.

        What is drawn anew is asked of the engine; a drag over days is answered in the browser. Needs ``pip install "finopsnb[live]"``
        where somebody sits before the notebook; elsewhere (nbclient, papermill) it is the chart. Raises FinopsError for a dashboard that
        takes no days.
        """
        name = self._dashboard(name)
        self._check_type(name, PluginType.DASHBOARD)
        return composing.explore(self.plugins.registry, self.render, name, composing.dated(start, end), options)

    def notify(
        self, name: str, message: str, priority: str = "normal", metadata: dict[str, Any] | None = None, *, dry_run: bool = False
    ) -> Any:
        """Send a message through a notification plugin now; True when the channel took it, False when it refused or is busy.

        It is written into ``outbox`` first, and what a busy channel did not take is tried again from there. What was delivered is
        kept in ``notifications``. ``dry_run`` sends and writes nothing, and returns what would be sent. Raises DeliveryError and
        OutboundRefused where trying again does not help.
        """
        if dry_run:
            return masker.mask_value(plugin_types.preview(self.plugins.registry.loaded(name), message, priority, metadata))
        with self._run(name, PluginType.NOTIFICATION, "notify", {}) as run:
            sent = self._outbox.notify(run, message, priority, metadata)
            self._store.finish_run(run.run_id, noticed=plugin_types.reported(run), rows_in=1, rows_stored=1)
        return sent

    def outbox(
        self,
        status: str | None = None,
        *,
        retry: int | str | Sequence[int | str] = (),
        drop: int | str | Sequence[int | str] = (),
        frames: str | None = None,
    ) -> Any:
        """Messages and what became of them: all, or those that are pending, sending, sent, failed, given_up, uncertain or dry_run.

        ``retry`` sends some again, ``drop`` gives them up; each is a number (outbox_id), several, or a status. Raises FinopsError.
        """
        if retry or retry == 0:
            self._outbox.retry(retry)
        if drop or drop == 0:
            self._outbox.drop(drop)
        return self._frame(self._outbox.rows(status), frames)

    def deliver(self, wait: bool = True, *, frames: str | None = None) -> Any:
        """Send what is due for the loaded notification plugins, a message a second each; returns the messages that were open before.

        What failed waits until it is due again. With ``wait=False`` it is done in the background. Messages are sent by themselves as they
        come: this waits for them. Raises DeliveryError in a read-only session.
        """
        return self._frame(self._outbox.deliver(wait), frames)

    def sync(
        self, name: str, direction: str = "send", data: Any = None, *, table: str = "", frames: str | None = None, **options: Any
    ) -> Any:
        """Send something through an integration plugin, or receive tables; kept in ``syncs`` with what changed on the other side.

        ``data`` is the name of a table or dashboard, a query (``"select ..."``), an Ibis expression, a chart, or any table; the table
        ``table``, or what the plugin sends unasked (recommendations), unless it is given. Beside ``data``, ``table`` is what it is
        called on the other side.

        What is received becomes a table that is read by its name, ``session.sql("select * from owners")``; one that the plugin received
        before is replaced whole, and no table of finopsnb ever. ``table`` names what is to come, where the plugin has several to give,
        or what the one is called. ``options`` reach the plugin.

        Returns True or False for ``direction="send"``; for ``"receive"`` a DataFrame of what came, or, of several tables, of their
        names and rows. Raises FinopsError.
        """
        self._check_type(name, PluginType.INTEGRATION)
        exchange = syncing.Exchange(name, direction, data, table, options)
        answer = syncing.sync(self._open_store, self.plugins.registry, exchange, self.render)
        return answer if isinstance(answer, bool) else self._frame(answer, frames)

    def run(self, name: str, *, background: bool = False, **options: Any) -> Any:
        """Run a plugin by the verb of its type; with ``background`` as a job, see :meth:`collect`."""
        kind = self.plugins.registry.record(name).plugin_type
        verb: dict[PluginType | None, Callable[..., Any]] = {
            PluginType.TELEMETRY: self.collect,
            PluginType.ATTRIBUTION: self.attribute,
            PluginType.RECOMMENDATION: self.recommend,
            PluginType.POLICY: self.evaluate,
            PluginType.DASHBOARD: self.render,
            PluginType.NOTIFICATION: self.notify,
            PluginType.INTEGRATION: self.sync,
        }
        work = functools.partial(verb[kind], name, **options)
        if not background:
            return work()
        if kind is PluginType.TELEMETRY:
            return work(background=True)
        self.plugins.registry.loaded(name)
        return self._jobs.start(f"run {name}", [name], work, lambda outcome: outcome)

    def trigger(self, event: str, /, *, frames: str | None = None, **payload: Any) -> Any:
        """Fire an event; returns a row per handler: owner, handler, result, seconds, error."""
        rows = [
            {
                "owner": answer.owner,
                "handler": answer.handler,
                "result": masker.mask(repr(answer.result)),
                "seconds": answer.seconds,
                "error": masker.mask(describe_error(answer.error)) if answer.error else None,
            }
            for answer in self.hooks.trigger(event, **payload)
        ]
        return self._rows(rows, ("owner", "handler", "result", "seconds", "error"), frames)

    # the data

    def sql(
        self,
        query: str,
        params: Sequence[Any] | Mapping[str, Any] | None = None,
        *,
        limit: int | None = None,
        frames: str | None = None,
    ) -> Any:
        """One reading SQL statement over the tables; ``?`` or ``$name`` are bound from ``params``.

        Files, extensions, settings and other databases cannot be reached. Raises QueryRefused.
        """
        return self._frame(self._open_store.query(query, params or (), limit), frames)

    def table(self, name: str) -> ir.Table:
        """A table as an Ibis expression; raises UnknownTable with the near name."""
        return self._open_store.table(name)

    def frame(self, name: str | ir.Table, limit: int | None = None, *, frames: str | None = None) -> Any:
        """A table by its name, or an Ibis expression over tables, or its first ``limit`` rows, as a DataFrame."""
        table = self.table(name) if isinstance(name, str) else name
        return self._frame(self._store.execute(table if limit is None else table.limit(limit)), frames)

    def tables(self, *, frames: str | None = None) -> Any:
        """The tables with their number of rows and what they hold."""
        return self._frame(self._open_store.tables(), frames)

    def describe(self, name: str, *, frames: str | None = None) -> Any:
        """The columns of a table: column, type, and, of a FOCUS column, whether it may be null and its allowed values."""
        return self._rows(_columns(self._open_store.schema(name)), ("column", "type", "nullable", "allowed"), frames)

    def runs(self, *, frames: str | None = None) -> Any:
        """Every run, the newest last: what ran, when, how it ended, rows in, stored, quarantined and duplicate."""
        return self._frame(readings.runs(self._open_store), frames)

    def findings(self, run_id: int | None = None, *, frames: str | None = None) -> Any:
        """What the checks found in a run and its plugin reported, or in what is stored now: rule, column, rows, and the run that says so.

        What is stored of a source of files is of several runs: of each rule and column the newest of them is told. What was attributed,
        recommended, evaluated or received is of the last run of its plugin.
        """
        return self._frame(readings.findings(self._open_store, run_id), frames)

    def quarantine(self, run_id: int | None = None, *, frames: str | None = None) -> Any:
        """The rows that could not be read, with their reason, part, line and raw text: of a run, or of each part the newest."""
        return self._frame(readings.quarantine(self._open_store, run_id), frames)

    def reconcile(self, name_or_run: str | int, invoices: Any = None, *, rows: bool = False, frames: str | None = None) -> Any:
        """The proof that totals match the bill: what the source adds up to, against what was stored of it.

        By BillingAccountId, BillingPeriodStart, BillingCurrency and measure (BilledCost, EffectiveCost), in decimals:
        source_total = rounding + stored_total + quarantined + duplicate + difference. ``source_total`` is read anew from
        the raw amounts to the last digit, apart from the collection; ``rounding`` is what lies beyond 18 decimals. A
        ``difference`` of 0 says that every unit of money in the source is stored, quarantined or a counted duplicate;
        ``status`` is "matches", "differs", "source changed" (since it was collected) or "unreadable amounts" (rows whose
        amount is no number are in no total).

        ``invoices`` maps ``"ACCOUNT:2026-10:USD"`` to the invoice's amount (or is a table with BillingAccountId,
        BillingPeriodStart, BillingCurrency, amount); invoice_difference = invoice_total - source_total. ``rows=True``
        returns instead the rows that differ, at most 1000: those of the source, converted anew, that are not stored, and
        those stored that are not in the source. The plugin must be loaded, a run's too. Raises FinopsError.
        """
        registry = self.plugins.registry
        if rows:
            return self._frame(proving.differing_rows(self._open_store, registry, name_or_run), frames)
        return self._frame(proving.reconcile(self._open_store, registry, name_or_run, invoices), frames)

    def convert(
        self,
        rates: Any = None,
        to: str = "USD",
        columns: Sequence[str] = ("BilledCost", "EffectiveCost"),
        *,
        frames: str | None = None,
    ) -> Any:
        """``costs`` with each of ``columns`` in one currency as well: ``x_BilledCostInUSD`` beside BilledCost.

        ``rates`` has the columns date, from, to and rate (one unit of ``from`` is ``rate`` units of ``to``), as a table of
        any kind or the path of a file; they are kept in ``exchange_rates`` in place of those to the same currencies, and
        used again when no rates are given. A charge takes the latest rate on or before the day (UTC) of its
        ChargePeriodStart; the product is exact, rounded half to even at 18 decimals. Raises FinopsError naming currency and
        days where a rate is missing, and converts nothing then: no rate is inverted, chained or looked up ahead.
        """
        with self._writing:
            return self._frame(converting.convert(self._open_store, rates, to, columns), frames)

    def showback(
        self,
        by: str | Sequence[str] = "owner",
        month: str | date | None = None,
        *,
        grain: str = "billing",
        plugin: str | None = None,
        frames: str | None = None,
    ) -> Any:
        """What each owner cost: period, BillingCurrency, ``by``, amount and share (of the period in that currency).

        ``by`` is a column of ``allocations`` or several (owner, ServiceName, rule, pool, ...), ``month`` ("2025-01") keeps one
        billing month. ``period`` is the first day of the billing period, or, with a ``grain`` of day, week, month, quarter
        or year, of that of the charge. The allocations are those of the attribution plugin that ran last, or of ``plugin``.
        """
        return self._frame(allocations.showback(self._open_store, by, month, grain, plugin), frames)

    def chargeback(self, month: str | date | None = None, *, plugin: str | None = None, frames: str | None = None) -> Any:
        """The bill of each owner: period, BillingCurrency, owner, direct, shared (what came through pools) and total."""
        return self._frame(allocations.chargeback(self._open_store, month, plugin), frames)

    def explain_allocation(
        self, owner: str, month: str | date | None = None, *, plugin: str | None = None, frames: str | None = None
    ) -> Any:
        """How an owner's bill came about: from the total down to the rules and pools, and the services in each.

        Columns: BillingCurrency, level (total, rule, pool, service), parent, label, method, amount and share of the total.
        Each level adds up to the one above it exactly. Raises FinopsError, with the near name, for an owner without any.
        """
        return self._frame(allocations.explain(self._open_store, owner, month, plugin), frames)

    def budgets(self, given: Any = None, *, frames: str | None = None) -> Any:
        """The budgets; ``given`` (TOML text with ``[[budgets]]``, the path of such a file, or a table) takes the place of all.

        Columns: budget, owner, scope (a condition over costs, ``Tags['team'] = 'web'``), period_start, period_end (the first day
        that is not of it), amount, BillingCurrency, thresholds (shares of the amount). Raises FinopsError with everything that is
        wrong in them, and keeps those that there are.
        """
        if given is not None:
            with self._writing:
                budgeting.keep(self._open_store, given)
        return self.frame("budgets", frames=frames)

    def budget_status(self, as_of: date | str | None = None, *, metric: str = "EffectiveCost", frames: str | None = None) -> Any:
        """Each budget at the end of the day ``as_of`` (the last day with usage unless given): actual, forecast, threshold.

        ``actual`` is what allocations give to its owner, or ``metric`` of the charges in its scope, in its BillingCurrency
        (``basis`` tells which); ``burn_rate`` is that per day, ``forecast`` what it comes to at the end of the period by the mean
        of each weekday (of all days before there are two weeks), ``threshold`` the highest one reached, ``state`` within, will be
        over, over, not begun or unknown. Each threshold that is reached fires ``budget_threshold_exceeded`` once.
        """
        with self._writing:
            return self._frame(budgeting.status(self._open_store, self.hooks, as_of, metric), frames)

    def query(self, name: str, /, *, as_sql: bool = False, frames: str | None = None, **parameters: Any) -> Any:
        """The answer to a FOCUS use case by its name, as ``session.query("effective-savings-rate", start="2026-01-01")``.

        Every query takes ``start`` and ``end`` (days or instants in UTC; start counts, end does not), filters (provider,
        billing_account, sub_account, service, region, resource, sku, currency: a value or a list), and parameters of its own.
        ``docs/QUERIES.md`` tells them. Amounts are by currency, rates from 0 to 1. ``as_sql`` returns the DuckDB statement in place
        of the rows. Raises FinopsError with the near name for a query or a parameter that there is not, and for a column that the
        query cannot do without and the data lacks.
        """
        if as_sql:
            return querying.statement(self._open_store, name, parameters)
        return self._frame(querying.answer(self._open_store, name, parameters), frames)

    def queries(self, *, frames: str | None = None) -> Any:
        """Every query: name, title, theme, FOCUS versions, its own parameters, and ``lacking``, what the data lacks for it."""
        return self._frame(querying.library(self._open_store), frames)

    def forecast(
        self,
        horizon: int = 30,
        by: str | Sequence[str] = "service",
        until: date | str | None = None,
        *,
        as_of: date | str | None = None,
        metric: str = "EffectiveCost",
        model: str = "",
        frames: str | None = None,
    ) -> Any:
        """What each day to come costs: forecast, low_80, high_80, low_95 and high_95, by currency, for each series and in total.

        ``by`` is a dimension or several (service, provider, account, region, category, charge, or a column); there is a row per
        ``level`` and day: "total", and each further dimension; the forecasts of a level add up to the one above it exactly.
        It begins after the last day with usage, or after ``as_of``, and goes on for ``horizon`` days, or to the day before
        ``until``. Intervals are as wide as the rolling back-test was off (``session.backtest("forecast")``). ``model="AutoETS"``, or
        any other of statsforecast, needs ``pip install "finopsnb[forecast]"``. Nothing is stored. Raises FinopsError without
        costs, or for a dimension, cost, day or model that is none.
        """
        return self._frame(outlook.forecast(self._open_store, horizon, by, until, as_of, metric, model), frames)

    def backtest(
        self,
        what: str = "forecast",
        by: str | Sequence[str] = "service",
        horizon: int = 30,
        *,
        as_of: date | str | None = None,
        metric: str = "EffectiveCost",
        model: str = "",
        frames: str | None = None,
    ) -> Any:
        """How well ``session.forecast`` would have done from the weeks of the past half year, each knowing only what was before it.

        A row for each series and sum: origins, cost, MASE, WAPE, month_error (of the sum of ``horizon`` days), coverage_80, coverage_95,
        and naive_MASE, naive_WAPE, naive_month_error of the last week again; after a total, the mean of its series. The other
        arguments are those of ``forecast``. Raises FinopsError where the past is too short.
        """
        return self._frame(outlook.backtest(self._open_store, what, by, horizon, as_of, metric, model), frames)

    def insights(self, persona: str | None = None, *, days: int = 28, tag: str = "", owner_tag: str = "", frames: str | None = None) -> Any:
        """What the figures mean for a persona (executive, finance, engineering, product, finops; all unless given): ranked findings.

        Columns: insight_id, kind, title, number, unit, BillingCurrency, before and change (against a comparable period, which ``how``
        names), detail, rank (the money at stake; by currency the largest comes first), personas, chart and query (calls to run), and
        number_of (how the number is read off the query's answer). At most ``days`` complete days are compared with as many before; days
        that have not arrived whole are left out. ``tag`` says which product a charge is for, ``owner_tag`` who owns it; the usual keys
        are looked for. Where there is nothing to say one row says so (kind "nothing"). Raises FinopsError for a persona that is none.
        """
        return self._frame(insights.told(self._open_store, persona, days, tag, owner_tag), frames)

    def export(self, data: Any, path: str | Path, *, raw: bool = False) -> Path:
        """Write a table (by name, or any DataFrame) as a ``.csv``, ``.xlsx``, ``.parquet`` or ``.html`` file; returns its path.

        In CSV and XLSX texts that a spreadsheet would run as a formula get an apostrophe before them, unless ``raw``; numbers stay numbers.
        XLSX needs ``pip install "finopsnb[excel]"``.
        """
        expression = self.table(data) if isinstance(data, str) else data
        table = (
            self._open_store.execute(expression) if tabular.is_expression(expression) else tabular.to_arrow(expression, what="the table")
        )
        return sheets.write_table(table, path, raw=raw)

    def forget(self, run_id: int) -> int:
        """Delete what a run stored; its row stays as "forgotten". Returns the number of rows; raises UnknownRun."""
        with self._writing:
            return self._open_store.forget(readings.run(self._open_store, run_id)["run_id"])

    @property
    def last_run(self) -> dict[str, Any] | None:
        """The newest run as a dict, or None."""
        return readings.last_run(self._open_store)

    @property
    def path(self) -> str:
        """The DuckDB file, or ``:memory:``."""
        return str(self._store.path)

    def report(
        self,
        path: str | Path,
        dashboards: composing.Given | Dashboards | None = None,
        start: date | str | None = None,
        end: date | str | None = None,
        *,
        title: str = "FinOps report",
        **options: Any,
    ) -> Path:
        """Write dashboards (every loaded one, or cost-overview) as one self-contained HTML file; returns its path.

        The page fetches nothing, and shows pictures where scripts do not run. ``dashboards`` are what ``session.dashboard`` takes, or
        what it gave; the other arguments are those of it. One that cannot be drawn says so in its place.
        """
        if dashboards is None:
            dashboards = [p.name for p in self.plugins.get_by_type(PluginType.DASHBOARD)] or ["cost-overview"]
        given: Any = dashboards
        drawn = composing.as_drawn(given) or self.dashboard(given, start, end, **options)
        return drawn.save(path, title=title)

    def doctor(self, *, frames: str | None = None) -> Any:
        """Is everything in order: check, state (good, look, wrong), told, and the hint that mends it. Nothing is fetched or changed.

        Packages and their versions, drawing, the file, costs, plugins that failed, and the last run of each.
        """
        return self._frame(examining.examine(self._open_store, self.plugins.registry), frames)

    def panel(self, tab: str | None = None) -> Any:
        """The panel of this session: plugins, settings, runs, data and hooks by clicking; ``tab`` names the one to turn to."""
        return finopsnb.panel(self, tab)

    def overview(self) -> dict[str, Any]:
        """What a newcomer to this session wants to know: the file, plugins by state, tables, last runs, what to do next."""
        statistics = self.plugins.get_statistics()
        tables = {row["name"]: row["rows"] for row in self._open_store.tables().to_pylist()}
        return {
            "path": self.path,
            "plugins": statistics,
            "tables": tables,
            "last_runs": readings.runs(self._store).to_pylist()[-5:],
            "next": _next_steps(statistics, tables),
        }

    def close(self) -> None:
        """Stop the jobs and close the file; the plugins stay loaded, for the session that is open or the next one. Closing twice is fine.

        Messages that are due are sent for up to three seconds; the rest stays in the outbox until the file is opened again and the
        plugin loaded.
        """
        self._jobs.close()
        while self._when_closed:
            self._when_closed.pop()()
        self._outbox.close()
        self._store.close()
        _forget(self)
        others = [session for session in _sessions if session.plugins.registry is self.plugins.registry]
        if others:
            others[-1].plugins.adopt()

    @property
    def is_open(self) -> bool:
        return not self._store.closed

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "open" if self.is_open else "closed"
        loaded = ", ".join(m.name for m in self.plugins.list_loaded()) or "none"
        return f"<finopsnb Session {self.path} ({state}), plugins loaded: {loaded}>"

    # the parts

    @property
    def _open_store(self) -> Store:
        if self._store.closed:
            raise StoreClosed(f"The session on {self.path} is closed.", hint=f'session = finopsnb.open("{self.path}")')
        return self._store

    def _dashboard(self, name: str) -> str:
        """The dashboard of that name, or the one that draws what the plugin of that name finds."""
        kinds = {record.name: record.plugin_type for record in self.plugins.registry.records()}
        overview = f"{name}-overview"
        drawn = kinds.get(name, PluginType.DASHBOARD) is not PluginType.DASHBOARD and kinds.get(overview) is PluginType.DASHBOARD
        return overview if drawn else name

    def _context(self, name: str) -> PluginContext:
        return PluginContext(plugin=name, tables=self._store, hooks=self.hooks, runner=self.run, poster=self._outbox.post)

    def _run(
        self, name: str, kind: PluginType, verb: str, options: dict[str, Any], source: str | None = None
    ) -> AbstractContextManager[Run]:
        self._check_type(name, kind)
        return running(self._open_store, self.plugins.registry, name, verb, options, source)

    def _check_type(self, name: str, kind: PluginType) -> None:
        known = self.plugins.registry.record(name).plugin_type
        if known is not kind:
            said = known.value if known else "unknown"
            raise FinopsError(
                f"{name} is a plugin of the type {said}, not {kind.value}.",
                hint=f'session.run("{name}") picks the verb',
            )

    def _collect_all(self, names: Sequence[str], options: dict[str, Any]) -> list[int]:
        return [self._collect(name, options) for name in names]

    def _collected(self, runs: Sequence[int], frames: str | None) -> Any:
        if frames == "none":
            return None
        return self._frame(readings.costs_of(self._store, readings.of_same_sources(self._store, runs)), frames)

    def _collect(self, name: str, options: dict[str, Any]) -> int:
        self._check_type(name, PluginType.TELEMETRY)
        plugin: Any = self.plugins.registry.loaded(name)
        given = {key: value for key, value in options.items() if value is not None and value is not False}
        working = self._run(name, PluginType.TELEMETRY, "collect", given, plugin.source)
        with self._writing, working as run, watching.stoppable(self._store):
            self.hooks.trigger("pre_collect_metrics", plugin=name, options=given)
            with watching.progress(f"collecting {name}") as advance:
                stored = plugin_types.collect(self._store, run, advance)
        self._announce("cost_entry_received", run, stored.rows_stored, lambda: readings.costs_of(self._store, [run.run_id], 1000))
        return run.run_id

    def _find(self, name: str, kind: PluginType, event: str, options: dict[str, Any], frames: str | None) -> Any:
        checked_answer(frames)
        table = SHAPES[kind.value].table
        heard = kind in (PluginType.RECOMMENDATION, PluginType.POLICY) and bool(self.hooks.listing(event))
        with self._writing, self._run(name, kind, table, options) as run, watching.stoppable(self._store):
            if heard:
                announcing.owe(self._store, run.run_id, event)
            outcome = plugin_types.find(self._store, run)
        # after what was announced: cut off in between, it is announced again and not lost
        for key, value in run.context.remembered.items():
            self._store.set_state(name, key, value)
        found = readings.rows_of(self._store, table, run.run_id)
        news = outcome.news(found)
        self._announce(event, run, news.num_rows, lambda: news)
        if heard:
            announcing.paid(self._store, run.run_id)
        return None if frames == "none" else self._frame(found, frames)

    def _announce(self, event: str, run: Run, rows: int, table: Callable[[], pa.Table]) -> None:
        """Tell the listeners, if there are any: reading the rows back costs time."""
        if rows and self.hooks.listing(event):
            self.hooks.trigger(event, plugin=run.plugin.name, run_id=run.run_id, rows=rows, table=table())

    def _frame(self, table: pa.Table, frames: str | None) -> Any:
        return to_frame(table, frames or self.frames)

    def _rows(self, rows: Iterable[Mapping[str, Any]], columns: Sequence[str], frames: str | None = None) -> Any:
        import pyarrow as pa

        rows = list(rows)
        return self._frame(pa.table({c: pa.array([row[c] for row in rows]) for c in columns}), frames)


def open(
    path: str | Path = "finops.duckdb",
    read_only: bool = False,
    frames: str = "pandas",
    registry: PluginRegistry | None = None,
) -> Session:
    """Open (or make) a DuckDB file, or ``":memory:"``, as a session; it becomes ``finopsnb.session()``.

    ``read_only`` reads a file that another kernel holds, too, from a copy of it. ``frames`` is the kind of DataFrame
    that results come as: pandas, polars or arrow. ``registry`` is the default one unless given. Raises StoreLocked
    (another process holds the file), StoreTooNew, StoreDamaged.

    >>> with open(":memory:") as session:
    ...     session.sql("select 40 + 2 as answer").answer.item()
    42
    """
    from finopsnb.store import Store

    kind = checked_kind(frames)
    store = Store.open(path, read_only=read_only)
    session = Session(store, PluginManager(registry), kind)
    _sessions.append(session)
    session.plugins.adopt()
    return session


def current() -> Session:
    """The session that was opened last and is still open; raises StoreClosed when there is none."""
    if _sessions:
        return _sessions[-1]
    raise StoreClosed("No session is open.", hint='finopsnb.open("finops.duckdb")')


def _forget(session: Session) -> None:
    if session in _sessions:
        _sessions.remove(session)


#: the open sessions, the default one last
_sessions: list[Session] = []


def _row(values: dict[str, Any]) -> pa.Table:
    import pyarrow as pa

    return pa.Table.from_pylist([values])


def _columns(schema: Mapping[str, str]) -> list[dict[str, Any]]:
    from finopsnb.focus import COLUMNS

    known = {name: COLUMNS.get(name) for name in schema}
    return [
        {
            "column": name,
            "type": kind,
            "nullable": column.nullable if (column := known[name]) else None,
            "allowed": ", ".join(column.allowed_values) if column and column.allowed_values else None,
        }
        for name, kind in schema.items()
    ]


def _next_steps(statistics: Mapping[str, Any], tables: Mapping[str, int]) -> list[str]:
    """The calls that lead on from here."""
    if not statistics["loaded"] and not tables.get("costs"):
        return ["%finops load focus-files path=exports/*.csv", "%finops plugins"]
    if not tables.get("costs"):
        return ["%finops collect"]
    return ["%finops show cost-overview", "%finops findings", "%finops sql select ... from costs"]


class _CallableModule(ModuleType):
    """``finopsnb.session`` is this module and, by its documented name, the call that gives the open session."""

    def __call__(self) -> Session:
        return current()


sys.modules[__name__].__class__ = _CallableModule
