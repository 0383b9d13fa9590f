"""Costs of a few rows, and many that fill every column of FOCUS, for the tests of the query library."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import ibis
import pyarrow as pa

from finopsnb.analysis.queries import QUERIES, Query
from finopsnb.focus import COLUMNS

_ARROW = {"Decimal": pa.decimal128(38, 18), "Date/Time": pa.timestamp("us", tz="UTC")}
BUDGETS = pa.schema(
    [
        *((name, pa.string()) for name in ("budget", "owner", "scope", "BillingCurrency", "thresholds")),
        ("amount", pa.decimal128(38, 18)),
        ("period_start", pa.timestamp("us", tz="UTC")),
        ("period_end", pa.timestamp("us", tz="UTC")),
    ]
)
FILLED = pa.schema(
    [
        (name, pa.map_(pa.string(), pa.string()) if name == "Tags" else _ARROW.get(column.kind, pa.string()))
        for name, column in COLUMNS.items()
    ]
)


def when(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def charge(day: str = "2026-01-10", cost: Any = 1, **values: Any) -> dict[str, Any]:
    """One charge of a day (or from an instant on for an hour), billed in its month; all four costs are ``cost``."""
    start = when(day)
    month = start.replace(day=1, hour=0, minute=0)
    row = {
        "BillingCurrency": "USD",
        "BillingAccountId": "1",
        "BillingPeriodStart": month,
        "BillingPeriodEnd": (month + timedelta(days=32)).replace(day=1),
        "ChargePeriodStart": start,
        "ChargePeriodEnd": start + (timedelta(hours=1) if "T" in day else timedelta(days=1)),
        "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based",
        "ServiceProviderName": "AWS",
        "HostProviderName": "AWS",
        "InvoiceIssuerName": "AWS",
        "ServiceName": "EC2",
        "ServiceCategory": "Compute",
        "SubAccountId": "a",
        **dict.fromkeys(("BilledCost", "EffectiveCost", "ContractedCost", "ListCost"), cost),
    }
    return row | values


def costs_of(rows: list[dict[str, Any]]) -> pa.Table:
    """Rows as a table of all FOCUS columns; numbers may be given as they are written."""
    decimals = {field.name for field in FILLED if pa.types.is_decimal(field.type)}
    told = [{key: Decimal(str(value)) if key in decimals and value is not None else value for key, value in row.items()} for row in rows]
    return pa.Table.from_pylist(told, schema=FILLED)


def budgets_of(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=BUDGETS)


def engine() -> Any:
    """DuckDB of its own, in UTC."""
    found = duckdb.connect()
    found.execute("set TimeZone = 'UTC'")
    return found


def statements() -> dict[str, str]:
    """The statement of every query, over tables called costs and budgets; of days that are told all."""
    tables = {name: ibis.table(ibis.Schema.from_pyarrow(schema), name=name) for name, schema in (("costs", FILLED), ("budgets", BUDGETS))}
    return {name: _statement(query, [tables[one] for one in query.tables]) for name, query in QUERIES.items()}


def _statement(query: Query, tables: list[Any]) -> str:
    every_day = {"threshold": 0} if any(one.name == "threshold" for one in query.parameters) else {}
    return str(ibis.to_sql(query(*tables, **every_day), dialect="duckdb"))


def many(seed: int = 7, rows: int = 300) -> list[dict[str, Any]]:
    """Charges with every column filled in some rows and null in others, many of them equal in what queries sort by."""
    draw = random.Random(seed)
    return [_drawn(draw, number) for number in range(rows)]


def _drawn(draw: random.Random, number: int) -> dict[str, Any]:
    day = when("2025-11-01") + timedelta(days=draw.randrange(120), hours=draw.choice([0, 0, 5]))
    texts = {name: draw.choice(["x", "y", None]) for name, column in COLUMNS.items() if column.kind == "String" and column.nullable}
    numbers = {
        name: draw.choice(["0", "1.1", "0.000000000000000007", "-2.5", None])
        for name, column in COLUMNS.items()
        if column.kind == "Decimal"
    }
    return (
        texts
        | numbers
        | charge(day.replace(tzinfo=None).isoformat()[:10], cost=draw.choice(["0.1", "0.1", "-0.2", "3"]))
        | {
            "ChargePeriodStart": day,
            "ChargeCategory": draw.choice(["Usage", "Usage", "Usage", "Purchase", "Tax", "Credit"]),
            "ChargeClass": draw.choice([None, None, "Correction"]),
            "ChargeFrequency": draw.choice(["Recurring", "One-Time", "Usage-Based"]),
            "CommitmentDiscountStatus": draw.choice(["Used", "Unused", None]),
            "CapacityReservationStatus": draw.choice(["Used", "Unused", None]),
            "ServiceProviderName": draw.choice(["AWS", None]),
            "ProviderName": "Microsoft",
            "PublisherName": draw.choice(["Acme", "Microsoft"]),
            "HostProviderName": draw.choice(["AWS", "Oracle", None]),
            "PricingCurrency": draw.choice(["USD", "Credits"]),
            "PricingCurrencyEffectiveCost": draw.choice(["0.3", "7"]),
            "BillingAccountType": "Account",
            "ServiceSubcategory": draw.choice(["Virtual Machines", "Containers"]),
            "Tags": draw.choice([None, {"application": "shop"}, {" Application": "erp", "team": "x"}, {"application": ""}]),
            "ContractApplied": draw.choice([None, CONTRACT]),
            "CommitmentProgramEligibilityDetails": draw.choice([None, "{broken", PROGRAMS]),
            "SkuPriceDetails": draw.choice([None, '{"CoreCount": "4", "InstanceSeries": "m6i"}', '{"CoreCount": 0.25}', "[]"]),
            "ResourceId": f"r-{number % 5}",
        }
    )


PROGRAMS = json.dumps(
    {"CommitmentPrograms": [{"ProgramType": one} for one in ("FlexibleSpendPlan", "ZonalResourceCommitment", "FlexibleSpendPlan")]}
)
CONTRACT = json.dumps(
    {
        "Elements": [
            {"ContractId": "c", "ContractCommitmentId": "c-1", "ContractCommitmentAppliedCost": 12.5},
            {
                "ContractID": "c",
                "ContractCommitmentID": "c-2",
                "ContractCommitmentAppliedQuantity": 10,
                "ContractCommitmentAppliedUnit": "Hours",
            },
        ]
    }
)


def answer(
    con: Any, name: str, rows: list[dict[str, Any]], budgets: list[dict[str, Any]] | None = None, **parameters: Any
) -> list[dict[str, Any]]:
    """What a query answers from these rows."""
    con.register("costs", costs_of(rows))
    con.register("budgets", budgets_of(budgets or []))
    tables = {
        "costs": ibis.table(ibis.Schema.from_pyarrow(FILLED), name="costs"),
        "budgets": ibis.table(ibis.Schema.from_pyarrow(BUDGETS), name="budgets"),
    }
    query = QUERIES[name]
    statement = ibis.to_sql(query(*(tables[one] for one in query.tables), **parameters), dialect="duckdb")
    return list(con.sql(str(statement)).to_arrow_table().to_pylist())
