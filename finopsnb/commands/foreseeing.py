"""Commands about what costs will come to."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from finopsnb.commands.settings import options
from finopsnb.commands.state import State
from finopsnb.commands.texts import count, visible
from finopsnb.commands.vocabulary import Result, argument, command
from finopsnb.errors import CommandError, nearest
from finopsnb.frames import to_frame

__all__: list[str] = []

_FORECAST = ("by", "horizon", "until", "as_of", "metric", "model")
_BACKTEST = ("by", "horizon", "as_of", "metric", "model")


@command(
    "forecast",
    "what each day to come will cost, with 80 and 95 % intervals, by series and in total",
    argument("options", nargs="*", metavar="key=value", completes="forecasts", help=f"{', '.join(_FORECAST)}"),
    group="data",
    examples=("forecast", "forecast by=ServiceName horizon=30", 'forecast by=["provider", "service"] until=2026-02-01'),
    notes="by is service unless it is given; as_of is the last day that counts, until the first one that is not forecast.",
    reads=True,
    frame=True,
)
def forecast(state: State, arguments: Namespace) -> Result:
    given = _checked("forecast", arguments.options, _FORECAST)
    table = state.session.forecast(**given, frames="arrow")
    return Result(to_frame(table, state.kind), "\n".join(_totals(table.to_pylist())))


@command(
    "backtest",
    "how well forecasts of the past would have been, beside the last week again",
    argument("options", nargs="*", metavar="key=value", completes="forecasts", help=f"{', '.join(_BACKTEST)}"),
    group="data",
    examples=("backtest", "backtest by=ServiceName horizon=30"),
    reads=True,
    frame=True,
)
def backtest(state: State, arguments: Namespace) -> Result:
    words = list(arguments.options)
    what = words.pop(0) if words and "=" not in words[0] else "forecast"
    table = state.session.backtest(str(what), **_checked("backtest", words, _BACKTEST), frames="arrow")
    return Result(to_frame(table, state.kind), "\n".join(_accuracy(table.to_pylist())))


def _checked(name: str, words: list[str], known: tuple[str, ...]) -> dict[str, Any]:
    given = options(words, name)
    for key in given:
        if key not in known:
            near = nearest(key, known)
            raise CommandError(f"{name} has no option {key}.", why=f"It takes {', '.join(known)}.", hint=f"{near or known[0]}=...")
    if "horizon" in given and not isinstance(given["horizon"], int):
        raise CommandError(f"horizon={given['horizon']} is not a number of days.", hint="horizon=30")
    return given


def _totals(rows: list[dict[str, Any]]) -> list[str]:
    totals: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if row["level"] == "total":
            totals.setdefault(row["BillingCurrency"], []).append(row)
    return [
        f"{count(len(days), 'day')} from {days[0]['day']} on: {sum(row['forecast'] for row in days):,.2f} {visible(currency)}"
        for currency, days in totals.items()
    ]


def _accuracy(rows: list[dict[str, Any]]) -> list[str]:
    return [_told(row) for row in rows if row["level"] == "total"]


def _told(row: dict[str, Any]) -> str:
    error, naive = row["month_error"], row["naive_month_error"]
    if error is None:
        return f"{visible(row['BillingCurrency'])}: nothing was spent on the days that were forecast"
    beside = "" if naive is None else f" ({naive:.1%} for the last week again)"
    return f"{visible(row['BillingCurrency'])}: the total was off by {error:.1%}{beside} over {count(row['origins'], 'forecast')}"
