"""What an API said of money, kept by day, is what it said."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

from finopsnb.plugins.api.amounts import as_totals, told
from finopsnb.plugins.exports.totals import KEYS, summed

BILL = dict(zip(KEYS, ("a", "2026-10-01 00:00:00+00:00", "USD"), strict=True))

AMOUNTS = {
    "an amount": {"BilledCost": "1.5"},
    "more decimals than are stored": {"BilledCost": "1.2345678901234567e-13"},
    "no number": {"BilledCost": "NaN"},
    "no number to others": {"BilledCost": "1_000"},
    "more than can be stored": {"BilledCost": "1e25"},
    "no account": {"BilledCost": "1", "BillingAccountId": None},
    "no period": {"BilledCost": "1", "BillingPeriodStart": None},
    "nothing": {"BilledCost": None},
}


@pytest.mark.parametrize("case", AMOUNTS)
def test_what_was_kept_is_what_was_told(case):
    row = BILL | AMOUNTS[case]
    totals = summed([pa.table({name: pa.array([value], pa.string()) for name, value in row.items()})])
    assert as_totals([json.loads(json.dumps(told(totals)))]).to_pylist() == totals.to_pylist()


def test_days_are_added_up_by_account_period_and_currency():
    def day(cost, currency="USD"):
        row = BILL | {"BillingCurrency": currency, "BilledCost": cost}
        return told(summed([pa.table({name: [value] for name, value in row.items()})]))

    sums = as_totals([day("1.5"), day("2"), [], day("4", "EUR")]).to_pylist()
    assert [(one["BillingCurrency"], float(one["total"]), one["rows"]) for one in sums] == [("EUR", 4, 1), ("USD", 3.5, 2)]
    assert as_totals([]).num_rows == 0
