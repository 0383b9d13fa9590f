"""``session.budgets`` and ``session.budget_status``: budgets from TOML or a table, and thresholds told once."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from finopsnb.errors import FinopsError, nearest
from finopsnb.plugins import tabular

if TYPE_CHECKING:
    import pyarrow as pa

    from finopsnb.analysis.budgets import Budget, Spend
    from finopsnb.plugins.hooks import HookBus
    from finopsnb.store import Store

__all__ = ["keep", "status"]

#: the crossings that were told are remembered under this name and key
_OWNER, _KEY = "budgets", "told"
#: the cost by which budgets are kept
_METRIC = "EffectiveCost"
_HINT = 'budget = "web 2026", owner = "web", period_start = 2026-01-01, period_end = 2027-01-01, amount = "12000", BillingCurrency = "USD"'


def keep(store: Store, given: Any) -> None:
    """Check budgets (TOML text, the path of a TOML file, or any table) and keep them in place of all that there are.

    Raises FinopsError with everything that is wrong in any of them; nothing is kept then.
    """
    import pyarrow as pa

    budgets = _checked(_rows(given))
    kinds = {"period_start": pa.timestamp("us", tz="UTC"), "period_end": pa.timestamp("us", tz="UTC"), "amount": pa.decimal128(38, 18)}
    names = list(store.schema("budgets"))
    rows = [budget.row() for budget in budgets]
    store.keep_budgets(pa.table({name: pa.array([row[name] for row in rows], kinds.get(name, pa.string())) for name in names}))


def status(store: Store, hooks: HookBus, as_of: date | str | None, metric: str) -> pa.Table:
    """The status of every budget; fires ``budget_threshold_exceeded`` for crossings that were not told before.

    Another ``metric`` than EffectiveCost asks what would be, and tells nobody.
    """
    from finopsnb.analysis.budget_status import budget_spends
    from finopsnb.analysis.budgets import status_of

    found = [(*one, status_of(*one)) for one in budget_spends(store.table, store.execute, _day(as_of), metric)]
    if metric == _METRIC and not store.read_only:
        _tell(store, hooks, [(budget, spend, row) for budget, spend, _, row in found])
    return _as_table([row for *_, row in found])


def _day(said: date | str | None) -> date | None:
    if said is None or isinstance(said, date):
        return said.date() if isinstance(said, datetime) else said
    try:
        return date.fromisoformat(said)
    except ValueError as error:
        raise FinopsError(f"{said} is not a day.", why="A day is written as year, month and day.", hint='as_of="2026-01-15"') from error


def _tell(store: Store, hooks: HookBus, found: Iterable[tuple[Budget, Spend, dict[str, Any]]]) -> None:
    """Kept before it is told: a handler that fails must not make the next status tell everything again."""
    from finopsnb.analysis.budgets import crossed

    told = set(store.get_state(_OWNER, _KEY) or ())
    news = [
        (mark, row, threshold)
        for budget, spend, row in found
        for threshold in (crossed(budget, row["actual"]) if row["actual"] is not None else ())
        if (mark := _mark(budget, spend.metric, threshold)) not in told
    ]
    if news:
        store.set_state(_OWNER, _KEY, sorted(told | {mark for mark, _, _ in news}))
    for _, row, threshold in news:
        hooks.trigger("budget_threshold_exceeded", budget=row["budget"], threshold=threshold, actual=row["actual"], status=dict(row))


def _mark(budget: Budget, metric: str, threshold: Decimal) -> str:
    """What a crossing is known by: another scope, owner, amount or period is another budget."""
    days, numbers = (budget.period_start, budget.period_end), (budget.amount, threshold)
    parts = (budget.budget, budget.owner, budget.scope, metric, budget.BillingCurrency, *days)
    return json.dumps([*map(str, parts), *(f"{number.normalize():f}" for number in numbers)])


def _rows(given: Any) -> list[dict[str, Any]]:
    if not isinstance(given, str | Path):
        return [dict(row) for row in tabular.rows(given)]
    is_text = isinstance(given, str) and ("\n" in given or "=" in given)
    if not is_text and not Path(given).is_file():
        raise _no_file(Path(given))
    try:
        document = tomllib.loads(str(given) if is_text else Path(given).read_text(encoding="utf-8"), parse_float=Decimal)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        what = "The budgets" if is_text else f"The budgets in {given}"
        raise FinopsError(f"{what} cannot be read.", why=str(error), hint=f"[[budgets]] with {_HINT}") from error
    rows = document.get("budgets")
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise FinopsError("There are no budgets in it.", why="Each is a table [[budgets]].", hint=f"[[budgets]] with {_HINT}")
    return rows


def _no_file(path: Path) -> FinopsError:
    beside = sorted(file.name for file in path.parent.glob("*.toml")) if path.parent.is_dir() else []
    near = nearest(path.name, beside) or next(iter(beside), "")
    hint = f'session.budgets("{path.parent / near}")' if near else f"write {path} with [[budgets]] and, for each, {_HINT}"
    return FinopsError(f"There is no file {path}.", why=f"{path.parent} has {', '.join(beside[:5]) or 'no .toml file'}.", hint=hint)


def _checked(rows: list[dict[str, Any]]) -> list[Budget]:
    from finopsnb.analysis.budgets import Budget

    budgets, problems = [], []
    for place, row in enumerate(rows, 1):
        try:
            budgets.append(Budget.model_validate({name: value for name, value in row.items() if value is not None}))
        except ValidationError as error:
            problems += [f"{row.get('budget') or f'budget {place}'}: {_told(one)}" for one in error.errors()]
    keys = [(budget.budget, budget.period_start) for budget in budgets]
    problems += [f"{name}: it is there twice from {start} on" for name, start in sorted({key for key in keys if keys.count(key) > 1})]
    if problems:
        raise FinopsError("The budgets cannot be used; those that there are stay.", why="; ".join(problems), hint=_HINT)
    return budgets


def _told(error: Any) -> str:
    """One problem in the words of the settings: which, and what is wrong."""
    place = ".".join(map(str, error["loc"]))
    said = str(error["msg"]).removeprefix("Value error, ")
    return f"{place}: {said}" if place else said


def _as_table(rows: list[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    from finopsnb.analysis.budgets import STATUS

    money = dict.fromkeys(("amount", "actual", "remaining", "burn_rate", "forecast"), pa.decimal128(38, 18))
    days = dict.fromkeys(("period_start", "period_end", "as_of"), pa.date32())
    kinds = {**money, **days, "share": pa.float64(), "forecast_share": pa.float64(), "threshold": pa.decimal128(38, 18)}
    return pa.table({name: pa.array([row[name] for row in rows], kinds.get(name, pa.string())) for name in STATUS})
