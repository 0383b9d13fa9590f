"""rightsizing, idle-resources and storage-tiering in a session: what they say, with which evidence, and what they do without tables."""

from __future__ import annotations

import json
import logging
from decimal import Decimal

import pytest

import finopsnb_sample
from finopsnb.errors import FinopsError, PluginConfigError
from finopsnb.plugins.testing import _store, new_session, sample_costs

IDLE = finopsnb_sample.facts()["idle"]
PLUGINS = ("rightsizing", "idle-resources", "storage-tiering")


def test_costs_alone_know_the_load_balancer_without_traffic(paid):
    paid.load("idle-resources")
    rows = paid.recommend("idle-resources", frames="arrow").to_pylist()
    assert [row["ResourceName"] for row in rows] == ["old-stage-alb"]
    row = rows[0]
    told = Decimal(next(one["cost"] for one in IDLE if one["resource"] == "old-stage-alb"))
    assert row["monthly_saving"] == pytest.approx(told * 730 / (24 * 31))
    assert row["annual_saving"] == 12 * row["monthly_saving"]
    assert (row["effort"], row["risk"], row["status"], row["BillingCurrency"]) == ("low", "low", "open", "USD")
    evidence = json.loads(row["evidence"])
    assert evidence["kind"] == "load-balancer"
    assert len(paid.sql(evidence["query"])) > 14


def test_a_table_tells_of_volumes_and_a_second_run_changes_nothing(paid):
    paid.load("idle-resources")
    nothing = {"instances": {"cpu_p95": 0.01}, "else": {"attached": False}}
    kinds = {one["ResourceId"]: "instances" if "/instances/" in one["ResourceId"] else "else" for one in IDLE}
    use = [{"ResourceId": name, **nothing[kind]} for name, kind in kinds.items() if "loadbalancer" not in name]
    first = paid.recommend("idle-resources", utilization=use, frames="arrow").to_pylist()
    found = {row["ResourceId"]: row for row in first}
    for one in IDLE:
        # what a month of another length costs is known to a part in thirty
        assert found[one["ResourceId"]]["monthly_saving"] == pytest.approx(Decimal(one["cost"]), rel=Decimal("0.05"))
    heard = []
    undo = paid.hooks.on("recommendation_generated", lambda table: heard.append(table))
    again = paid.recommend("idle-resources", utilization=use, frames="arrow").to_pylist()
    undo()
    assert [{**row, "run_id": 0} for row in again] == [{**row, "run_id": 0} for row in first]
    assert heard == []
    counted = {row["ResourceId"]: row["counted_saving"] for row in paid.savings(frames="arrow").to_pylist() if row["status"] == "open"}
    assert counted == {row["ResourceId"]: row["monthly_saving"] for row in first}


def test_utilisation_without_a_cost_is_a_finding_of_the_run_and_in_the_log(paid, caplog):
    paid.load("idle-resources")
    use = [{"ResourceId": name, "connections": 0} for name in ("nobody-2", "nobody-1")]
    with caplog.at_level(logging.WARNING):
        paid.recommend("idle-resources", utilization=use, frames="arrow")
    newest = max(paid.runs(frames="arrow")["run_id"].to_pylist())
    [found] = paid.findings(newest, frames="arrow").to_pylist()
    assert (found["rule"], found["rows"], found["example"], found["severity"]) == ("utilization-unmatched", 2, "nobody-1", "warning")
    assert "without a cost: 2, one of them nobody-1" in caplog.text
    paid.recommend("idle-resources", frames="arrow")
    assert paid.findings(newest + 1).empty


def test_machines_of_the_sample_are_sized_by_tables_of_a_file(paid, tmp_path):
    table = paid.sql(
        "select distinct ResourceId from costs where SkuMeter = 'BoxUsage:r6i.xlarge' and CommitmentDiscountStatus is null order by 1",
        frames="arrow",
    )
    use = tmp_path / "use.csv"
    use.write_text("ResourceId,cpu_p95,memory_p95\n" + "".join(f"{name},0.1,0.2\n" for name in table["ResourceId"].to_pylist()))
    prices = tmp_path / "prices.csv"
    prices.write_text("type,hourly price,vcpus,memory,currency\nr6i.xlarge,0.252,4,32,USD\nr6i.large,0.126,2,16,USD\n")
    paid.load("rightsizing", utilization=str(use), prices=str(prices))
    rows = paid.recommend("rightsizing", frames="arrow").to_pylist()
    assert rows
    for row in rows:
        evidence = json.loads(row["evidence"])
        assert (row["current"], row["recommended"]) == ("r6i.xlarge", "r6i.large")
        assert row["monthly_saving"] == pytest.approx(Decimal(evidence["monthly_cost"]) / 2)
    assert paid.load("rightsizing", utilization=str(use)).config.prices is None


@pytest.fixture(scope="module")
def empty():
    with new_session() as session:
        for name in PLUGINS:
            session.load(name)
        yield session


@pytest.mark.parametrize("name", PLUGINS)
def test_without_costs_there_is_nothing_to_say(empty, name):
    tables = {"utilization": [{"ResourceId": "a", "cpu_p95": 0.1, "reads": 1, "read_gb": 1}]}
    prices = [{"type": "a", "hourly_price": 1, "vcpus": 1, "memory": 1, "tier": "a", "storage_price": 1}]
    if name != "idle-resources":
        tables["prices"] = prices
    assert empty.recommend(name, **tables).empty


@pytest.mark.parametrize("name", ["rightsizing", "storage-tiering"])
def test_without_utilisation_there_is_no_recommendation_and_a_sentence(empty, name, caplog):
    with caplog.at_level(logging.WARNING):
        assert empty.recommend(
            name, prices=[{"type": "a", "hourly_price": 1, "vcpus": 1, "memory": 1}] if name == "rightsizing" else None
        ).empty
    assert "needs a utilisation table" in caplog.text


def test_mistakes_are_told(empty):
    with pytest.raises(PluginConfigError):
        empty.load("rightsizing", cpu_target=7)
    with pytest.raises(FinopsError, match="has no option prize"):
        empty.recommend("rightsizing", prize=[])
    with pytest.raises(FinopsError, match="has no column hourly_price"):
        empty.recommend("rightsizing", utilization=[{"ResourceId": "a", "cpu_p95": 0.1}], prices=[{"type": "a", "vcpus": 1, "memory": 1}])


def test_a_name_that_would_be_sql_is_quoted_in_the_query():
    costs = sample_costs().to_pylist()
    with new_session() as session:
        rows = [{**row, "ResourceId": "it's", "ChargeDescription": "Unattached disk"} for row in costs if row["ResourceId"] == "vm-1"]
        _store(session, rows)
        session.load("idle-resources", minimum_saving=0)
        [row] = session.recommend("idle-resources", frames="arrow").to_pylist()
        assert len(session.sql(json.loads(row["evidence"])["query"])) == 28
