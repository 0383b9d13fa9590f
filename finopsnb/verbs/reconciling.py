"""The proof that nothing was lost or invented: what a source adds up to, against what became of it.

    source_total = rounding + stored_total + quarantined + duplicate + difference

``source_total`` is what the raw amounts add up to, to the last digit, read apart from the collection. ``rounding`` is what
of it lies beyond the 18 decimals that costs are stored with. What is set aside with its reason, and what was there twice,
is counted. A ``difference`` of 0 says that every unit of money in the source is in one of these; when it is not 0, money
of the source is missing (more than 0) or there is more than the source has (less).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Any

from finopsnb.errors import FinopsError
from finopsnb.plugins.telemetry import KEYS, MEASURES
from finopsnb.verbs.invoices import Invoice

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["CHANGED", "DIFFERS", "MATCHES", "UNREADABLE", "reconciled"]

MATCHES, DIFFERS, CHANGED, UNREADABLE = "matches", "differs", "source changed", "unreadable amounts"

_ZERO = Decimal(0)

#: enough digits for any sum of amounts with 20 digits before the point and 38 after it
_DIGITS = 100

Key = tuple[str | None, datetime | None, str | None]


@dataclass
class _Line:
    """One account, period, currency and measure."""

    source_total: Decimal = _ZERO
    rounding: Decimal = _ZERO
    unreadable: int = 0
    source_rows: int = 0
    amounts: dict[str, Decimal] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    invoice_total: Decimal | None = None

    def of(self, outcome: str) -> Decimal:
        return self.amounts.get(outcome, _ZERO)

    @property
    def difference(self) -> Decimal:
        return self.source_total - self.rounding - self.of("stored") - self.of("quarantined") - self.of("duplicate")

    def status(self, changed: bool) -> str:
        if self.difference:
            return CHANGED if changed else DIFFERS
        return UNREADABLE if self.unreadable else MATCHES

    def told(self, changed: bool) -> dict[str, Any]:
        invoice = self.invoice_total
        return {
            "source_total": self.source_total,
            "rounding": self.rounding,
            "stored_total": self.of("stored"),
            "quarantined": self.of("quarantined"),
            "duplicate": self.of("duplicate"),
            "difference": self.difference,
            "status": self.status(changed),
            "invoice_total": invoice,
            "invoice_difference": None if invoice is None else invoice - self.source_total,
            "source_rows": self.source_rows,
            "stored_rows": self.rows.get("stored", 0),
            "quarantined_rows": self.rows.get("quarantined", 0),
            "duplicate_rows": self.rows.get("duplicate", 0),
            "unreadable": self.unreadable,
        }


def reconciled(control: pa.Table, accounted: pa.Table, invoices: Sequence[Invoice], *, newest: int, changed: bool) -> pa.Table:
    """A row per account, period, currency and measure, from what the source says and what the store accounts for.

    ``newest`` is the newest run of the source; of earlier ones only what the source still has is counted. ``changed`` says
    whether the source is known to have changed since. Raises FinopsError for an invoice that is for nothing of it.
    """
    with localcontext(prec=_DIGITS):
        lines = _from_source(control.to_pylist())
        _add_accounts(lines, accounted.to_pylist(), newest)
        _add_invoices(lines, invoices)
        ordered = sorted(lines, key=lambda key: tuple((part is not None, str(part)) for part in key))
        return _as_table([{**_named(key), **lines[key].told(changed)} for key in ordered])


Lines = dict[tuple[str | None, datetime | None, str | None, str], _Line]


def _from_source(rows: Iterable[Mapping[str, Any]]) -> Lines:
    lines: Lines = {}
    for row in rows:
        line = lines.setdefault((*_key(row), row["measure"]), _Line())
        line.source_total += row["total"] + row["residue"]
        line.rounding += row["residue"]
        line.source_rows += row["rows"]
        line.unreadable += row["unreadable"]
    return lines


def _add_accounts(lines: Lines, rows: Iterable[Mapping[str, Any]], newest: int) -> None:
    """What was set aside of an account and period that the source has no more is of the past, unless it was just now."""
    known = {(*key[:2],) for key in lines}
    told = {key[3] for key in lines}
    measures = [measure for measure in MEASURES if measure in told or not told]  # a source need not say what is amortised
    for row in rows:
        key = _key(row)
        if row["outcome"] != "stored" and key[:2] not in known and row["run_id"] != newest:
            continue
        for measure in measures:
            line, outcome = lines.setdefault((*key, measure), _Line()), row["outcome"]
            line.amounts[outcome] = line.of(outcome) + (row[measure] or _ZERO)
            line.rows[outcome] = line.rows.get(outcome, 0) + row["rows"]


def _add_invoices(lines: Lines, invoices: Iterable[Invoice]) -> None:
    """An invoice asks for BilledCost."""
    for account, period, currency, amount in invoices:
        meant = [key for key in lines if _is_for(key, account, period, currency)]
        if len(meant) != 1:
            raise _no_such(lines, f"{account}:{period}:{currency}", len(meant))
        line = lines[meant[0]]
        line.invoice_total = amount + (line.invoice_total or _ZERO)


def _is_for(key: tuple[Any, ...], account: str, period: str, currency: str) -> bool:
    start = key[1].isoformat() if key[1] is not None else ""
    return key[0] == account and start.startswith(period) and key[2] == currency and key[3] == "BilledCost"


def _no_such(lines: Lines, said: str, found: int) -> FinopsError:
    known = sorted({":".join(_short(part) for part in key[:3]) for key in lines})
    what = f"The invoice {said} is for {found} billing periods." if found else f"Nothing was billed for the invoice {said}."
    why = f"There are {', '.join(known[:5])}{f' and {len(known) - 5} more' if len(known) > 5 else ''}." if known else ""
    return FinopsError(what, why=why, hint=f'invoices={{"{known[0]}": "..."}}' if known else "")


def _short(part: Any) -> str:
    return part.date().isoformat() if isinstance(part, datetime) else str(part)


def _key(row: Mapping[str, Any]) -> Key:
    return row["BillingAccountId"], row["BillingPeriodStart"], row["BillingCurrency"]


def _named(key: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip((*KEYS, "measure"), key, strict=True))


def _as_table(rows: list[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    texts = ("BillingAccountId", "BillingCurrency", "measure", "status")
    names = [*KEYS, "measure", *_Line().told(False)]
    columns: dict[str, Any] = {}
    for name in names:
        values = [row[name] for row in rows]
        if name == "BillingPeriodStart":
            columns[name] = pa.array(values, pa.timestamp("us", tz="UTC"))
        elif name in texts:
            columns[name] = pa.array(values, pa.string())
        elif name.endswith("rows") or name == "unreadable":
            columns[name] = pa.array(values, pa.int64())
        else:  # zeros at the end count as digits that do not fit
            plain = [None if value is None else value.normalize() for value in values]
            columns[name] = pa.array(plain, _decimal(plain))
    return pa.table(columns)


def _decimal(values: Iterable[Decimal | None]) -> pa.DataType:
    """A type that holds every digit: with the 18 decimals that costs have, or as many more as there are."""
    import pyarrow as pa

    said = [value for value in values if value is not None]
    scale = max([18, *(-int(value.as_tuple().exponent) for value in said)])
    whole = max([1, *(value.adjusted() + 1 for value in said)])
    return pa.decimal128(38, scale) if whole + scale <= 38 else pa.decimal256(76, scale)
