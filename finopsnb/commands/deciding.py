"""Commands about recommendations: what people decide of them, and what that saves."""

from __future__ import annotations

from argparse import Namespace
from decimal import Decimal
from typing import Any

from finopsnb.commands.state import State
from finopsnb.commands.texts import count, visible
from finopsnb.commands.vocabulary import Result, argument, command
from finopsnb.frames import to_frame

__all__: list[str] = []

_IDS = argument("ids", nargs="+", metavar="ID", completes="recommendations", help="recommendation_id, one or several")


@command(
    "accept",
    "say of recommendations that they will be done",
    _IDS,
    group="data",
    examples=("accept 4f1c2a9be07d3355",),
    frame=True,
)
def accept(state: State, arguments: Namespace) -> Result:
    return _told(state.session.accept(arguments.ids, frames="arrow"), state)


@command(
    "dismiss",
    "say of recommendations that they will not be done, and why",
    _IDS,
    argument("--reason", default="", metavar="TEXT", help="why; it is kept"),
    group="data",
    examples=('dismiss 4f1c2a9be07d3355 --reason "it is the standby"',),
    frame=True,
)
def dismiss(state: State, arguments: Namespace) -> Result:
    return _told(state.session.dismiss(arguments.ids, arguments.reason, frames="arrow"), state)


@command(
    "implement",
    "say of recommendations that they were done; what that saved is measured from then on",
    _IDS,
    argument("--on", metavar="YYYY-MM-DD", help="the first day on which it was done (default: now)"),
    group="data",
    examples=("implement 4f1c2a9be07d3355 --on 2026-01-15",),
    frame=True,
)
def implement(state: State, arguments: Namespace) -> Result:
    return _told(state.session.implement(arguments.ids, arguments.on, frames="arrow"), state)


@command(
    "reopen",
    "take back what was decided of recommendations",
    _IDS,
    group="data",
    examples=("reopen 4f1c2a9be07d3355",),
    frame=True,
)
def reopen(state: State, arguments: Namespace) -> Result:
    return _told(state.session.reopen(arguments.ids, frames="arrow"), state)


@command(
    "savings",
    "every recommendation from open to implemented: what of its saving counts, and what it did save",
    group="data",
    examples=("savings",),
    reads=True,
    frame=True,
)
def savings(state: State, _: Namespace) -> Result:
    table = state.session.savings(frames="arrow")
    return Result(to_frame(table, state.kind), "\n".join(_sums(table.to_pylist())) or "no recommendations")


def _told(table: Any, state: State) -> Result:
    status = visible(table["status"][0].as_py())
    return Result(to_frame(table, state.kind), f"{count(table.num_rows, 'recommendation')} {status}")


def _sums(rows: list[dict[str, Any]]) -> list[str]:
    """By currency: what each status would save a month, and what was saved."""
    lines = []
    for currency in dict.fromkeys(row["BillingCurrency"] for row in rows if row["monthly_saving"] is not None):
        mine = [row for row in rows if row["BillingCurrency"] == currency]
        parts = [f"{status} {_sum(mine, 'counted_saving', status)}" for status in ("open", "accepted", "implemented")]
        saved = _sum(mine, "realised_saving", "implemented")
        lines.append(f"{visible(currency or '(none)')} a month: {', '.join(parts)}; realised so far {saved}")
    return lines or ([f"{count(len(rows), 'recommendation')}, none with a saving"] if rows else [])


def _sum(rows: list[dict[str, Any]], name: str, status: str) -> str:
    return f"{sum((row[name] for row in rows if row['status'] == status and row[name] is not None), Decimal(0)):,.2f}"
