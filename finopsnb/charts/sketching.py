"""A chart of any small table, by the kinds of its columns: over time where there is a time, else as a ranking."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from finopsnb.charts.data import Records, base, columns_of, plain, shown
from finopsnb.charts.styling import PALETTE, axis_format, finish, money_format
from finopsnb.errors import FinopsError

__all__ = ["quick"]

#: how much of a table is drawn: bars, points, series with a colour, and currencies, a chart each
_BARS, _POINTS, _SERIES, _CURRENCIES = 30, 5_000, 8, 4
_CURRENCY = "BillingCurrency"


def quick(table: Any, *, title: str = "") -> Any:
    """A chart of ``table`` (pyarrow, pandas, polars or rows): its first number by its first time, or else by its first text.

    The next text gives lines their colours. Amounts of several BillingCurrency are never in one chart: each has its own. Raises
    FinopsError for a table without rows, without a number, or without anything to draw it by.
    """
    import altair as alt

    columns = columns_of(table)
    kinds = {name: _kind(values) for name, values in columns.items()}
    amount = _first(kinds, "number")
    when, texts = _first(kinds, "time"), [name for name, kind in kinds.items() if kind == "text" and name != _CURRENCY]
    if amount is None or not (when or texts):
        missing = "no number" if amount is None else "nothing to draw it by: no time and no text"
        raise FinopsError(
            f"This table cannot be drawn: there is {missing}.",
            why=f"Its columns are {', '.join(map(shown, columns)) or 'none'}, its rows {len(next(iter(columns.values()), []))}.",
            hint="select a text or a day, and a number",
        )
    rows = plain([dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)], {name: name for name in columns})
    currencies = list(dict.fromkeys(row[_CURRENCY] for row in rows)) if _CURRENCY in columns else [""]
    drawn = [
        _drawn([row for row in rows if not currency or row[_CURRENCY] == currency], amount, when, texts, str(currency or ""), title)
        for currency in currencies[:_CURRENCIES]
    ]
    left_out = f" Not drawn: {len(currencies) - _CURRENCIES} more currencies." if len(currencies) > _CURRENCIES else ""
    if len(drawn) == 1:
        return finish(drawn[0])
    said = f"{shown(amount)}, a chart for each of {', '.join(map(shown, currencies[:_CURRENCIES]))}.{left_out}"
    return finish(alt.vconcat(*drawn, title=title or said.rstrip("."), description=said))


def _drawn(rows: Records, amount: str, when: str | None, texts: list[str], currency: str, title: str) -> Any:
    by = when or texts[0]
    measure = f"{shown(amount)} ({currency})" if currency else shown(amount)
    given = title or f"{measure} by {shown(by)}"
    if when is not None:
        return _over_time(rows, amount, when, texts[0] if texts else None, currency, measure, given)
    return _ranked(rows, amount, texts, currency, measure, given)


def _ranked(rows: Records, amount: str, texts: list[str], currency: str, measure: str, title: str) -> Any:
    import altair as alt

    largest = sorted((row for row in rows if row[amount] is not None), key=lambda row: -abs(row[amount]))[:_BARS]
    names = _apart([", ".join(str(row[text]) for text in texts) for row in largest])
    values = [{"name": shown(name), "amount": row[amount]} for name, row in zip(names, largest, strict=True)]
    more = f" The {_BARS} largest of {len(rows):,}." if len(rows) > _BARS else ""
    money = money_format(currency) if currency else ",.4~f"
    bars = base(values).encode(
        x=alt.X("amount:Q", title=measure, axis=alt.Axis(format=axis_format([one["amount"] for one in values]))),
        y=alt.Y("name:N", sort=None, title=None, axis=alt.Axis(labelLimit=260)),
        tooltip=[alt.Tooltip("name:N", title=", ".join(map(shown, texts))), alt.Tooltip("amount:Q", title=measure, format=money)],
    )
    told = "; ".join(f"{one['name']} {one['amount']:{money if currency else ',.6g'}}" for one in values[:3])
    description = f"{title}, largest first: {told}.{more}"
    return bars.mark_bar(cornerRadiusEnd=2).properties(width=560, title=f"{title}{':' + more if more else ''}", description=description)


def _over_time(rows: Records, amount: str, when: str, series: str | None, currency: str, measure: str, title: str) -> Any:
    import altair as alt

    places = _largest(rows, amount, series) if series else []
    known = [row for row in rows if row[when] is not None and (series is None or row[series] in places)]
    values = [
        {"when": row[when], "amount": row[amount], "name": shown(str(row[series])) if series else ""}
        for row in sorted(known, key=lambda row: row[when])[:_POINTS]
    ]
    money = money_format(currency) if currency else ",.4~f"
    tooltip = [alt.Tooltip("when:T", title=shown(when), format="%Y-%m-%d %H:%M"), alt.Tooltip("amount:Q", title=measure, format=money)]
    colour: dict[str, Any] = {}
    if series:
        scale = alt.Scale(domain=[shown(str(name)) for name in places], range=list(PALETTE[: len(places)]))
        colour = {"color": alt.Color("name:N", scale=scale, title=shown(series))}
        tooltip.insert(1, alt.Tooltip("name:N", title=shown(series)))
    lines = base(values).encode(
        x=alt.X("when:T", scale=alt.Scale(type="utc"), title=None),
        y=alt.Y("amount:Q", title=measure, axis=alt.Axis(format=axis_format([one["amount"] or 0 for one in values]))),
        tooltip=tooltip,
        **colour,
    )
    there = len({row[series] for row in rows}) if series else 0
    more = f" The {_SERIES} largest of {there}." if there > _SERIES else ""
    return lines.mark_line(point=True).properties(width=600, height=260, title=title, description=f"{title}, over time.{more}")


def _largest(rows: Records, amount: str, series: str) -> list[Any]:
    """The series with the largest amounts, in their order."""
    sizes: dict[Any, float] = {}
    for row in rows:
        sizes[row[series]] = sizes.get(row[series], 0.0) + abs(row[amount] or 0.0)
    return sorted(sizes, key=lambda name: (-sizes[name], str(name)))[:_SERIES]


def _apart(names: list[str]) -> list[str]:
    """Rows of one name by a number."""
    seen: dict[str, int] = {}
    for place, name in enumerate(names):
        seen[name] = seen.get(name, 0) + 1
        names[place] = name if seen[name] == 1 else f"{name} ({seen[name]})"
    return names


def _first(kinds: dict[str, str], wanted: str) -> str | None:
    return next((name for name, kind in kinds.items() if kind == wanted), None)


def _kind(values: Sequence[Any]) -> str:
    known = next((value for value in values if value is not None and value == value), None)
    match known:
        case bool():
            return "text"
        case int() | float() | Decimal():
            return "number"
        case date():
            return "time"
        case str():
            return "text"
        case _:
            return ""
