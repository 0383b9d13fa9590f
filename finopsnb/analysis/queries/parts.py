"""What queries are made of: rows of a period, sums by columns and currency, ratios, months side by side, order."""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.cost import GRAINS, provider
from finopsnb.analysis.queries.parameters import SCOPE
from finopsnb.analysis.tags import tag
from finopsnb.focus import COLUMNS

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = [
    "by_tags",
    "column",
    "completed",
    "elements",
    "not_corrections",
    "not_unused",
    "number",
    "of_category",
    "ordered",
    "parsed",
    "ratio",
    "scoped",
    "stated",
    "summed",
    "tagged",
    "with_previous",
    "within",
]


def column(costs: ir.Table, name: str) -> ir.Column:
    """A column by its FOCUS name; ServiceProviderName is ProviderName in data of versions before 1.3."""
    return provider(costs) if name == "ServiceProviderName" else costs[name]


def completed(costs: ir.Table, names: Sequence[str]) -> ir.Table:
    """The table with the FOCUS columns among ``names`` that it does not have, as nulls."""
    import ibis

    absent = [name for name in names if name not in costs.columns]
    kinds = {"Decimal": "decimal(38, 18)", "Date/Time": "timestamp('UTC', 6)"}
    nulls = {name: ibis.null(kinds.get(COLUMNS[name].kind, "string")) for name in absent}
    return costs.mutate(**nulls) if nulls else costs


def within(costs: ir.Table, name: str, start: datetime | None, end: datetime | None) -> ir.Table:
    """The rows whose time ``name`` is ``start`` or later, and before ``end``; None is no bound."""
    import ibis

    def told(instant: datetime) -> ir.TimestampScalar:
        return ibis.timestamp(f"{instant:%Y-%m-%d %H:%M:%S.%f}", timezone="UTC")

    bounds = ([costs[name] >= told(start)] if start else []) + ([costs[name] < told(end)] if end else [])
    return costs.filter(bounds) if bounds else costs


def scoped(costs: ir.Table, wanted: Mapping[str, tuple[str, ...]]) -> ir.Table:
    """The rows with one of the wanted values of each parameter of SCOPE, in any of the columns that it stands for."""
    for name, values in wanted.items():
        columns = [one for one in SCOPE[name] if one in costs.columns or one == "ServiceProviderName"]
        costs = costs.filter(functools.reduce(operator.or_, (column(costs, one).isin(values).fill_null(False) for one in columns)))
    return costs


def ordered(table: ir.Table, order: Sequence[str]) -> ir.Table:
    """By those of ``order`` that it has, and then by all other columns from the left: different rows are never tied."""
    import ibis

    named = {name.removeprefix("-"): name.startswith("-") for name in order if name.removeprefix("-") in table.columns}
    leading = [ibis.desc(name) if falling else ibis.asc(name) for name, falling in named.items()]
    return table.order_by([*leading, *(ibis.asc(name) for name in table.columns if name not in named)])


def summed(
    costs: ir.Table,
    *names: str,
    of: Sequence[str] = ("BilledCost",),
    currency: str = "BillingCurrency",
    grain: str = "",
    leading: Mapping[str, Any] | None = None,
    **more: Any,
) -> ir.Table:
    """One row per ``names`` and ``currency``: the sums of ``of`` under their names, and ``more`` aggregates.

    With a ``grain`` the first column is ``period``, the first day of the charge's day, week, month ...; ``leading`` are
    further keys, expressions under their names, that come first.
    """
    keys = {**(leading or {}), **{name: column(costs, name) for name in (*names, *([currency] if currency else []))}}
    sums = {name: costs[name].sum() for name in of}
    if not grain:
        return costs.group_by(**keys).aggregate(**sums, **more)
    # by the instants as they stand first: to truncate a time that has a zone costs more than all the rest
    instants = costs.group_by(**keys, _start=costs.ChargePeriodStart).aggregate(**sums)
    dated = instants.mutate(period=instants["_start"].truncate(GRAINS[grain]).cast("date"))
    return dated.group_by("period", *keys).aggregate(**{name: dated[name].sum() for name in of})


def by_tags(costs: ir.Table, *names: str, of: str) -> ir.Table:
    """The sums of ``of`` by ``names``, BillingCurrency and Tags: a tag is then read once per set of tags, not once per charge.

    A table that does not number its sets of tags stays as it is.
    """
    numbered = "_tag_id" in costs.columns
    return summed(costs, *names, "_tag_id", of=(of,), Tags=costs.Tags.arbitrary()) if numbered else costs


def tagged(costs: ir.Table, key: str, *names: str, of: str) -> ir.Table:
    """The sums of ``of`` by ``application``, the value of the tag ``key`` (null without one), ``names`` and BillingCurrency."""
    sums = by_tags(costs, *names, of=of)
    return summed(sums, *names, of=(of,), leading={"application": tag(sums, key)})


def ratio(part: Any, whole: Any) -> Any:
    """``part`` / ``whole`` as a float, null where ``whole`` is 0."""
    return part.cast("float64") / whole.cast("float64").nullif(0)


def of_category(costs: ir.Table, *categories: str) -> ir.Table:
    """The charges of these values of ChargeCategory."""
    return costs.filter(costs.ChargeCategory.isin(categories))


def not_corrections(costs: ir.Table) -> ir.Table:
    """Without corrections of earlier billing periods: ChargeClass is null in everything else."""
    return costs.filter(~costs.ChargeClass.identical_to("Correction"))


def not_unused(costs: ir.Table) -> ir.BooleanValue:
    """Whether a row is anything but the unused part of a commitment."""
    return ~costs.CommitmentDiscountStatus.identical_to("Unused")


def with_previous(table: ir.Table, value: str, period: str) -> ir.Table:
    """With ``previous`` (``value`` a month before, in the same series), ``change`` and ``change_rate``.

    A series is what the other columns say. Where it has no row a month before, previous is 0, but null before the first
    month of the table. ``change_rate`` is null where previous is 0.
    """
    import ibis

    series = ibis.window(group_by=[name for name in table.columns if name not in (period, value)], order_by=period)
    day = table[period].cast("date")
    before = (day.cast("timestamp") - ibis.interval(months=1)).cast("date")
    last = table[value].lag().over(series)
    zero = ibis.literal(0).cast(table[value].type())
    previous = ibis.cases(
        (table[period].lag().over(series).cast("date") == before, last.coalesce(zero)),
        (day.min().over(ibis.window()) <= before, zero),
        else_=ibis.null(table[value].type()),
    )
    told = table.mutate(previous=previous)
    told = told.mutate(change=told[value] - told.previous)
    return told.mutate(change_rate=ratio(told.change, told.previous))


def parsed(column: ir.Column) -> Any:
    """JSON whose numbers are put between quotes, for the engine would read them as floats; null where it cannot be read."""
    return column.re_replace(r'([^\\]":\s*)(-?[0-9][0-9.eE+-]*)', r'\1"\2"').try_cast("json")


def elements(column: ir.Column, name: str) -> Any:
    """The array ``name`` of a JSON object as an array of JSON; null where there is none."""
    return parsed(column)[name].unwrap_as("array<json>")


def stated(value: Any, name: str) -> ir.StringValue:
    """The property ``name`` of parsed JSON as text, however it was written; null where there is none."""
    return value[name].str


def number(text: ir.StringValue, kind: str = "decimal(38, 18)") -> ir.DecimalValue:
    """A text as a number, null where it is none."""
    return text.try_cast(kind)
