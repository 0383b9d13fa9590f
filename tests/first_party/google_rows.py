"""Ten rows of Google Cloud's billing export, and the forms in which such an export comes."""

from __future__ import annotations

import csv
import json
from datetime import datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["FORMS", "ROWS", "credit", "row"]

ACCOUNT = "00D4E7-5B20AC-9F3310"
PATH = "//compute.googleapis.com/projects/shop/zones/europe-west1-b/instances/web-1"


def credit(kind, amount, identity="", name="a credit"):
    return {"name": name, "full_name": f"{name} in full", "id": identity, "type": kind, "amount": amount}


def row(sku, cost, credits=(), *, start="2026-11-01 07:00:00", **changes):
    """A row of the detailed export; ``changes`` replace columns."""
    return {
        "billing_account_id": ACCOUNT,
        "service": {"id": "6F81-5844-456A", "description": "Compute Engine"},
        "sku": {"id": "C4F1-2A77-90B1", "description": sku},
        "usage_start_time": f"{start} UTC",
        "usage_end_time": "2026-11-02 08:00:00 UTC",
        "project": {"id": "shop", "number": "004817720031", "name": "Shop", "labels": [{"key": "team", "value": "platform"}]},
        "labels": [],
        "system_labels": [],
        "location": {"location": "europe-west1", "country": "BE", "region": "europe-west1", "zone": "europe-west1-b"},
        "export_time": "2026-11-03 02:14:37 UTC",
        "cost": cost,
        "currency": "USD",
        "currency_conversion_rate": 1.0,
        "usage": {"amount": 7200.0, "unit": "seconds", "amount_in_pricing_units": 2.0, "pricing_unit": "hour"},
        "credits": list(credits),
        "invoice": {"month": "202611"},
        "cost_type": "regular",
        "adjustment_info": {"id": None, "description": None, "mode": None, "type": None},
        "tags": [],
        "cost_at_list": cost,
        "transaction_type": "GOOGLE",
        "seller_name": "Google",
        "resource": {"name": None, "global_name": None},
        "price": {"effective_price": None, "tier_start_amount": None, "unit": None, "pricing_unit_quantity": None},
        "subscription": {"instance_id": None},
    } | changes


PRICE = {"effective_price": Decimal(750), "tier_start_amount": Decimal(0), "unit": "hour", "pricing_unit_quantity": Decimal(1000)}
GOODWILL = {"id": "a-1", "description": "sorry", "mode": None, "type": "GOODWILL"}
REFUND = {"id": None, "description": None, "mode": "PARTIAL_CORRECTION", "type": "USAGE_CORRECTION"}
LATE = {"transaction_type": "THIRD_PARTY_RESELLER", "seller_name": "Acme & Söhne", "invoice": {"month": "202612"}}

ROWS = [
    row(
        "N2 Instance Core running in Belgium",
        1.5,
        [credit("PROMOTION", -0.5, "promo-1", "Start-up credit")],
        labels=[{"key": "owner", "value": 'O\'Hara "the boss"'}, {"key": "team", "value": "größe ☃"}, {"key": "note", "value": "a, None"}],
        system_labels=[{"key": "compute.googleapis.com/cores", "value": "4"}],
        tags=[{"key": "env", "value": "prod", "inherited": True, "namespace": "example.com"}],
        resource={"name": "web-1", "global_name": PATH},
        price=PRICE,
        cost_at_list=2.0,
    ),
    row(
        "N2 Instance Ram running in Belgium",
        10.0,
        [credit("COMMITTED_USAGE_DISCOUNT", -10.0, "commit-1", "CUD: CPU"), credit("SUSTAINED_USAGE_DISCOUNT", -0.25)],
        cost_at_list=12.0,
    ),
    row("Flexible usage", 4.0, [credit("COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE", -3.0, "commit-2")]),
    row("Commitment v1: Cpu for 1 year", 6.0, [credit("FEE_UTILIZATION_OFFSET", -4.5)], subscription={"instance_id": "commit-1"}),
    row("Commitment - dollar based v1: GCE", 2.0, subscription={"instance_id": "commit-2"}),
    row("Tax", 0.79, cost_type="tax", cost_at_list=None),
    row("Rounding error", -1e-09, cost_type="rounding_error"),
    row("Goodwill", -2.25, cost_type="adjustment", adjustment_info=GOODWILL),
    row("Refunded usage", -3.25, start="2026-10-30 07:00:00", adjustment_info=REFUND),
    row("Late usage", 0.1, start="2026-10-31 07:00:00", cost_at_list=None, **LATE),
]


def _csv(path, rows, nested):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({name: nested(cell) if isinstance(cell, dict | list) else cell for name, cell in one.items()} for one in rows)


def _json(value):
    return json.dumps(value, default=str, ensure_ascii=False)


def python_csv(folder, rows):
    _csv(folder / "python.csv", rows, repr)


def json_csv(folder, rows):
    _csv(folder / "json.csv", rows, _json)


def json_lines(folder, rows):
    (folder / "lines.jsonl").write_text("".join(_json(one) + "\n" for one in rows), encoding="utf-8")


def parquet(folder, rows):
    """Nested types, times and prices in types of their own."""
    typed = [{name: _instant(cell) if name.endswith("_time") else cell for name, cell in one.items()} for one in rows]
    pq.write_table(pa.Table.from_pylist(typed), folder / "nested.parquet")


def _instant(text):
    return datetime.fromisoformat(text.replace(" UTC", "+00:00"))


def flattened(separator):
    def write(folder, rows):
        _csv(folder / "flat.csv", [_flat(one, separator) for one in rows], _json)

    return write


def _flat(one, separator):
    cells = {}
    for name, cell in one.items():
        cells |= {f"{name}{separator}{key}": value for key, value in cell.items()} if isinstance(cell, dict) else {name: cell}
    return cells


FORMS = {
    "json-lines": json_lines,
    "python-csv": python_csv,
    "json-csv": json_csv,
    "parquet": parquet,
    "dotted-csv": flattened("."),
    "underscored-csv": flattened("_"),
}
