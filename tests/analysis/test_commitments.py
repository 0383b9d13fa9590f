"""Utilization and coverage, on the specification's worked examples and on the sample."""

from __future__ import annotations

import pytest

import finopsnb_sample
from finopsnb.analysis.commitments import commitment_coverage, commitment_utilization
from finopsnb.plugins.testing import new_session

#: what the specification's own examples break: an hour 30, a category that is not one, services without a name
BROKEN = {"unreadable-value", "allowed-values", "not-null"}
#: columns that some of them leave out and others have
LEFT_OUT = {"quantity-without-unit", "needed-with-its-owner", "needed-for-usage-and-purchase"}
#: how they are written, and what each of them says by its name
WRITTEN = {"null-text", "column-renamed", "column-missing"}

UTILIZATION = {
    "zero_percent_utilization_without_commitment_discount_flexibility": (0.0, 0.0),
    "one_hundred_percent_utilization_without_commitment_discount_flexibility": (1.0, 1.0),
    "one_hundred_percent_utilization_with_commitment_discount_flexibility_with_1_resource": (1.0, 0.5),
    "one_hundred_percent_utilization_with_commitment_discount_flexibility_with_2_resources": (1.0, 1.0),
    "commitment_discount_usage_scenario_1": (1.0, 1.0),
    "commitment_discount_usage_scenario_2": (0.0, None),
    "commitment_discount_usage_scenario_3": (0.75, 1.0),
    "commitment_discount_usage_scenario_4": (1.0, 0.5),
}


@pytest.fixture(scope="module")
def session():
    with new_session() as session:
        session.frames = "arrow"
        yield session


@pytest.fixture(scope="module")
def examples(shared_data):
    return shared_data / "focus_spec_examples"


def collected(session, path):
    session.load("focus-files", path=str(path), date_format="%m/%d/%y", amounts="$,")
    run = session.collect("focus-files") and session.last_run
    return session.table("costs").filter(session.table("costs")["_run_id"] == run["run_id"]), run["run_id"]


@pytest.mark.parametrize(("name", "wanted"), UTILIZATION.items(), ids=UTILIZATION)
def test_the_worked_examples_of_the_specification(session, examples, name, wanted):
    costs, run = collected(session, examples / f"v1.2__{name}.csv")
    used = session.frame(commitment_utilization(costs)).to_pylist()
    covered = session.frame(commitment_coverage(costs, measure="ConsumedQuantity")).to_pylist()
    assert ([row["utilization"] for row in used], [row["coverage"] for row in covered]) == (
        [wanted[0]],
        [] if wanted[1] is None else [wanted[1]],
    )
    assert {row["rule"] for row in session.findings(run).to_pylist()} <= WRITTEN


def test_all_worked_examples_load(session, examples):
    _, run = collected(session, examples)
    assert (session.last_run["rows_in"], session.last_run["rows_stored"], session.last_run["rows_quarantined"]) == (
        81,
        69,
        2,
    )  # ten rows are in two scenarios each
    assert {row["reason"] for row in session.quarantine(run).to_pylist()} == {
        "ChargePeriodEnd: '2023-02-01T30:00:00Z' is not an ISO 8601 time"
    }
    assert {row["rule"] for row in session.findings(run).to_pylist() if row["severity"] != "info"} <= BROKEN | WRITTEN | LEFT_OUT


def test_the_utilization_of_the_sample(session):
    session.load("focus-files", path=str(finopsnb_sample.path() / "focus"))
    session.collect("focus-files", frames="none")
    used = {row["CommitmentDiscountId"]: row for row in session.frame(commitment_utilization(session.table("costs"))).to_pylist()}
    for fact in finopsnb_sample.facts()["commitments"]:
        assert str(round(used[fact["CommitmentDiscountId"]]["utilization"], 6)).removesuffix(".0") == fact["utilisation"]
