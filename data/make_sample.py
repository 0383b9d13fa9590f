"""Makes data/sample: bills with planted facts, in FOCUS and as native exports, the same bytes on each run.

    python data/make_sample.py [FOLDER]

What is in the bills is data in sample_source/ (inventory, prices, commitments, events); facts.json says what a
reader of the files has to find.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from itertools import groupby
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "sample_source"))

import native
from charges import Line, lines
from facts import facts
from focus_rows import Value, columns, focus_row
from inventory import PROVIDERS
from writing import write_csv

TIMES = {"BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd"}
DECIMALS = {
    "BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "ListUnitPrice", "ContractedUnitPrice",
    "ConsumedQuantity", "PricingQuantity", "CommitmentDiscountQuantity",
}  # fmt: skip


def main(folder: Path) -> None:
    """Writes the files and facts.json into ``folder``."""
    bills = {provider: lines(provider) for provider in PROVIDERS}
    files = {name: (provider, part) for provider in PROVIDERS for name, part in _parts(provider, bills[provider])}
    (folder / "focus").mkdir(parents=True, exist_ok=True)
    for name, (provider, part) in files.items():
        write = write_parquet if name.endswith(".parquet") else write_texts
        write(folder / "focus" / name, columns(provider), [focus_row(line) for line in part])
    counts = {name: (provider, len(part)) for name, (provider, part) in files.items()}
    told = {**facts(bills, counts), "native": native.write(folder / "native", bills)}
    text = json.dumps(told, indent=1, ensure_ascii=False)
    (folder / "facts.json").write_text(text + "\n", encoding="utf-8")


def _parts(provider: str, bill: list[Line]) -> Iterable[tuple[str, list[Line]]]:
    """AWS by quarter, the way a report of many files comes; Microsoft in one file; Google Cloud in Parquet."""
    if provider == "Microsoft":
        return [("microsoft.csv.gz", bill)]
    if provider == "Google Cloud":
        return [("google-cloud.parquet", bill)]
    return [(f"aws-{quarter}.csv.gz", list(part)) for quarter, part in groupby(bill, lambda line: _quarter(line.month))]


def _quarter(month: date) -> str:
    return f"{month.year}-q{(month.month + 2) // 3}"


def write_texts(path: Path, names: tuple[str, ...], rows: list[dict[str, Value]]) -> None:
    """Gzipped CSV; a null is an empty field."""
    write_csv(path, names, ({name: _text(value) for name, value in row.items()} for row in rows))


def _text(value: Value) -> str:
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00Z"
    if isinstance(value, Decimal):
        return f"{value.normalize() if value else 0:f}"
    return value or ""


def write_parquet(path: Path, names: tuple[str, ...], rows: list[dict[str, Value]]) -> None:
    """Parquet with decimals and UTC times, as a warehouse exports it."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {"time": pa.timestamp("us", tz="UTC"), "decimal": pa.decimal128(38, 12), "text": pa.string()}
    schema = pa.schema([(name, kinds[_kind(name)]) for name in names])
    arrays = [_array(pa, [row.get(name) for row in rows], schema.field(name).type) for name in names]
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), path, compression="zstd", compression_level=19)


def _kind(name: str) -> str:
    return "time" if name in TIMES else "decimal" if name in DECIMALS else "text"


def _array(pa, values, kind):  # type: ignore[no-untyped-def]
    if pa.types.is_timestamp(kind):
        return pa.array(values, pa.date32()).cast(pa.timestamp("us")).cast(kind)
    return pa.array(values, kind)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "sample")
