"""Up to which day bills are there: they arrive in parts, and of a day that is there in part everything else looks as if it had ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["last_whole_days"]

#: a day is whole with so many of the resources that a day of the week before has
_SHARE = 0.8
#: and it is not looked for longer than that: what has gone on for days is an end
_LATE_DAYS, _USUAL_DAYS = 3, 7
_DAY = 86_400


def last_whole_days(usage: ir.Table, *by: str) -> ir.Table:
    """``by``, and ``last``: the beginning (UTC) of the newest day with nearly as many resources as days of the week before.

    That is 80 % of their median, and three days before the newest day at most. Where no resource is named it is the newest day.
    """

    begun = usage.ChargePeriodStart
    newest = usage.group_by(*by).aggregate(newest=begun.max().truncate("D"))
    near = usage.select(*by, "ResourceId", day=begun.truncate("D")).join(newest, list(by))
    near = near.mutate(behind=(near.newest.epoch_seconds() - near.day.epoch_seconds()) // _DAY)
    daily = near.filter(near.behind <= _LATE_DAYS + _USUAL_DAYS).group_by(*by, "day", "behind")
    daily = daily.aggregate(there=near.ResourceId.nunique())
    usual = daily.filter(daily.behind.between(1, _USUAL_DAYS)).group_by(*by).aggregate(usual=daily.there.median())
    both = daily.left_join(usual, list(by))
    whole = both.filter((both.behind >= _LATE_DAYS) | (both.there >= _SHARE * both.usual.fill_null(0)))
    return whole.group_by(*by).aggregate(last=whole.day.max())
