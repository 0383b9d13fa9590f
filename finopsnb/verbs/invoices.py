"""What an invoice asks for, as users write it: by account, period and currency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from finopsnb.errors import FinopsError
from finopsnb.plugins.telemetry import KEYS

__all__ = ["Invoice", "invoices_of"]

#: account, period (2026-10 or 2026-10-01), currency; and the amount
Invoice = tuple[str, str, str, Decimal]

_COLUMNS = (*KEYS, "amount")
_HINT = 'invoices={"123456789012:2026-10:USD": "1024.11"}'


def invoices_of(given: Any) -> list[Invoice]:
    """From a dict by ``"ACCOUNT:PERIOD:CURRENCY"`` (or a tuple of the three), or any table with _COLUMNS; FinopsError.

    >>> invoices_of({"urn:12:2026-10:usd": "10.50"})
    [('urn:12', '2026-10', 'USD', Decimal('10.50'))]
    """
    if given is None:
        return []
    if isinstance(given, Mapping):
        return [_invoice(_parts(key), amount) for key, amount in given.items()]
    return [_invoice(row[:3], row[3]) for row in _rows(given)]


def _rows(given: Any) -> Iterable[tuple[Any, ...]]:
    from finopsnb.plugins import tabular

    table = tabular.to_arrow(given, what="invoices")
    missing = [name for name in _COLUMNS if name not in table.column_names]
    if missing:
        raise FinopsError(f"The invoices have no column {', '.join(missing)}.", why=f"They need {', '.join(_COLUMNS)}.", hint=_HINT)
    return [tuple(row[name] for name in _COLUMNS) for row in table.to_pylist()]


def _parts(key: Any) -> tuple[Any, ...]:
    """An account may have colons in it."""
    parts = tuple(key.rsplit(":", 2)) if isinstance(key, str) else tuple(key)
    if len(parts) != 3:
        raise FinopsError(f"{key!r} does not name an invoice.", why="It takes ACCOUNT:PERIOD:CURRENCY.", hint=_HINT)
    return parts


def _invoice(bill: tuple[Any, ...], amount: Any) -> Invoice:
    account, period, currency = bill
    text = period.date().isoformat() if isinstance(period, datetime) else str(period)
    return str(account), _checked_period(text), str(currency).upper(), _amount(amount)


def _checked_period(text: str) -> str:
    try:
        date.fromisoformat(text if len(text) != len("2026-10") else f"{text}-01")
    except ValueError as error:
        raise FinopsError(f"{text!r} is no billing period.", why="It is a month, 2026-10, or a day, 2026-10-01.", hint=_HINT) from error
    return text


def _amount(value: Any) -> Decimal:
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise FinopsError(f"{value!r} is no amount of an invoice.", why="It takes digits and a point: 1024.11.", hint=_HINT)
    return amount
