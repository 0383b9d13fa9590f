"""The Google Cloud bill as its BigQuery export: JSON lines, and CSV with nested columns the way Python prints them.

What a commitment covers has its full cost and a credit of the same amount; what the commitment costs is a line of its
own. A promotional credit takes what it can from the lines of its project. Days are those of America/Los_Angeles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from charges import DAY, ZERO, Line
from identities import resource_id, short
from inventory import ACCOUNTS
from native_facts import categories, of_month, sums, told, total
from writing import binary, plain, write_csv, write_json_lines

Row = dict[str, Any]
ACCOUNT = ACCOUNTS["Google Cloud"]
#: with a refund as standard export, the newest as detailed export, and with a credit as CSV; all in summer time
STANDARD, DETAILED, AS_CSV = date(2026, 6, 1), date(2026, 10, 1), date(2026, 5, 1)
FIRST_HOUR = "07:00:00 UTC"
#: unit of the price -> unit of the usage, units of usage in one of the price, name of the price's unit
UNITS = {
    "Hours": ("seconds", 3600, "hour"),
    "GiB-Hours": ("byte-seconds", 3600 * 2**30, "gibibyte hour"),
    "GiB-Months": ("byte-seconds", 2628000 * 2**30, "gibibyte month"),
    "GiB": ("bytes", 2**30, "gibibyte"),
    "TiB": ("bytes", 2**40, "tebibyte"),
    "1K vCPU-Seconds": ("seconds", 1000, "1000 seconds"),
}


def write(folder: Path, bill: list[Line]) -> dict[str, Any]:
    """Three files; returns the facts by format."""
    place = folder / "gcp-billing"
    rows = {month: list(_rows(of_month(bill, month))) for month in (AS_CSV, STANDARD, DETAILED)}
    detailed = [row | extra for row, extra in rows[DETAILED]]
    files = {
        f"gcp_billing_export_v1_{AS_CSV:%Y%m}.csv.gz": _csv(place, [row for row, _ in rows[AS_CSV]]),
        f"gcp_billing_export_v1_{STANDARD:%Y%m}.jsonl.gz": _lines(place, "v1", STANDARD, [row for row, _ in rows[STANDARD]]),
        f"gcp_billing_export_resource_v1_{DETAILED:%Y%m}.jsonl.gz": _lines(place, "resource_v1", DETAILED, detailed),
    }
    return {"gcp-billing": _facts(files, bill, [row for part in rows.values() for row, _ in part])}


def _lines(place: Path, table: str, month: date, rows: list[Row]) -> int:
    return write_json_lines(place / f"gcp_billing_export_{table}_{month:%Y%m}.jsonl.gz", rows)


def _csv(place: Path, rows: list[Row]) -> int:
    texts = [{name: repr(value) if isinstance(value, (dict, list)) else str(value) for name, value in row.items()} for row in rows]
    texts = [{name: "" if text == "None" else text for name, text in row.items()} for row in texts]
    return write_csv(place / f"gcp_billing_export_v1_{AS_CSV:%Y%m}.csv.gz", list(texts[0]), texts)


def _rows(bill: list[Line]) -> Iterator[tuple[Row, Row]]:
    """Each line in the columns of the standard export, and what the detailed one has beside them."""
    promotion = _promotion(bill)
    for line in bill:
        if line.category != "Credit":
            cost = gross(line)
            credits = [*_commitment_credit(line, cost), *promotion(line)]
            yield {**_who(line), **_what(line, cost), "credits": credits, **_adjusted(line)}, _detailed(line)


def gross(line: Line) -> Decimal:
    """The cost before credits: of covered usage what it would cost without the commitment."""
    return line.costs.contracted if line.status == "Used" else line.costs.billed


def _who(line: Line) -> Row:
    name, number = ACCOUNT.sub_accounts[line.account], str(int(short(line.account, 10), 16))
    organisation = {"resource_name": "organizations/004817720031", "display_name": "ternandtide.example"}
    project = {"id": line.account, "number": number, "name": name, "labels": [{"key": "cost-center", "value": "00412"}]}
    tags = line.meter.tags if line.meter else {}
    return {
        "billing_account_id": ACCOUNT.billing_id,
        "project": {**project, "ancestry_numbers": f"/004817720031/{number}/", "ancestors": [organisation]},
        "labels": [{"key": key.lower(), "value": value.lower()} for key, value in tags.items()],
        "system_labels": _system_labels(line),
        "location": _location(line),
        "tags": [{"key": "environment", "value": "production", "inherited": True, "namespace": "ternandtide.example"}],
    }


def _system_labels(line: Line) -> list[Row]:
    series = line.meter.price.details.get("InstanceSeries") if line.meter else None
    return [{"key": "compute.googleapis.com/machine_spec", "value": f"{series.lower()}-standard-7"}] if series else []


def _location(line: Line) -> Row:
    meter = line.meter
    region, zone = (meter.region, meter.zone) if meter else ("europe-west1", "")
    return {"location": zone or region or "global", "country": "BE" if region else None, "region": region or None, "zone": zone or None}


def _what(line: Line, cost: Decimal) -> Row:
    price = line.meter.price if line.meter else None
    service = line.service[0]
    commitment = "Commitment v1: N2 Cpu in Belgium for 1 Year"
    sku = {"id": price.sku, "description": price.description} if price else {"id": "8E16-0A2D-6B57", "description": commitment}
    return {
        "service": {"id": "-".join(short(service, 12).upper()[i : i + 4] for i in (0, 4, 8)), "description": service},
        "sku": sku,
        "usage_start_time": f"{line.start} {FIRST_HOUR}",
        "usage_end_time": f"{line.end} {FIRST_HOUR}",
        "export_time": f"{line.end + DAY} 02:14:37 UTC",
        "cost": binary(cost),
        "currency": ACCOUNT.currency,
        "currency_conversion_rate": 1.0,
        "usage": _usage(line),
        "invoice": {"month": f"{line.month:%Y%m}", "publisher_type": "GOOGLE"},
        "cost_type": "regular",
        "transaction_type": "GOOGLE",
        "seller_name": "Google",
        "cost_at_list": binary(line.costs.listed),
    }


def _usage(line: Line) -> Row:
    unit, factor, priced = UNITS[line.meter.price.unit if line.meter else "Hours"]
    quantity = line.quantity or ZERO
    return {"amount": float(quantity * factor), "unit": unit, "amount_in_pricing_units": binary(quantity), "pricing_unit": priced}


def _commitment_credit(line: Line, cost: Decimal) -> list[Row]:
    if line.status != "Used" or line.commitment is None:
        return []
    name = "Committed Usage Discount: CPU"
    return [_credit(name, -cost, "COMMITTED_USAGE_DISCOUNT", line.commitment.identity.rpartition("/")[2])]


def _credit(name: str, amount: Decimal, kind: str, identity: str) -> Row:
    return {"name": name, "amount": binary(amount), "full_name": name, "id": identity, "type": kind}


def _promotion(bill: list[Line]) -> Callable[[Line], list[Row]]:
    """Gives lines of the credit's project their part of it, the first lines first, until nothing is left of it."""
    left = {line.account: (line.description, -line.costs.billed) for line in bill if line.category == "Credit"}

    def part(line: Line) -> list[Row]:
        name, rest = left.get(line.account, ("", ZERO))
        amount = min(rest, line.costs.billed) if line.category == "Usage" else ZERO
        left[line.account] = name, rest - max(amount, ZERO)
        return [_credit(name, -amount, "PROMOTION", short(name, 12))] if amount > 0 else []

    return part


