"""The query library: every FOCUS use case of the catalogue as a named function that gives an Ibis expression.

    QUERIES["effective-savings-rate"](costs, start="2026-01-01", end="2026-02-01", provider="AWS")

    registry      what a query is, and all of them by name
    parameters    what they may be told, the same in every query
    parts         what they are made of
    the others    the queries by theme: allocation, anomalies, budgets, commitments ...

The names and titles are those of the use case library of the FinOps Foundation; what they compute follows from the meaning of the
columns in the specification. Rules that hold for all of them:

- The interval is half-open and on start columns: start <= ChargePeriodStart (or BillingPeriodStart) < end, in UTC.
- Amounts are exact decimals, by BillingCurrency or PricingCurrency; amounts of two currencies are never in one row.
- Ratios and rates are floats from 0 to 1 (not percentages), and null where they would be divided by 0.
- A null is a value of its own: rows are not lost to a comparison with null, and sums by a column have a row for it.
- Quantities are by unit.
- The order is total: the same rows give the same answer, however they are stored.
"""

from __future__ import annotations

# importing these registers their queries
from finopsnb.analysis.queries import (
    allocation,
    anomalies,
    budgets,
    capacity,
    commitments,
    contracts,
    eligibility,
    entities,
    forecasting,
    invoices,
    rates,
    savings,
    services,
    usage,
    virtual_currency,
)
from finopsnb.analysis.queries.parameters import COMMON, Parameter
from finopsnb.analysis.queries.registry import QUERIES, Query, query_named

__all__ = [
    "COMMON",
    "QUERIES",
    "Parameter",
    "Query",
    "allocation",
    "anomalies",
    "budgets",
    "capacity",
    "commitments",
    "contracts",
    "eligibility",
    "entities",
    "forecasting",
    "invoices",
    "query_named",
    "rates",
    "savings",
    "services",
    "usage",
    "virtual_currency",
]
