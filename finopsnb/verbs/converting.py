"""``session.convert``: the user's exchange rates, checked and kept, and the costs in one currency by them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation, localcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finopsnb.errors import FinopsError
from finopsnb.verbs.readings import telling

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from finopsnb.store import Store

__all__ = ["convert", "rates_of"]

#: the columns of a user's table of rates, each with the name that it has in exchange_rates
_NAMES = {"date": "date", "from": "from_currency", "to": "to_currency", "rate": "rate"}
_HINT = "rates with the columns date, from, to, rate: 2026-10-01, EUR, USD, 1.0874"


def convert(store: Store, rates: Any, to: str, columns: Sequence[str]) -> pa.Table:
    """The costs with each of ``columns`` in the currency ``to`` too; the rates are kept in ``exchange_rates``.

    Without rates those that are kept are used. Raises FinopsError for rates that cannot be read, and, with currencies and
    days, where one is missing; nothing is kept then.
    """
    import ibis

    from finopsnb.analysis.currencies import converted, name_in

    currency = to.upper()
    given = None if rates is None else rates_of(rates)
    known = store.table("exchange_rates") if given is None else ibis.memtable(given)
    costs = store.table("costs")
    result = converted(costs, known, currency, columns)
    _require_all(store, costs, known, currency)
    if given is not None and not store.read_only:
        store.keep_rates(given)
    return telling(store.execute(result), [name_in(name, currency) for name in columns])


def _require_all(store: Store, costs: ir.Table, rates: ir.Table, to: str) -> None:
    from finopsnb.analysis.currencies import missing_rates

    missing = store.execute(missing_rates(costs, rates, to)).to_pylist()
    if missing:
        told = "; ".join(_told(row) for row in missing)
        raise FinopsError(
            f"There is no rate to {to} for {told}. Nothing was converted.",
            why="A charge takes the latest rate on or before its day; none is inverted or looked up ahead.",
            hint=f"add a row: {missing[0]['first_day'] or 'DATE'}, {missing[0]['BillingCurrency'] or 'CURRENCY'}, {to}, RATE",
        )


def _told(row: dict[str, Any]) -> str:
    currency = row["BillingCurrency"] or "charges without a currency"
    first, last = row["first_day"], row["last_day"]
    when = f"{first}" if first == last else f"{row['days']} days from {first} to {last}"
    return f"{currency} on {when}"


def rates_of(given: Any) -> pa.Table:
    """A user's rates (a table of any kind, or the path of a file) as date, from_currency, to_currency, rate, sorted.

    Rates are decimals; beyond 18 decimals a half goes to even. Raises FinopsError for columns that are missing, a rate or
    a date that cannot be read, and two rates for one day.

    >>> rates_of([{"Date": "2026-10-01", "From": "eur", "To": "usd", "Rate": "1.0874"}]).to_pylist()[0]["from_currency"]
    'EUR'
    """
    import pyarrow as pa

    found: dict[tuple[date, str, str], Decimal] = {}
    for row in _rows(given):
        key = (_date(row["date"]), _currency(row["from"]), _currency(row["to"]))
        rate = _rate(row["rate"])
        if found.setdefault(key, rate) != rate:
            raise FinopsError(f"There are two rates for {key[1]} to {key[2]} on {key[0]}: {found[key]:f} and {rate:f}.", hint=_HINT)
    ordered = sorted(found)
    columns = [pa.array([key[i] for key in ordered], kind) for i, kind in enumerate((pa.date32(), pa.string(), pa.string()))]
    columns.append(pa.array([found[key] for key in ordered], pa.decimal128(38, 18)))
    return pa.table(dict(zip(_NAMES.values(), columns, strict=True)))


def _rows(given: Any) -> list[dict[str, Any]]:
    table = _read(Path(given)) if isinstance(given, str | Path) else _as_table(given)
    own = {name.strip().casefold(): name for name in table.column_names}
    columns = {name: own.get(name) or own.get(stored) for name, stored in _NAMES.items()}
    if missing := [name for name, column in columns.items() if column is None]:
        raise FinopsError(
            f"The rates have no column {', '.join(missing)}.", why=f"Their columns are {', '.join(table.column_names)}.", hint=_HINT
        )
    return [{name: row[columns[name]] for name in _NAMES} for row in table.to_pylist()]


def _as_table(given: Any) -> pa.Table:
    from finopsnb.plugins import tabular

    return tabular.to_arrow(given, what="the rates")


def _read(path: Path) -> pa.Table:
    import pyarrow as pa

    from finopsnb.plugins.files import find_files, read_files

    table = pa.concat_tables([chunk for _, chunk in read_files(find_files(path))], promote_options="default")
    for row in table.filter(table.column("_reason").is_valid()).slice(0, 1).to_pylist():
        raise FinopsError(f"Line {row['_line']} of {path} cannot be read.", why=row["_reason"], hint=_HINT)
    return table.drop_columns(["_line", "_reason", "_raw"])


def _date(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip()[:10])
    except ValueError as error:
        raise FinopsError(f"{value!r} is no date of a rate.", why="Dates are written 2026-10-01.", hint=_HINT) from error


def _currency(value: Any) -> str:
    text = str(value or "").strip().upper()
    if not text:
        raise FinopsError("A rate has no currency.", hint=_HINT)
    return text


def _rate(value: Any) -> Decimal:
    try:
        rate = Decimal(str(value).strip())
        with localcontext(prec=60):
            rounded = rate.quantize(Decimal("1E-18"), ROUND_HALF_EVEN)
    except InvalidOperation:  # it is no number, or one of 43 digits
        rounded = Decimal("NaN")
    if not (rounded.is_finite() and 0 < rounded < Decimal(10) ** 20):
        why = "A rate is a number above 0, written 1.0874; it is kept with 18 decimals."
        raise FinopsError(f"{value!r} is no rate of exchange.", why=why, hint=_HINT)
    return rounded
