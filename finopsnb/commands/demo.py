"""``finopsnb demo``: the main job, from a billing file to a chart, on the sample that comes with the package."""

from __future__ import annotations

from argparse import Namespace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from finopsnb.commands.cards import Page
from finopsnb.commands.state import State
from finopsnb.commands.texts import aligned, shown_path
from finopsnb.commands.vocabulary import SHELL, Result, argument, command
from finopsnb.commands.work import told_run
from finopsnb.errors import SourceError

__all__ = ["sample_folder"]

_MOST_MOVERS = 5


@command(
    "demo",
    "the main job on the sample that comes with the package: collect, summarise, write a report with charts",
    argument("--out", metavar="DIR", default="demo", completes="files", help="where to write (default: demo)"),
    faces=(SHELL,),
    examples=("demo", "demo --out /tmp/finops"),
)
def demo(state: State, arguments: Namespace) -> Result:
    folder = Path(arguments.out)
    folder.mkdir(parents=True, exist_ok=True)
    session = state.open(str(folder / "finopsnb-demo.duckdb"), frames="arrow")
    session.load("focus-files", path=str(sample_folder()))
    session.collect("focus-files")
    lines = _summary(session)
    report = session.report(folder / "finopsnb-demo.html", ["cost-overview"])
    return Result(Page("\n".join([*lines, f"report: {shown_path(report)}", *_onwards(session)])))


def sample_folder() -> Path:
    """The folder of billing files in the installed package ``finopsnb_sample``; raises SourceError."""
    from importlib.util import find_spec

    spec = find_spec("finopsnb_sample")
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    for place in places:
        focus = Path(place) / "focus"
        return focus if focus.is_dir() else Path(place)
    raise SourceError("The sample data is not installed.", hint="pip install --force-reinstall finopsnb")


def _summary(session: Any) -> list[str]:
    from finopsnb.analysis import cost

    costs = session.table("costs")
    collected = told_run(session, session.last_run).replace("; findings: ", "\nfindings: ").split("\n")
    by_provider = _rows(session, cost.cost_by(costs, "provider"))
    by_provider.sort(key=lambda row: (row["BillingCurrency"], -row["cost"]))
    first, second = _full_months(max(row["last"] for row in _rows(session, cost.totals(costs))))
    changes = _rows(session, cost.movers(costs, "service", before=first, now=second))
    changes.sort(key=lambda row: (-abs(row["change"]), row["service"]))
    return [
        *collected,
        "billed:",
        *aligned([_billed(row) for row in by_provider]),
        f"top movers, {second[0]:%B %Y} against {first[0]:%B %Y}:",
        *aligned([_mover(row) for row in changes[:_MOST_MOVERS]]),
    ]


def _rows(session: Any, expression: Any) -> list[dict[str, Any]]:
    import ibis

    rows: list[dict[str, Any]] = session.sql(str(ibis.to_sql(expression, dialect="duckdb")), frames="arrow").to_pylist()
    return rows


def _full_months(last: date) -> tuple[tuple[date, date], tuple[date, date]]:
    """The two newest months that are over, where ``last`` is the last day of which there is a bill; half-open.

    >>> _full_months(date(2026, 3, 30))[1]
    (datetime.date(2026, 2, 1), datetime.date(2026, 3, 1))
    >>> _full_months(date(2026, 3, 31))[1]
    (datetime.date(2026, 3, 1), datetime.date(2026, 4, 1))
    """
    end = (last + timedelta(days=1)).replace(day=1)
    middle = (end - timedelta(days=1)).replace(day=1)
    start = (middle - timedelta(days=1)).replace(day=1)
    return (start, middle), (middle, end)


def _billed(row: dict[str, Any]) -> dict[str, str]:
    return {"provider": row["provider"], "billed": f"{row['cost']:>14,.2f} {row['BillingCurrency']}"}


def _mover(row: dict[str, Any]) -> dict[str, str]:
    return {
        "service": row["service"],
        "change": f"{row['change']:>+12,.2f} {row['BillingCurrency']}",
        "months": f"({row['before']:,.2f} -> {row['now']:,.2f})",
    }


def _onwards(session: Any) -> list[str]:
    opened = f"  %finops open {shown_path(session.path)}"
    return ["", "in a notebook:", "  %load_ext finopsnb", opened, "  %finops show cost-overview"]
