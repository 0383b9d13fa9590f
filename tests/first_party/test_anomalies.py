"""The plugin ``anomalies``: what it finds in the sample, when it looks, and the life of what it found."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

import finopsnb_sample
from finopsnb.errors import FinopsError, PluginConfigError
from finopsnb.plugins import PluginMetadata, PluginType, TelemetryPlugin
from finopsnb.plugins.testing import new_session
from tests.analysis.asking import charge

FIRST = dt.date(2026, 1, 5)  # a Monday
DAYS = 90


class Bills(TelemetryPlugin):
    """EC2 in two accounts and S3, a row a day until ``until``; ``costs`` maps a service and account to what a day costs."""

    metadata = PluginMetadata(name="bills", version="1.0.0", plugin_type=PluginType.TELEMETRY)
    until = DAYS

    def collect_telemetry(self):
        rows = []
        for place in range(self.until):
            day = FIRST + dt.timedelta(days=place)
            for service, account, cost in (("EC2", "a", 100), ("EC2", "b", 50), ("S3", "a", 10)):
                times = self.times.get((service, account), {}).get(place, 1)
                rows.append(
                    charge(day.isoformat(), Decimal(cost) * times, ServiceName=service, SubAccountId=account, ResourceId=f"{service}-1")
                )
        return pa.Table.from_pylist(rows)

    def initialize(self):
        self.times = {}


@pytest.fixture
def looking():
    """A session with both plugins, the bills' plugin, and the alerts that were heard."""
    with new_session() as session:
        heard = []
        session.hooks.on("alert_triggered", lambda alert: heard.append(alert))
        session.plugins.registry.register(Bills)
        bills = session.load("bills")
        session.load("anomalies")
        yield session, bills, heard
        assert [failure for failure in session.hooks.failures if failure.owner == "anomalies"] == []


def statuses(session):
    rows = session.sql("select recommendation_id, title, status from recommendations order by title", frames="arrow").to_pylist()
    return {row["title"]: (row["recommendation_id"], row["status"]) for row in rows}


SPIKE = "EC2 in a, AWS: spike since 2026-03-26"


def test_every_collection_is_looked_at_and_an_anomaly_is_told_once(looking):
    session, bills, heard = looking
    session.collect("bills")
    assert (statuses(session), heard) == ({}, [])
    bills.times = {("EC2", "a"): {80: 7}}
    session.collect("bills")
    ((title, (key, status)),) = statuses(session).items()
    assert (title, status) == (SPIKE, "open")
    (alert,) = heard
    assert (alert["id"], alert["title"], alert["impact"], alert["BillingCurrency"]) == (key, SPIKE, "600", "USD")
    assert alert["drivers"][0] == {"level": "ResourceId", "value": "EC2-1", "change": 600.0, "share": 1.0}
    first = session.frame("recommendations", frames="arrow").drop_columns(["run_id"])
    again = session.recommend("anomalies", frames="arrow")
    assert again.drop_columns(["run_id"]) == first
    assert len(heard) == 1
    runs = session.runs(frames="arrow").select(["plugin", "status"]).to_pylist()
    assert [run["plugin"] for run in runs] == ["bills", "anomalies"] * 2 + ["anomalies"]
    assert {run["status"] for run in runs} == {"succeeded"}
    says_what_where_and_why(again.to_pylist()[0])


def says_what_where_and_why(row):
    named = ("category", "ProviderName", "SubAccountId", "ServiceName", "ResourceId", "BillingCurrency", "monthly_saving")
    assert [row[name] for name in named] == ["anomaly", "AWS", "a", "EC2", "EC2-1", "USD", None]
    assert "700.00 USD and not 100.00" in row["description"]
    assert "EC2-1 (ResourceId) +600.00" in row["description"]
    evidence = json.loads(row["evidence"])
    assert (evidence["kind"], evidence["direction"], evidence["actual"], evidence["expected"]) == ("spike", "up", "700", "100")
    assert 0.5 < row["confidence"] <= 1


def test_people_say_what_became_of_it_and_others_when_it_looks(looking):
    session, bills, heard = looking
    session.load("anomalies", after_collection=False)
    assert session.recommend("anomalies", frames="arrow").num_rows == 0
    bills.times = {("EC2", "a"): {80: 7}}
    session.collect("bills")
    assert statuses(session) == {}
    (row,) = session.recommend("anomalies", frames="arrow").to_pylist()
    key = row["recommendation_id"]
    for verb, status in (("acknowledge", "acknowledged"), ("expect", "expected"), ("reopen", "open")):
        session.recommend("anomalies", **{verb: key})
        assert statuses(session)[SPIKE] == (key, status)
    session.recommend("anomalies", expect=[key])
    session.recommend("anomalies")
    assert statuses(session)[SPIKE] == (key, "expected")
    assert len(heard) == 1
    assert session.recommend("anomalies", expect=None, frames="none") is None
    for strange in ("nonsense", 5, [None]):
        with pytest.raises(FinopsError, match=r"No anomaly has the id (nonsense|5|None)"):
            session.recommend("anomalies", expect=strange)
    with pytest.raises(PluginConfigError, match="sensitivity"):
        session.load("anomalies", sensitivity=0)


def test_what_is_over_for_weeks_or_is_not_in_the_costs_any_more_is_resolved(looking):
    session, bills, heard = looking
    old = "S3 in a, AWS: spike since 2026-03-06"
    bills.times, bills.until = {("EC2", "a"): {80: 7}, ("S3", "a"): {60: 30}}, 85
    session.collect("bills")
    assert {title: status for title, (_, status) in statuses(session).items()} == {SPIKE: "open", old: "open"}
    key, _ = statuses(session)[SPIKE]
    bills.times = {("EC2", "a"): {81: 7}, ("S3", "a"): {60: 30}}
    bills.until = 95
    session.collect("bills")
    restated = "EC2 in a, AWS: spike since 2026-03-27"
    assert statuses(session)[restated] == (key, "open")
    assert statuses(session)[old][1] == "resolved"
    bills.times = {("S3", "a"): {60: 30}}
    session.collect("bills")
    assert {title: status for title, (_, status) in statuses(session).items()} == {restated: "resolved", old: "resolved"}
    assert len(heard) == 2


def test_what_changes_together_is_one_event(looking):
    session, bills, heard = looking
    bills.times = {("EC2", "a"): {80: 7}, ("S3", "a"): {80: 7}, ("EC2", "b"): {80: 7}}
    session.collect("bills")
    assert sorted(statuses(session)) == ["EC2 and 1 more in a, AWS: spike since 2026-03-26", "EC2 in b, AWS: spike since 2026-03-26"]
    assert [alert["impact"] for alert in heard] == ["660", "300"]


def test_the_sample_has_what_was_planted(paid):
    facts = json.loads((Path(finopsnb_sample.path()) / "facts.json").read_text(encoding="utf-8"))
    paid.load("anomalies")
    rows = paid.recommend("anomalies", frames="arrow").to_pylist()
    found = {(row["ServiceName"], evidence["start"]): evidence for row in rows if (evidence := json.loads(row["evidence"]))}
    for planted in facts["spikes"] + facts["level_shifts"]:
        evidence = found[planted["service"], planted["day"]]
        assert evidence["end"] == planted["last_day"]
        assert any(planted["sku"] == driver["value"] for driver in evidence["drivers"])
    assert len(rows) <= 25
