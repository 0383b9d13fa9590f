"""Small cost tables, and ways to put them into a store and to compare what is in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from finopsnb.store import Batch, Ingested, Store


def row(cost: str = "1.5", **values: Any) -> dict[str, Any]:
    """A charge as text, as a CSV file has it."""
    return {
        "BilledCost": cost,
        "BillingCurrency": "USD",
        "BillingAccountId": "0012",
        "BillingPeriodStart": "2024-09-01T00:00:00Z",
        "BillingPeriodEnd": "2024-10-01T00:00:00Z",
        "ChargePeriodStart": "2024-09-05T00:00:00Z",
        "ChargePeriodEnd": "2024-09-06T00:00:00Z",
        "ProviderName": "AWS",
        "ResourceId": "i-1",
    } | values


def table(rows: Sequence[dict[str, Any]]) -> pa.Table:
    """Rows as an Arrow table of text, with the columns of any of them."""
    names = list(dict.fromkeys(name for one in rows for name in one)) or list(row())
    return pa.table({name: pa.array([one.get(name) for one in rows], _type(rows, name)) for name in names})


def _type(rows: Sequence[dict[str, Any]], name: str) -> pa.DataType:
    return pa.int64() if any(isinstance(one.get(name), int) for one in rows) else pa.string()


def collect(
    store: Store,
    batches: Iterable[Batch] | Sequence[dict[str, Any]],
    plugin: str = "files",
    source: str = "exports",
    row_key: Sequence[str] = (),
) -> Ingested:
    """One whole run."""
    if isinstance(batches, list) and batches and isinstance(batches[0], dict):
        batches = [Batch(table(batches), "a.csv")]
    run_id = store.start_run(plugin, "telemetry", "collect", source=source)
    return store.ingest(run_id, batches, plugin=plugin, source=source, row_key=row_key)


def costs(store: Store, *columns: str, order: str = "BilledCost") -> list[tuple[Any, ...]]:
    shown = ", ".join(columns or ("BilledCost", "ResourceId"))
    return [tuple(one.values()) for one in store.query(f"select {shown} from costs order by {order}").to_pylist()]


def fingerprint(store: Store) -> tuple[Any, ...]:
    """The content of costs, without the run that stored it, and of the sets of tags."""
    hashed = "select count(*) as n, bit_xor(hash(c)) as h, sum(hash(c)) as s from (select * exclude (_run_id, _tag_id) from costs) c"
    tags = store.execute("select tags_text from tag_sets order by all")["tags_text"].to_pylist()
    return *store.execute(hashed).to_pylist()[0].values(), tuple(tags)


def runs(store: Store) -> list[dict[str, Any]]:
    columns = "run_id, status, seconds, rows_in, rows_stored, rows_quarantined, rows_duplicate, rows_replaced, billed"
    return store.execute(f"select {columns}, billed_before, periods, error from runs order by run_id").to_pylist()


def last_status(store: Store) -> str:
    return str(runs(store)[-1]["status"])
