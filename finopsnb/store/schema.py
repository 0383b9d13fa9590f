# ruff: noqa: S608  names reach SQL through quote() only, and values are bound
"""The tables of a store, as data, and the statements that make them.

    cost_rows ──┐                      one row per charge; Tags as a number into tag_sets
    tag_sets  ──┴─▶ costs (view)       what people read: FOCUS columns, x_ columns, _tag_id, _run_id
    runs ◀── findings, quarantine      what each run did, noticed, and set aside
      ▲───── run_totals                what the money of each collection came to, for the proof that none is lost
    allocations, recommendations, violations, outbox, notifications, syncs, budgets, exchange_rates, state, meta
    received_tables                    what integration plugins brought; the rows are in a schema of their own, see receiving

The FOCUS columns come from ``focus.COLUMNS``; a column that a later version of the specification brings is added at
the next open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from finopsnb.focus import COLUMNS
from finopsnb.store.sql import folded, quote, run

__all__ = [
    "COST_HELPERS",
    "LOGS",
    "PUBLIC",
    "TABLES",
    "Table",
    "add_columns",
    "complete",
    "create",
    "create_tables",
    "draw_costs",
    "held",
    "missing_columns",
    "text_literal",
]

MONEY, TIME, TEXT, WHOLE = "DECIMAL(38,18)", "TIMESTAMP WITH TIME ZONE", "VARCHAR", "BIGINT"

#: columns of cost_rows that are not FOCUS; _tag_id stands for Tags
COST_HELPERS = {"_tag_id": "INTEGER", "_run_id": WHOLE, "_plugin": TEXT, "_source": TEXT, "_part": TEXT}


@dataclass(frozen=True)
class Table:
    """One table: its name, what it is for, and its columns with their types."""

    name: str
    description: str
    columns: Mapping[str, str]


def _columns(text: str) -> dict[str, str]:
    """``"run_id:WHOLE plugin"`` as columns; what has no type is text."""
    types = {"money": MONEY, "time": TIME, "whole": WHOLE, "double": "DOUBLE", "date": "DATE", "": TEXT}
    return {name: types[kind] for name, _, kind in (word.partition(":") for word in text.split())}


_FOCUS = {name: column.sql_type for name, column in COLUMNS.items() if name != "Tags"}

_DESCRIBED = {
    "allocations": (
        "Shares of cost by owner, made by attribution plugins",
        "run_id:whole plugin owner ChargePeriodStart:time ChargePeriodEnd:time BillingPeriodStart:time "
        "BillingCurrency ProviderName "
        "SubAccountId ServiceName ResourceId RegionId method rule pool amount:money metric",
    ),
    "recommendations": (
        "Savings proposed by recommendation plugins",
        "run_id:whole plugin recommendation_id category title description ResourceId ResourceName "
        "ServiceName RegionId SubAccountId "
        "ProviderName current recommended monthly_saving:money annual_saving:money BillingCurrency "
        "confidence:double effort risk "
        "evidence status created_at:time reason decided_at:time implemented_at:time assignee ticket",
    ),
    "violations": (
        "Resources that break a policy, found by policy plugins",
        "run_id:whole plugin violation_id policy rule severity ResourceId SubAccountId ProviderName message "
        "remediation cost:money "
        "BillingCurrency status first_seen:time last_seen:time decision reason decided_at:time assignee ticket",
    ),
    "notifications": (
        "Messages sent or tried by notification plugins",
        "run_id:whole plugin notification_id channel priority message metadata status created_at:time "
        "sent_at:time attempts:whole "
        "error idempotency_key",
    ),
    "outbox": (
        "Messages to be sent by notification plugins: written first, sent after, each once",
        "outbox_id:whole run_id:whole plugin event finding window_start:time idempotency_key sent_as digest "
        "priority title message metadata owner money:money BillingCurrency status attempts:whole doubts:whole "
        "created_at:time tried_at:time next_attempt_at:time sent_at:time last_error",
    ),
    "syncs": (
        "Exchanges with other systems by integration plugins",
        "run_id:whole plugin direction target rows:whole inserted:whole updated:whole unchanged:whole status detail at:time",
    ),
    "received_tables": (
        "Tables that integration plugins brought: who, from where, and the run that made them",
        "run_id:whole plugin name source rows:whole received_at:time",
    ),
    "budgets": (
        "Budgets by owner and period",
        "budget owner scope period_start:time period_end:time amount:money BillingCurrency thresholds attribution",
    ),
    "runs": (
        "Every run of a plugin, in the order of run_id",
        "run_id:whole plugin plugin_type verb version origin sha256 source status started_at:time "
        "finished_at:time seconds:double "
        "rows_in:whole rows_stored:whole rows_quarantined:whole rows_duplicate:whole rows_replaced:whole "
        "billed billed_before "
        "periods config error finopsnb_version",
    ),
    "run_totals": (
        "What each collection stored, quarantined, dropped as duplicate, replaced, kept and read, by account, period and currency",
        "run_id:whole outcome part BillingAccountId BillingPeriodStart:time BillingCurrency rows:whole "
        "BilledCost:money EffectiveCost:money",
    ),
    "exchange_rates": (
        "What one unit of a currency was worth in another from a day on, as session.convert was given them",
        "date:date from_currency to_currency rate:money",
    ),
    "findings": (
        "What was repaired, kept in doubt or set aside, by run, rule and column",
        "run_id:whole rule column rows:whole example severity action message",
    ),
    "quarantine": (
        "Rows that could not be stored, as they came, with the reason",
        "run_id:whole plugin source part line:whole reason raw",
    ),
    "state": ("What plugins remember between runs, JSON by plugin and key", "plugin key value updated_at:time"),
    "meta": ("The version of these tables and the finopsnb that made them", "schema_version:whole made_by"),
}

#: every stored table by name
TABLES = {
    "cost_rows": Table("cost_rows", "The rows behind the view costs", _FOCUS | COST_HELPERS),
    "tag_sets": Table(
        "tag_sets",
        "Each distinct set of tags once; costs shows them as Tags",
        {"tag_id": "INTEGER", "tags_text": TEXT, "Tags": COLUMNS["Tags"].sql_type},
    ),
} | {name: Table(name, description, _columns(text)) for name, (description, text) in _DESCRIBED.items()}

_COSTS = (
    "Cost and usage, FOCUS columns by their exact names, x_ columns of the sources, the number of the tag set, the run that stored each row"
)

#: what a person is shown; cost_rows and meta are for the store
PUBLIC = ("costs", *sorted(set(TABLES) - {"cost_rows", "meta"}))

#: tables that tell what happened: a new run adds to them and replaces nothing
LOGS = frozenset({"notifications", "syncs"})


def create(cursor: Any) -> None:
    """Make all tables and the view."""
    create_tables(cursor, TABLES)
    run(cursor, "create sequence run_ids")
    draw_costs(cursor)


def create_tables(cursor: Any, names: Iterable[str]) -> None:
    """Make those of these tables that are not there, in one go."""
    present = _all_held(cursor)
    if missing := [TABLES[name] for name in names if name not in present]:
        run(cursor, "; ".join(map(_making, missing)))


def _making(table: Table) -> str:
    columns = ", ".join(f"{quote(column)} {kind}" for column, kind in table.columns.items())
    return f"create table {quote(table.name)} ({columns}); comment on table {quote(table.name)} is {text_literal(table.description)}"


def complete(cursor: Any) -> None:
    """Give the tables of an earlier version the columns that they have now, and make the view anew; a later step makes later tables."""
    present = _all_held(cursor)
    for table in TABLES.values():
        held_by = present.get(table.name)
        known = held_by is None or table.name == "cost_rows"
        missing = [] if known else [name for name in table.columns if name not in (held_by or {})]
        for name in missing:
            run(cursor, f"alter table {quote(table.name)} add column {quote(name)} {table.columns[name]}")
    draw_costs(cursor)


def _all_held(cursor: Any) -> dict[str, dict[str, str]]:
    """The columns of every table by its name; the catalogue is read once, for each look at it takes some milliseconds."""
    found = run(
        cursor,
        "select table_name, column_name, data_type from duckdb_columns() where schema_name = 'main' "
        "and database_name = current_database() order by table_name, column_index",
    ).fetchall()
    tables: dict[str, dict[str, str]] = {}
    for table, column, kind in found:
        tables.setdefault(table, {})[column] = kind
    return tables


def held(cursor: Any, table: str, *, temporary: bool = False) -> dict[str, str]:
    """The columns of a table with their types, as the catalogue has them."""
    found = run(
        cursor,
        "select column_name, data_type from duckdb_columns() where table_name = ? and schema_name = 'main' "
        "and database_name = coalesce(?, current_database()) order by column_index",
        [table, "temp" if temporary else None],
    ).fetchall()
    return dict(found)


def add_columns(cursor: Any, columns: Mapping[str, str]) -> None:
    """Add these columns to cost_rows and show them in costs."""
    for name, kind in columns.items():
        run(cursor, f"alter table cost_rows add column {quote(name)} {kind}")
    draw_costs(cursor)


def draw_costs(cursor: Any) -> None:
    """Make the view costs anew from the columns that cost_rows has now."""
    columns = held(cursor, "cost_rows")
    extra = sorted(name for name in columns if folded(name).startswith("x_"))
    focus = ['t."Tags" as "Tags"' if name == "Tags" else f"r.{quote(name)}" for name in COLUMNS]
    shown = ", ".join([*focus, *(f"r.{quote(name)}" for name in extra), "r._tag_id", "r._run_id"])
    run(
        cursor,
        f"create or replace view costs as select {shown} from cost_rows r left join tag_sets t on r._tag_id = t.tag_id",
    )
    run(cursor, f"comment on view costs is {text_literal(_COSTS)}")


def missing_columns(cursor: Any) -> dict[str, str]:
    """FOCUS columns that cost_rows does not have yet."""
    present = {folded(name) for name in held(cursor, "cost_rows")}
    return {name: kind for name, kind in _FOCUS.items() if folded(name) not in present}


def text_literal(text: str) -> str:
    """A literal; only for COMMENT ON, which takes no bound values."""
    return "'" + text.replace("'", "''") + "'"
