# ruff: noqa: S608  names reach SQL through quote() only, and values are bound
"""What the money of a collection comes to, by what became of it: the books that ``session.reconcile`` checks.

    the rows that came = stored + quarantined + duplicate         each with its BilledCost and EffectiveCost,
    the rows that were there and are not = replaced               by account, billing period and currency;
    those of the same periods that stay, where a collection replaces parts of them = kept
    the parts that such a collection replaces = read, without money

An amount that cannot be read counts as a row without money. What is taken out of the stage is noted here before it goes.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from finopsnb.store.schema import MONEY
from finopsnb.store.sql import Params, arrow, quote, run, storable

if TYPE_CHECKING:
    import pyarrow as pa

    from finopsnb.store.staging import Stage

__all__ = [
    "PERIOD",
    "accounted",
    "by_currency",
    "note",
    "note_kept",
    "note_read",
    "note_replaced",
    "open_books",
    "or_null",
    "period_of",
    "write",
]

#: the period that a charge is billed in; a charge that does not say is of its month
PERIOD = "coalesce(BillingPeriodStart, date_trunc('month', ChargePeriodStart))"

_SUMS = "count(*), sum(BilledCost), sum(EffectiveCost)"


def open_books(cursor: Any) -> None:
    """The table that takes the notes of one collection; it goes with the cursor."""
    run(
        cursor,
        "create or replace temporary table _tally (outcome varchar, part varchar, account varchar, period timestamptz, currency varchar, "
        f"rows bigint, billed {MONEY}, effective {MONEY})",
    )


def note(stage: Stage, outcome: str, condition: str = "true", params: Params = ()) -> None:
    """Add up the rows of the stage that the condition holds for."""
    columns = {"BillingAccountId": "varchar", "BillingCurrency": "varchar", "BilledCost": MONEY, "EffectiveCost": MONEY}
    account, currency, billed, effective = (or_null(stage, name, kind) for name, kind in columns.items())
    part = "null" if outcome == "stored" else "_part"
    run(
        stage.cursor,
        f"insert into _tally select '{outcome}', {part}, {account}, {period_of(stage)}, {currency}, "
        f"count(*), sum({billed}), sum({effective}) from _stage where {condition} group by all having count(*) > 0",
        params,
    )


def note_replaced(cursor: Any, condition: str, params: Params) -> None:
    """Add up the rows of cost that are about to be deleted."""
    run(
        cursor,
        f"insert into _tally select 'replaced', null, BillingAccountId, {PERIOD}, BillingCurrency, {_SUMS} "
        f"from cost_rows where {condition} group by all",
        params,
    )


def note_kept(cursor: Any, run_id: int, plugin: str, source: str) -> None:
    """Add up what earlier runs stored of the source for the periods of this one, and this one left as it is."""
    run(
        cursor,
        f"insert into _tally select 'kept', null, BillingAccountId, {PERIOD}, BillingCurrency, {_SUMS} from cost_rows "
        f"where _plugin = ? and _source = ? and _run_id <> ? and {PERIOD} in (select period from _tally) group by all",
        [plugin, source, run_id],
    )


def note_read(cursor: Any) -> None:
    """Which parts were read, whatever became of their rows: what earlier runs set aside of them is of the past."""
    parts = "select part from _parts union select null from _stage where _part is null"
    run(cursor, f"insert into _tally (outcome, part, rows) select 'read', part, 0 from ({parts})")


def by_currency(cursor: Any, outcome: str) -> tuple[int, dict[str, Decimal]]:
    """How many rows, and their BilledCost by BillingCurrency; rows without a currency are under ""."""
    found = run(
        cursor,
        "select coalesce(currency, '') as name, sum(rows)::bigint, coalesce(sum(billed), 0) from _tally where outcome = ? "
        "group by name order by name",
        [outcome],
    ).fetchall()
    return sum(rows for _, rows, _ in found), {currency: total for currency, _, total in found}


def write(cursor: Any, run_id: int) -> None:
    """Keep the books of the run."""
    keys = "outcome, part, account, period, currency"
    columns = "run_id, outcome, part, BillingAccountId, BillingPeriodStart, BillingCurrency, rows, BilledCost, EffectiveCost"
    run(
        cursor,
        f"insert into run_totals ({columns}) select ?, {keys}, sum(rows), sum(billed), sum(effective) from _tally "
        f"group by {keys} order by {keys}",
        [run_id],
    )


def accounted(cursor: Any, plugin: str, source: str, whole_periods: bool = True) -> pa.Table:
    """What became of the money of a source: outcome, run_id, BillingAccountId, BillingPeriodStart, BillingCurrency, rows,
    BilledCost, EffectiveCost.

    ``stored`` is what is in costs now (run_id is the newest that stored some of it). ``quarantined`` and ``duplicate`` are
    of the newest run that had to do with the account and period or, where a collection does not replace
    ``whole_periods``, with the part.
    """
    sums = "count(*) as rows, sum(BilledCost) as BilledCost, sum(EffectiveCost) as EffectiveCost"
    newest, same = _NEWEST[whole_periods]
    return arrow(
        cursor,
        "with touched as (select t.* from run_totals t join runs r on r.run_id = t.run_id "
        "where r.plugin = $plugin and r.source = $source and r.status in ('succeeded', 'forgotten')), "
        f"kept as (select *, {PERIOD} as period from cost_rows where _plugin = $plugin and _source = $source), newest as ({newest}) "
        "select 'stored' as outcome, max(_run_id) as run_id, BillingAccountId, period as BillingPeriodStart, BillingCurrency, "
        f"{sums} from kept group by BillingAccountId, period, BillingCurrency union all "
        "select outcome, t.run_id, BillingAccountId, BillingPeriodStart, BillingCurrency, rows, BilledCost, EffectiveCost "
        f"from touched t join newest n on n.run_id = t.run_id and {same} where outcome in ('quarantined', 'duplicate') order by all",
        {"plugin": plugin, "source": storable(source)},
    )


#: the newest run for each account and period, and for each part; and when a total is of that run
_NEWEST = {
    True: (
        "select BillingAccountId as account, BillingPeriodStart as period, max(run_id) as run_id from touched group by all",
        "n.account is not distinct from t.BillingAccountId and n.period is not distinct from t.BillingPeriodStart",
    ),
    False: (
        "select part, max(run_id) as run_id from (select part, run_id from touched where outcome in ('quarantined', 'duplicate', 'read') "
        "union all select _part, _run_id from kept) group by all",
        "n.part is not distinct from t.part",
    ),
}


def period_of(stage: Stage) -> str:
    """PERIOD of the stage, whose source may lack either column."""
    starts = [or_null(stage, name, "timestamptz") for name in ("BillingPeriodStart", "ChargePeriodStart")]
    return f"coalesce({starts[0]}, date_trunc('month', {starts[1]}))"


def or_null(stage: Stage, name: str, kind: str, prefix: str = "") -> str:
    """A column of the stage, or the null of that type where the source lacks it."""
    return prefix + quote(name) if name in stage.columns else f"null::{kind}"
