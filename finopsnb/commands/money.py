"""Commands about amounts: do they match the bill, and what are they in one currency."""

from __future__ import annotations

from argparse import Namespace
from decimal import Decimal
from typing import Any

from finopsnb.amounts import plain
from finopsnb.commands.state import State
from finopsnb.commands.texts import count, visible
from finopsnb.commands.vocabulary import SHELL, Result, argument, command
from finopsnb.commands.work import made_ready
from finopsnb.errors import CommandError

__all__ = ["invoices_of"]

_MATCHES = "matches"

#: totals that match are told one by one up to this many, and as a number beyond
_ONE_BY_ONE = 6


@command(
    "reconcile",
    "do the totals match the bill: the source read anew, against what is stored of it",
    argument("subject", metavar="NAME|RUN", completes="telemetry", help="a telemetry plugin, or the number of one of its runs"),
    argument("settings", nargs="*", metavar="key=value", faces=(SHELL,), help="settings of the plugin"),
    argument(
        "--invoice", action="append", default=[], metavar="ACCOUNT:PERIOD:CURRENCY=AMOUNT",
        help="hold the bill against an invoice, 123456789012:2026-10:USD=1024.11; again for more",
    ),
    argument("--rows", action="store_true", help="the rows that differ, at most 1000"),
    argument("--config", metavar="FILE", completes="files", faces=(SHELL,), help="take settings from [NAME] of this TOML file"),
    group="work",
    examples=("reconcile focus-files", "reconcile 7 --rows", "reconcile focus-files --invoice 123456789012:2026-10:USD=1024.11"),
    notes="source_total = rounding + stored_total + quarantined + duplicate + difference",
    frame=True,
)  # fmt: skip
def reconcile(state: State, arguments: Namespace) -> Result:
    subject: str | int = int(arguments.subject) if arguments.subject.isdecimal() else arguments.subject
    name = subject if isinstance(subject, str) else _plugin_of(state.session, subject)
    made_ready(state, [name] if name else [], getattr(arguments, "settings", []), arguments)
    if arguments.rows:
        frame = state.session.reconcile(subject, rows=True)
        return Result(frame, f"{visible(name)}: {count(len(frame), 'row')} {'differs' if len(frame) == 1 else 'differ'}")
    invoices = invoices_of(arguments.invoice)
    table = state.session.reconcile(subject, invoices, frames="arrow")
    return Result(_as_frame(state, table), "\n".join(_verdicts(name, table.to_pylist())))


@command(
    "convert",
    "costs in one currency beside their own, by your exchange rates",
    argument("rates", nargs="?", metavar="RATES", completes="files", help="a file of date, from, to, rate (default: those given last)"),
    argument("--to", default="USD", metavar="CURRENCY", help="the currency (default: USD)"),
    argument("--column", action="append", default=[], metavar="COLUMN", help="an amount (default: BilledCost and EffectiveCost)"),
    group="data",
    examples=("convert rates.csv --to EUR", "convert --to EUR --column ListCost -o costs"),
    notes="A charge takes the latest rate on or before its day. A missing rate is an error: none is inverted or chained.",
    frame=True,
)
def convert(state: State, arguments: Namespace) -> Result:
    columns = tuple(arguments.column) or ("BilledCost", "EffectiveCost")
    table = state.session.convert(arguments.rates, arguments.to, columns, frames="arrow")
    return Result(_as_frame(state, table), _told_sums(table, columns, arguments.to.upper()))


def _told_sums(table: Any, columns: tuple[str, ...], to: str) -> str:
    import pyarrow.compute as pc

    from finopsnb.analysis.currencies import name_in

    sums = [f"{name} {to} {plain(pc.sum(table.column(name_in(name, to))).as_py() or Decimal(0))}" for name in columns]
    return f"{count(table.num_rows, 'row')}: {', '.join(sums)}"


def _as_frame(state: State, table: Any) -> Any:
    from finopsnb.frames import to_frame

    return to_frame(table, state.kind)


def invoices_of(given: list[str]) -> dict[str, str]:
    """Each amount by its account, period and currency."""
    found: dict[str, str] = {}
    for word in given:
        bill, _, amount = word.rpartition("=")
        if not bill or bill in found:
            what = f"The invoice {bill} is given twice." if bill else f"{word} is no invoice."
            why = "" if bill else "It is written ACCOUNT:PERIOD:CURRENCY=AMOUNT."
            raise CommandError(what, why=why, hint="--invoice 123456789012:2026-10:USD=1024.11")
        found[bill] = amount
    return found


def _plugin_of(session: Any, run_id: int) -> str:
    runs = [run for run in session.runs(frames="arrow").to_pylist() if run["run_id"] == run_id]
    return str(runs[0]["plugin"]) if runs else ""


def _verdicts(name: str, rows: list[dict[str, Any]]) -> list[str]:
    """A line for each account, period and currency; those that match are only counted where there are many."""
    bills: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        period = f"{row['BillingPeriodStart']:%Y-%m}" if row["BillingPeriodStart"] else "no period"
        parts = (row["BillingAccountId"] or "no account", period, row["BillingCurrency"] or "no currency")
        bills.setdefault(f"{name} {', '.join(map(visible, parts))}", []).append(row)
    good = [bill for bill, members in bills.items() if all(row["status"] == _MATCHES for row in members)]
    lines = [f"{bill}: {_told(members)}" for bill, members in bills.items() if len(good) <= _ONE_BY_ONE or bill not in good]
    if len(good) > _ONE_BY_ONE:
        lines.insert(0, f"{name}: {count(len(good), 'bill')} {'matches' if len(good) == 1 else 'match'} to the last digit")
    return lines or [f"{name}: there is nothing in the source and nothing is stored"]


def _told(members: list[dict[str, Any]]) -> str:
    wrong = [row for row in members if row["status"] != _MATCHES]
    said = [_told_wrong(row) for row in wrong] or ["matches to the last digit"]
    if any(row["status"] == "source changed" for row in wrong):
        said.append("the source changed since it was collected")
    aside = max((row["quarantined_rows"] for row in members), default=0)
    if aside:
        said.append(f"{count(aside, 'row')} in quarantine")
    return "; ".join([*said, *(_told_invoice(row) for row in members if row["invoice_total"] is not None)])


def _told_wrong(row: dict[str, Any]) -> str:
    if not row["difference"]:
        return f"{row['measure']} matches, but {count(row['unreadable'], 'amount')} of the source cannot be read"
    missing = "is missing" if row["difference"] > 0 else "is more than the source has"
    return f"{row['measure']} differs: {plain(abs(row['difference']))} {missing}"


def _told_invoice(row: dict[str, Any]) -> str:
    """An invoice is rounded, mostly to cents: it agrees where the bill rounds to it."""
    invoice, difference = row["invoice_total"], row["invoice_difference"]
    unit = Decimal(1).scaleb(min(int(invoice.normalize().as_tuple().exponent), -2))
    if abs(difference) * 2 <= unit:
        return f"the invoice of {plain(invoice)} agrees" + (f" (rounded by {plain(difference)})" if difference else "")
    return f"the invoice of {plain(invoice)} is {plain(abs(difference))} {'more' if difference > 0 else 'less'} than the source"
