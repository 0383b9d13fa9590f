"""The conveniences take whatever a notebook has at hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from finopsnb import focus
from finopsnb.errors import FocusError
from finopsnb.focus import Finding

ROWS = [
    {"ChargePeriodStart": "2024-09-01", "BilledCost": "0.10", "SubAccountId": "007"},
    {"ChargePeriodStart": "2024-09-02", "BilledCost": None, "SubAccountId": "7"},
]


class Stream:
    """Anything with the Arrow stream interface."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return pa.Table.from_pylist(ROWS).__arrow_c_stream__(requested_schema)


@pytest.mark.parametrize(
    "frame",
    [
        ROWS,
        pd.DataFrame(ROWS),
        pl.DataFrame(ROWS),
        pa.Table.from_pylist(ROWS),
        pa.RecordBatch.from_pylist(ROWS),
        Stream(),
    ],
    ids=lambda frame: type(frame).__name__,
)
def test_any_frame(frame: Any) -> None:
    table, _ = focus.normalise(frame)
    assert table["BilledCost"].to_pylist() == [Decimal("0.10"), None]
    assert table["SubAccountId"].to_pylist() == ["007", "7"]


def test_a_pandas_column_of_floats_with_gaps() -> None:
    table, _ = focus.normalise(pd.DataFrame({"ChargePeriodStart": ["2024-09-01"] * 2, "BilledCost": [0.1, float("nan")]}))
    assert table["BilledCost"].to_pylist() == [Decimal("0.1"), None]


def test_the_frame_is_not_changed() -> None:
    frame = pd.DataFrame(ROWS)
    before = frame.copy(deep=True)
    focus.normalise(frame)
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("frame", [42, None, "BilledCost", [1, 2], {"a": 1}])
def test_what_is_no_table(frame: object) -> None:
    with pytest.raises(FocusError, match="not a table"):
        focus.normalise(frame)


def test_mixed_values_are_refused_with_a_hint() -> None:
    with pytest.raises(FocusError, match="Hint"):
        focus.normalise([{"Id": 7}, {"Id": "seven"}])


def test_rows_with_different_keys() -> None:
    table, _ = focus.normalise([{"ChargePeriodStart": "2024-09-01"}, {"ChargePeriodStart": "2024-09-01", "ListCost": "1"}])
    assert table["ListCost"].to_pylist() == [None, 1]


def test_findings_as_a_table() -> None:
    table = focus.findings([{"ChargePeriodStart": "09/01/2024", "BilledCost": "1"}])
    rows = {row["rule"]: row for row in table.to_pylist()}
    assert rows["unreadable-value"]["rows"] == 1
    assert rows["unreadable-value"]["action"] == "quarantined"
    assert "09/01/2024" in rows["unreadable-value"]["example"]


def test_merge_adds_up_and_sorts() -> None:
    def finding(rule: str, severity: str, rows: int, example: str) -> Finding:
        return Finding(rule, "Tags", rows, example, severity, "kept", "")

    merged = focus.merge([finding("b", "info", 1, "y"), finding("a", "error", 2, ""), finding("b", "info", 3, "x")])
    assert [(one.rule, one.rows, one.example) for one in merged] == [("a", 2, ""), ("b", 4, "x")]


def test_batches_merge_to_the_findings_of_the_whole() -> None:
    whole = pa.table({"ChargePeriodStart": ["2024-09-01", "NULL", "x"], "BilledCost": ["1e2", "", "€"], "Id": ["", "NULL", "7"]})
    batches = [focus.normalise(whole.slice(start, 1))[1] for start in range(whole.num_rows)]
    assert focus.merge(finding for batch in batches for finding in batch) == focus.normalise(whole)[1]