def _adjusted(line: Line) -> Row:
    if line.costs.billed >= 0:
        return {"adjustment_info": None}
    why = {"id": short(line.description + str(line.start), 12), "description": "Refund for a query that failed"}
    return {"adjustment_info": {**why, "mode": "PARTIAL_CORRECTION", "type": "USAGE_CORRECTION"}}


def _detailed(line: Line) -> Row:
    meter, commitment = line.meter, line.commitment
    if meter is None:
        identity = commitment.identity if commitment else None
        return {"resource": None, "price": None, "subscription": {"instance_id": identity}}
    path = resource_id(meter)
    effective, unit = plain(meter.price.price * ACCOUNT.discount), UNITS[meter.price.unit][2]
    price = {"effective_price": effective, "tier_start_amount": "0", "unit": unit, "pricing_unit_quantity": "1"}
    return {"resource": {"name": meter.name, "global_name": path}, "price": price, "subscription": {"instance_id": None}}


def _facts(files: dict[str, int], bill: list[Line], rows: list[Row]) -> dict[str, Any]:
    months = (AS_CSV, STANDARD, DETAILED)
    bills = {month: of_month(bill, month) for month in months}
    lines = [line for part in bills.values() for line in part]
    given = [credit["type"] for row in rows for credit in row["credits"]]
    covered = [line for line in lines if line.status == "Used"]
    kept = [line.category for line in lines if line.category != "Credit"]
    return told(
        files,
        [total(ACCOUNT.billing_id, month, ACCOUNT.currency, *sums(part)) for month, part in bills.items()],
        categories([*kept, *["Credit"] * len(given)]),
        same_as_focus=[{"provider": "Google Cloud", "month": f"{month:%Y-%m}", "without": []} for month in months],
        special={
            "gross": plain(sum((gross(line) for line in lines if line.category != "Credit"), ZERO)),
            "credits": categories(given),
            "committed": plain(-sum((line.costs.contracted for line in covered), ZERO)),
            "promotion": plain(sums(line for line in lines if line.category == "Credit")[0]),
            "commitment_fees": plain(sums(line for line in lines if line.category == "Purchase")[0]),
            "unused": {"rows": 0, "EffectiveCost": "0"},
            "refunds": plain(sums(line for line in lines if line.category == "Usage" and line.costs.billed < 0)[0]),
        },
    )
