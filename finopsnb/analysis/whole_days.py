"""Up to which day bills are there: they arrive in parts, and of a day that is there in part everything else looks as if it had ended.

A day is late when far fewer charges have arrived than on the same weekdays of the four weeks before, and than in the week before: fewer
than the one has who rests at weekends, and fewer than the other who shut something down. It is looked back three days at most: what has
gone on for longer is no delay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from finopsnb.analysis.days import day_number, day_start

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["last_whole_days"]

_FEW_CHARGES, _LITTLE_COST = 0.8, 0.6
_LATE_DAYS, _WEEKS, _WEEK = 3, 4, 7


def last_whole_days(usage: ir.Table, *by: str, with_cost: bool = False, charges: str = "") -> ir.Table:
    """``by``, and ``last``: the beginning (UTC) of the newest day that is not late.

    With ``with_cost`` a day with far less cost is late too, as of an export that writes one row a day and corrects it later. What costs are
    compared with may wait for that; a load that really falls would look as if it did not. ``charges`` is the column that
    says how many charges a row is, where they are added up already.
    """
    days = _sums(usage, *by, number=usage[charges].sum() if charges else usage.count())
    usual = _usual(days, *by)
    newest = days.filter(days.behind <= _LATE_DAYS).left_join(usual, [*by, "behind"])
    late = newest.charges < _FEW_CHARGES * newest.usual_charges
    if with_cost:
        late |= newest.cost.abs() < _LITTLE_COST * newest.usual_cost
    whole = newest.day.max(where=~late.fill_null(False) | (newest.behind == _LATE_DAYS))
    found = newest.group_by(*by).aggregate(last=whole.coalesce(newest.day.min()))
    return found.mutate(last=day_start(found["last"]).cast("timestamp('UTC')"))


def _sums(usage: ir.Table, *by: str, number: ir.IntegerScalar) -> ir.Table:
    """Charges and cost of the days that are looked at or compared with; ``behind`` is how many days a day lies before the newest."""
    import ibis

    days = usage.group_by(*by, day=day_number(usage.ChargePeriodStart)).aggregate(
        charges=number, cost=usage.EffectiveCost.sum().cast("float64").fill_null(0.0)
    )
    dated = days.mutate(behind=days.day.max().over(ibis.window(group_by=by)) - days.day)
    return dated.filter(dated.behind <= _LATE_DAYS + _WEEKS * _WEEK)


def _usual(days: ir.Table, *by: str) -> ir.Table:
    """The medians of the days that each of the newest is compared with."""
    earlier = days.select(*by, before="behind", charges="charges", cost=days.cost.abs())
    pairs = days.filter(days.behind <= _LATE_DAYS).select(*by, "behind").join(earlier, list(by))
    apart = pairs.before - pairs.behind
    weekday, week = apart.isin([_WEEK * weeks for weeks in range(1, _WEEKS + 1)]), apart.between(1, _WEEK - 1)
    return pairs.group_by(*by, "behind").aggregate(
        usual_charges=_least_of(pairs.charges, weekday, week), usual_cost=_least_of(pairs.cost, weekday, week)
    )


def _least_of(values: ir.NumericColumn, *among: ir.BooleanColumn) -> ir.NumericValue:
    """The smaller of the medians; days that are not there are in none."""
    import ibis

    return ibis.least(*(values.cast("float64").median(where=where) for where in among))
