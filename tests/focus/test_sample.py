"""The official FOCUS 1.0 sample: what is known about it by hand must be found, and nothing lost."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from finopsnb import focus
from finopsnb.focus import Finding

from .rows import csv, said

Sample = tuple[pa.Table, list[Finding]]


@pytest.fixture(scope="module")
def sample(shared_data: Path) -> Sample:
    return focus.normalise(csv(shared_data / "focus" / "focus_sample_1.0.csv"))


def test_every_row_is_kept(sample: Sample) -> None:
    table, findings = sample
    assert table.num_rows == 1000
    assert not [finding for finding in findings if finding.action == "quarantined"]


@pytest.mark.parametrize(("provider", "billed"), [("AWS", "18.0066386184"), ("Microsoft", "1.97651418586"), ("Oracle", "0.53707392473")])
def test_billed_cost_is_exact(sample: Sample, provider: str, billed: str) -> None:
    costs = sample[0].to_pandas(types_mapper=None)
    assert costs[costs["ProviderName"] == provider]["BilledCost"].sum() == Decimal(billed)


def test_value_case(sample: Sample) -> None:
    assert said(sample[1], "value-case") == {"ChargeFrequency": 7}
    assert set(sample[0]["ChargeFrequency"].to_pylist()) == {"Usage-Based", "One-Time"}


def test_null_contracted_cost_is_the_only_missing_value(sample: Sample) -> None:
    assert said(sample[1], "not-null") == {"ContractedCost": 7}


def test_empty_texts(sample: Sample) -> None:
    empty = said(sample[1], "empty-text")
    assert len(empty) == 8
    assert sum(empty.values()) == 56


def test_null_texts(sample: Sample) -> None:
    assert sum(said(sample[1], "null-text").values()) == 8973


def test_billed_before_charge(sample: Sample) -> None:
    assert said(sample[1], "billed-before-charge") == {"BillingPeriodStart": 1}


def test_id_is_not_focus(sample: Sample) -> None:
    assert said(sample[1], "column-not-focus") == {"Id": 0}
    assert sample[0].schema.field("x_Id").type == pa.string()


def test_rounded_costs_by_provider(sample: Sample) -> None:
    rounded = {finding.column: finding.example for finding in sample[1] if finding.rule.endswith("-cost-rounded")}
    assert rounded == {"EffectiveCost": "AWS, Oracle", "ContractedCost": "AWS"}


def test_naive_times(sample: Sample) -> None:
    assert set(said(sample[1], "naive-time").values()) == {1000}


def test_no_list_cost_is_objected_to(sample: Sample) -> None:
    assert "ListCost" not in said(sample[1], "cost-is-not-quantity-times-price")


def test_version_is_recognised(shared_data: Path) -> None:
    assert focus.plan(csv(shared_data / "focus" / "focus_sample_1.0.csv").schema).version == "1.0"
