"""The two forms of a Cost and Usage Report: legacy CSV, whose columns differ by month, and CUR 2.0 as Parquet."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from charges import Line
from native_aws import report
from native_aws_rows import AWS, Row, kind_of
from native_facts import categories, of_month, sums, told, total
from writing import as_java, binary, plain, write_csv

#: with a credit and a refund, with a correction of the month before, and the newest
MONTHS = (date(2026, 2, 1), date(2026, 4, 1), date(2026, 10, 1))
NEWEST = MONTHS[-1]

GROUPS = ("identity", "bill", "lineItem", "product", "pricing", "reservation", "savingsPlan", "resourceTags", "costCategory")
ONLY_CUR_2 = {"bill/PayerAccountName", "lineItem/UsageAccountName"}
TIMES = {"bill/BillingPeriodStartDate", "bill/BillingPeriodEndDate", "lineItem/UsageStartDate", "lineItem/UsageEndDate"}
IN_PRODUCT_MAP = {f"product/{name}" for name in ("ProductName", "memory", "operatingSystem", "region", "servicename", "vcpu")}
MAPS = ("cost_category", "discount", "product", "resource_tags")


def write(folder: Path, bill: list[Line]) -> dict[str, Any]:
    """Both folders; returns the facts by format."""
    bills = {month: of_month(bill, month) for month in MONTHS}
    files = {}
    for month, part in bills.items():
        name = f"larkspur-cur-{month:%Y-%m}.csv.gz"
        files[name] = write_legacy(folder / "aws-cur" / name, report(part))
    newest = f"larkspur-cur2-{NEWEST:%Y-%m}.snappy.parquet"
    write_cur_2(folder / "aws-cur-2" / newest, rows := report(bills[NEWEST]))
    return {
        "aws-cur": _facts(files, bills),
        "aws-cur-2": _facts({newest: len(rows)}, {NEWEST: bills[NEWEST]}),
    }


def write_legacy(path: Path, rows: list[Row]) -> int:
    """Gzipped CSV with the columns that the month has values for, which is why they differ from month to month."""
    used = {name for row in rows for name, value in row.items() if value != "" and name not in ONLY_CUR_2}
    seen = dict.fromkeys(name for row in rows for name in row)
    names = sorted((name for name in seen if name in used), key=lambda name: GROUPS.index(name.split("/")[0]))
    return write_csv(path, names, ({name: _cell(value) for name, value in row.items()} for row in rows))


def _cell(value: object) -> str:
    if isinstance(value, date):
        return f"{value}T00:00:00.000Z"
    return as_java(value) if isinstance(value, Decimal) else str(value)


def write_cur_2(path: Path, rows: list[Row]) -> None:
    """Parquet with binary numbers and, of what has no column of its own, maps from text to text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    names = sorted({name for row in rows for name in row if not _in_map(name)}, key=_snake)
    columns = {_snake(name): _array(pa, [row.get(name, "") for row in rows], name) for name in names}
    text_map = pa.map_(pa.string(), pa.string())
    for name in MAPS:
        columns[name] = pa.array([_members(row, name) for row in rows], text_map)
    table = pa.table(dict(sorted(columns.items())))
    pq.write_table(table, path, compression="snappy")


def _array(pa: Any, values: list[Any], name: str) -> Any:
    if name in TIMES:
        return pa.array(values, pa.date32()).cast(pa.timestamp("ms"))
    if any(isinstance(value, Decimal) for value in values):
        return pa.array([binary(value) if isinstance(value, Decimal) else None for value in values], pa.float64())
    return pa.array([value or None for value in values], pa.string())


def _in_map(name: str) -> bool:
    return name in IN_PRODUCT_MAP or name.startswith(("resourceTags/", "costCategory/"))


def _members(row: Row, column: str) -> list[tuple[str, str]]:
    if column == "product":
        found = {_words(name.split("/")[1]): str(row[name]) for name in sorted(IN_PRODUCT_MAP) if row.get(name)}
    else:
        prefix = {"resource_tags": "resourceTags/", "cost_category": "costCategory/"}.get(column, "-")
        found = {re.sub(r"\W", "_", name.removeprefix(prefix)).lower(): str(row[name]) for name in row if name.startswith(prefix)}
    return list(found.items())


def _snake(name: str) -> str:
    group, _, own = name.partition("/")
    return f"{_words(group)}_{_words(own)}"


def _words(name: str) -> str:
    """``UsageStartDate`` is usage_start_date and ``ReservationARN`` reservation_a_r_n, as in AWS's own names."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _facts(files: dict[str, int], bills: dict[date, list[Line]]) -> dict[str, Any]:
    lines = [line for part in bills.values() for line in part if line.category != "Tax"]
    kept = [line for line in lines if line.status != "Unused"]
    taxes = sum(1 for part in bills.values() for row in report(part) if row["lineItem/LineItemType"] == "Tax")
    unused = [line for line in lines if line.status == "Unused"]
    rows = {(line.commitment.identity, line.start if line.commitment.spend else line.month) for line in unused if line.commitment}
    counts = categories([*(line.category for line in kept), *["Usage"] * len(rows), *["Tax"] * taxes])
    return told(
        files,
        [total(AWS.billing_id, month, AWS.currency, *sums(part)) for month, part in bills.items()],
        counts,
        same_as_focus=[{"provider": "AWS", "month": f"{month:%Y-%m}", "without": []} for month in bills],
        special={
            "negations": sum(files.values()) - len(kept) - taxes,
            "covered": categories(kind_of(line) for line in kept if line.status == "Used"),
            "unused": {"rows": len(rows), "EffectiveCost": plain(sums(unused)[1])},
            "credits": plain(sums(line for line in kept if line.category == "Credit")[0]),
            "refunds": [_refund(line) for line in kept if kind_of(line) == "Refund"],
        },
    )


def _refund(line: Line) -> dict[str, Any]:
    billed = {"charge_day": str(line.start), "billing_month": f"{line.month:%Y-%m}", "BilledCost": plain(line.costs.billed)}
    return {**billed, "ChargeClass": "Correction" if line.correction else None}


__all__: Iterable[str] = ["MONTHS", "write"]
