"""Rows to test with, and short ways to look at what normalising and checking make of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from finopsnb import focus
from finopsnb.focus import Finding

#: a usage charge that no rule objects to, every value a text as in a CSV file
USAGE: dict[str, str | None] = {
    "BilledCost": "0.20",
    "BillingAccountId": "007",
    "BillingAccountName": "Example",
    "BillingAccountType": "Billing Account",
    "BillingCurrency": "EUR",
    "BillingPeriodEnd": "2024-10-01T00:00:00Z",
    "BillingPeriodStart": "2024-09-01T00:00:00Z",
    "CapacityReservationId": None,
    "CapacityReservationStatus": None,
    "ChargeCategory": "Usage",
    "ChargeClass": None,
    "ChargeDescription": "Compute",
    "ChargeFrequency": "Usage-Based",
    "ChargePeriodEnd": "2024-09-18T23:00:00Z",
    "ChargePeriodStart": "2024-09-18T22:00:00Z",
    "CommitmentDiscountCategory": None,
    "CommitmentDiscountId": None,
    "CommitmentDiscountName": None,
    "CommitmentDiscountQuantity": None,
    "CommitmentDiscountStatus": None,
    "CommitmentDiscountType": None,
    "CommitmentDiscountUnit": None,
    "ConsumedQuantity": "2",
    "ConsumedUnit": "Hours",
    "ContractedCost": "0.20",
    "ContractedUnitPrice": "0.10",
    "EffectiveCost": "0.20",
    "HostProviderName": "Example Cloud",
    "InvoiceIssuerName": "Example Cloud",
    "ListCost": "0.24",
    "ListUnitPrice": "0.12",
    "PricingCategory": "Standard",
    "PricingCurrency": "EUR",
    "PricingCurrencyEffectiveCost": "0.20",
    "PricingQuantity": "2",
    "PricingUnit": "Hours",
    "ProviderName": "Example Cloud",
    "PublisherName": "Example Cloud",
    "RegionId": "eu-1",
    "RegionName": "Europe 1",
    "ResourceId": "vm-1",
    "ResourceName": "web",
    "ResourceType": "Virtual Machine",
    "ServiceCategory": "Compute",
    "ServiceName": "Machines",
    "ServiceProviderName": "Example Cloud",
    "ServiceSubcategory": "Virtual Machines",
    "SkuId": "sku",
    "SkuPriceId": "sku-1",
    "SubAccountId": "7",
    "SubAccountName": "Shop",
    "SubAccountType": "Project",
    "Tags": '{"team": "web"}',
}

#: what changes in USAGE when a commitment covers it
COVERED = {
    "BilledCost": "0",
    "PricingCategory": "Committed",
    "CommitmentDiscountCategory": "Usage",
    "CommitmentDiscountId": "plan-1",
    "CommitmentDiscountName": "Plan",
    "CommitmentDiscountQuantity": "2",
    "CommitmentDiscountStatus": "Used",
    "CommitmentDiscountType": "Savings Plan",
    "CommitmentDiscountUnit": "Hours",
}

#: what changes in USAGE when it is a tax
TAX = {
    "ChargeCategory": "Tax",
    "ChargeFrequency": "Recurring",
    **dict.fromkeys(["PricingQuantity", "PricingUnit", "PricingCategory", "ListUnitPrice", "ContractedUnitPrice"]),
    **dict.fromkeys(["SkuId", "SkuPriceId", "ConsumedQuantity", "ConsumedUnit"]),
}


def texts(*rows: dict[str, Any]) -> pa.Table:
    """USAGE with these changes, one row for each, all columns text."""
    full = [USAGE | row for row in rows]
    return pa.table({name: pa.array([row[name] for row in full], pa.string()) for name in full[0]})


def only(**columns: Any) -> pa.Table:
    """A table of these columns with a period, so that no row lacks one; a column is a list or an Arrow array."""
    rows = len(next(iter(columns.values())))
    period = {"ChargePeriodStart": ["2024-09-18T22:00:00Z"] * rows}
    return pa.table(period | columns)


def said(findings: list[Finding], rule: str) -> dict[str, int]:
    """The rows of one rule by column."""
    return {finding.column: finding.rows for finding in findings if finding.rule == rule}


def value(column: str, cell: Any) -> Any:
    """What one cell becomes; the text QUARANTINED where its row is set aside."""
    column_of = cell if isinstance(cell, pa.Array) else [cell]
    table, _ = focus.normalise(only(**{column: column_of}) if column != "ChargePeriodStart" else pa.table({column: column_of}))
    return table[column][0].as_py() if table.num_rows else "QUARANTINED"


def csv(path: Path) -> pa.Table:
    """A CSV file with every cell as the text it is, empty ones included."""
    with duckdb.connect() as connection:
        read = connection.read_csv(str(path), all_varchar=True, na_values=["\x00"])
        return read.to_arrow_table()
