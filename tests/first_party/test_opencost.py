"""opencost: allocations and cloud costs, from a server that speaks OpenCost's replies, and from saved ones."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

import finopsnb_sample
from finopsnb.errors import FinopsError, PluginConfigError, SourceError
from finopsnb.plugins.testing import check_plugin, new_session
from finopsnb_plugins.telemetry.opencost import OpenCostPlugin
from tests.answering import Answer, answering

#: totalCost is not what its parts add up to: OpenCost rounds each for itself
WEB = {
    "name": "prod/node-1/shop/web-7f/nginx",
    "properties": {
        "cluster": "prod",
        "node": "node-1",
        "container": "nginx",
        "controller": "web",
        "controllerKind": "deployment",
        "namespace": "shop",
        "pod": "web-7f",
        "providerID": "i-0123",
        "labels": {"app": "web", "team": "checkout"},
        "namespaceLabels": {"team": "platform"},
    },
    "cpuCost": "0.10001",
    "cpuCostAdjustment": "-0.00001",
    "ramCost": "0.2",
    "pvCost": 0,
    "cpuCoreHours": "2.4",
    "totalCost": "0.30000000000000004",
}
IDLE = {"name": "prod/__idle__", "properties": {"cluster": "prod"}, "cpuCost": "1.5", "totalCost": "1.5"}
LOST = {"name": "__unallocated__", "properties": {"cluster": "prod"}, "totalCost": "-0.25"}


def printed(value):
    """JSON in which amounts are numbers as they stand here."""
    return json.dumps(value).replace('"<', "").replace('>"', "").encode()


def allocation(day, one, **changes):
    window = {"start": f"2026-10-{day:02}T00:00:00Z", "end": f"2026-10-{day + 1:02}T00:00:00Z"}
    numbers = {name: f"<{value}>" for name, value in one.items() if name.lower().endswith(("cost", "adjustment", "hours"))}
    ran = {"start": f"2026-10-{day:02}T09:00:00Z", "end": window["end"], "window": window, "pvs": None, "minutes": 900}
    return {**one, **numbers, **ran, **changes}


def reply(day, *ones):
    return printed({"code": 200, "data": [{one["name"]: allocation(day, one) for one in ones}]})


@pytest.fixture
def session():
    with new_session() as session:
        yield session


@pytest.fixture
def cluster():
    """Every day has the three allocations."""

    def respond(asked):
        return reply(int(asked.query["window"][0][8:10]), WEB, IDLE, LOST)

    with answering(respond) as server:
        yield server


@pytest.fixture(autouse=True)
def today(monkeypatch):
    at = datetime(2026, 10, 8, 15, tzinfo=UTC)
    monkeypatch.setattr(OpenCostPlugin, "now", staticmethod(lambda: at))


def days_asked(server):
    return [one.query["window"][0][8:10] for one in server.asked]


def billed_by_day(session):
    frame = session.sql("select day(ChargePeriodStart) as day, sum(BilledCost) as billed from costs group by all order by all")
    return dict(zip(frame.day, frame.billed, strict=True))


DAY = Decimal("1.55000000000000004")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("opencost")
    (folder / "day.json").write_bytes(reply(5, WEB, IDLE, LOST))
    with new_session() as session:
        session.load("opencost", path=str(folder), currency="EUR")
        session.collect("opencost")
        rows = session.sql("select * from costs").set_index("ResourceId")
        yield rows, session.findings()


RULES = {
    "the cost is as printed": ("BilledCost", Decimal("0.30000000000000004"), Decimal("1.5"), Decimal("-0.25")),
    "and effective": ("EffectiveCost", Decimal("0.30000000000000004"), Decimal("1.5"), Decimal("-0.25")),
    "a part has its adjustment": ("x_CpuCost", Decimal("0.1"), Decimal("1.5"), Decimal("0")),
    "the cluster is the account": ("BillingAccountId", "prod", "prod", "prod"),
    "the namespace is the sub account": ("SubAccountId", "shop", "__idle__", "__unallocated__"),
    "what it is": ("ResourceType", "Container", "Idle capacity", "Unallocated"),
    "its name": ("ResourceName", "nginx", "__idle__", "__unallocated__"),
    "the currency is the setting": ("BillingCurrency", "EUR", "EUR", "EUR"),
    "category": ("ServiceCategory", "Compute", "Compute", "Compute"),
}


@pytest.mark.parametrize("rule", RULES)
def test_allocations_in_focus(saved, rule):
    column, *expected = RULES[rule]
    rows, _ = saved
    assert [rows.loc[one["name"], column] for one in (WEB, IDLE, LOST)] == expected


def test_periods(saved):
    row = saved[0].loc[WEB["name"]]
    names = ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd", "x_RanFrom")
    assert [row[name].strftime("%m-%d %H") for name in names] == ["10-01 00", "11-01 00", "10-05 00", "10-06 00", "10-05 09"]


def test_labels_are_tags_and_what_kubernetes_says_has_a_prefix(saved):
    tags = dict(saved[0].loc[WEB["name"], "Tags"])
    assert tags == {
        "app": "web",
        "team": "checkout",
        "k8s:cluster-name": "prod",
        "k8s:namespace": "shop",
        "k8s:workload-type": "deployment",
        "k8s:workload-name": "web",
        "k8s:pod": "web-7f",
        "k8s:container": "nginx",
        "k8s:node": "node-1",
        "k8s:namespace-label:team": "platform",
    }


def test_a_finding_says_that_a_cloud_bill_has_the_same_money(saved):
    assert "allocated-not-billed" in set(saved[1].rule)


def test_the_real_cloud_cost_reply(session, shared_data):
    path = shared_data / "opencost" / "opencost_cloudCost_api_example.json"
    plugin = session.load("opencost", path=str(path), report="cloud-cost")
    rows = session.collect("opencost").set_index("ProviderName")
    assert rows.loc["Google Cloud", "BilledCost"] == Decimal("0.006336000000000003")
    assert rows.loc["Google Cloud", "ListCost"] == Decimal("0.46231399999999995")
    assert rows.loc["AWS", "BillingAccountId"] == "297945954695"
    assert rows.loc["Google Cloud", ["SubAccountId", "ServiceName", "ServiceCategory"]].tolist() == [
        "mattray-opencost",
        "Networking",
        "Networking",
    ]
    billed = [one["total"] for one in plugin.control_totals().to_pylist() if one["measure"] == "BilledCost"]
    assert sum(billed) == rows.BilledCost.sum() == Decimal("19.806729000000000003")


def test_the_sample_adds_up(session):
    facts = finopsnb_sample.facts()["native"]["opencost"]
    session.load("opencost", path=str(Path(finopsnb_sample.path()) / "native" / "opencost"))
    rows = session.collect("opencost")
    assert len(rows) == facts["rows"]
    for measure in ("BilledCost", "EffectiveCost"):
        expected = {one["BillingAccountId"]: Decimal(one[measure]) for one in facts["totals"]}
        assert rows.groupby("BillingAccountId")[measure].sum().to_dict() == expected
    allocated = rows[rows.ServiceName == "Kubernetes"]
    namespaces = {name: Decimal(cost) for name, cost in facts["special"]["namespaces"].items()}
    assert allocated.groupby("SubAccountId").BilledCost.sum().to_dict() == namespaces
    assert set(session.reconcile("opencost").status) == {"matches"}


def test_each_day_is_asked_for_once_and_the_last_ones_again(session, cluster, monkeypatch):
    session.load("opencost", url=cluster.url, days=5, lag_days=2)
    session.collect("opencost")
    assert days_asked(cluster) == ["03", "04", "05", "06", "07"]
    first = cluster.asked[0]
    assert first.path == "/allocation/compute"
    assert first.query["window"] == ["2026-10-03T00:00:00Z,2026-10-04T00:00:00Z"]
    assert {name: first.query[name] for name in ("step", "accumulate", "includeIdle")} == {
        "step": ["1d"],
        "accumulate": ["false"],
        "includeIdle": ["true"],
    }
    assert billed_by_day(session) == dict.fromkeys(range(3, 8), DAY)

    monkeypatch.setattr(OpenCostPlugin, "now", staticmethod(lambda: datetime(2026, 10, 9, 1, tzinfo=UTC)))
    cluster.asked.clear()
    cluster.respond = lambda asked: reply(int(asked.query["window"][0][8:10]), {**WEB, "totalCost": "2.5"})
    session.collect("opencost")
    assert days_asked(cluster) == ["06", "07", "08"]
    assert billed_by_day(session) == {**dict.fromkeys((3, 4, 5), DAY), **dict.fromkeys((6, 7, 8), Decimal("2.5"))}
    reconciled = session.reconcile("opencost").set_index("measure")
    assert set(reconciled.status) == {"matches"}
    assert reconciled.source_total["BilledCost"] == sum(billed_by_day(session).values())


def test_days_that_the_server_has_no_more_are_kept_and_told(session, cluster):
    session.load("opencost", url=cluster.url, days=3)
    session.collect("opencost")
    cluster.respond = lambda asked: reply(int(asked.query["window"][0][8:10]), *([] if "-05T" in asked.query["window"][0] else [WEB]))
    session.collect("opencost", full=True)
    assert billed_by_day(session) == {5: DAY, 6: Decimal("0.30000000000000004"), 7: Decimal("0.30000000000000004")}
    (finding,) = session.findings().query("rule == 'reply-empty'").itertuples()
    assert (finding.rows, finding.example, finding.severity) == (1, "2026-10-05", "warning")


def test_a_collection_that_fails_leaves_everything_as_it_was(session, cluster):
    session.load("opencost", url=cluster.url, days=2)
    session.collect("opencost")
    before = billed_by_day(session)
    cluster.asked.clear()
    answers = [reply(6, IDLE), Answer({"message": "window is too long"}, status=400)]
    cluster.respond = lambda asked: answers.pop(0)
    with pytest.raises(SourceError, match="window is too long"):
        session.collect("opencost", full=True)
    assert billed_by_day(session) == before
    cluster.respond = lambda asked: reply(int(asked.query["window"][0][8:10]), IDLE)
    session.collect("opencost")
    assert billed_by_day(session) == dict.fromkeys((6, 7), Decimal("1.5"))


def test_options_and_settings_reach_the_server(session, cluster):
    session.load("opencost", url=f"{cluster.url}/model/", aggregate="namespace,label:team", idle=False, api_key="sk-token-123456")
    session.collect("opencost", since="2026-10-05", until="2026-10-06")
    (asked,) = cluster.asked
    assert asked.path == "/model/allocation/compute"
    assert (asked.query["aggregate"], asked.query["includeIdle"]) == (["namespace,label:team"], ["false"])
    assert asked.headers["authorization"] == "Bearer sk-token-123456"
    assert "sk-token" not in str(session.runs().to_dict()) + repr(session.plugins.get("opencost"))


def test_the_cloud_cost_api(session, shared_data, monkeypatch):
    body = (shared_data / "opencost" / "opencost_cloudCost_api_example.json").read_bytes()
    at = datetime(2023, 10, 29, 6, tzinfo=UTC)
    monkeypatch.setattr(OpenCostPlugin, "now", staticmethod(lambda: at))
    with answering(lambda asked: body) as server:
        session.load("opencost", url=server.url, report="cloud-cost", days=1)
        assert len(session.collect("opencost")) == 2
        assert server.asked[0].path == "/cloudCost"


def test_rows_that_cannot_be_read_are_set_aside(session, tmp_path):
    odd = {"name": "odd", "properties": {}}
    rows = {
        "a": allocation(5, WEB, totalCost=None),
        "b": allocation(5, odd, totalCost="a lot"),
        "c": {**allocation(5, odd, totalCost=1), "window": {}, "start": None},
        "d": allocation(5, odd, totalCost="<2>"),
    }
    (tmp_path / "day.json").write_bytes(printed({"code": 200, "data": [rows, None]}))
    session.load("opencost", path=str(tmp_path))
    assert session.collect("opencost").BilledCost.tolist() == [Decimal(2)]
    reasons = session.quarantine().reason.tolist()
    assert reasons == ["totalCost: the reply says none", "totalCost: 'a lot' is not a decimal number", "window: the reply says none"]
    assert "web-7f" in session.quarantine().raw[0]
    assert session.frame("costs").BillingAccountId.tolist() == ["opencost"]


@pytest.mark.parametrize(
    ("body", "said"),
    [(b'{"code": 400, "message": "bad window"}', "bad window"), (b"[1]", "no reply of OpenCost"), (b'{"data"', "is not JSON")],
)
def test_a_file_that_is_no_reply(session, tmp_path, body, said):
    (tmp_path / "day.json").write_bytes(body)
    session.load("opencost", path=str(tmp_path))
    with pytest.raises(SourceError, match=said):
        session.collect("opencost")
    assert len(session.frame("costs")) == 0


def test_saved_files_that_did_not_change_are_not_read_again(session, tmp_path):
    for day in (5, 6):
        (tmp_path / f"{day}.json").write_bytes(reply(day, WEB))
    session.load("opencost", path=str(tmp_path))
    session.collect("opencost")
    session.collect("opencost")
    assert session.last_run["rows_in"] == 0
    assert len(session.frame("costs")) == 2


def test_nobody_there_names_the_line_that_opens_the_way(session):
    session.load("opencost", url="http://127.0.0.1:1")
    with pytest.raises(SourceError, match="kubectl -n opencost port-forward service/opencost 9003"):
        session.collect("opencost")


@pytest.mark.parametrize("settings", [{}, {"url": "http://x", "path": "y"}, {"url": "localhost:9003"}])
def test_a_server_or_files(session, settings):
    with pytest.raises(PluginConfigError, match="url"):
        session.load("opencost", **settings)


def test_files_have_no_since(session, tmp_path):
    session.load("opencost", path=str(tmp_path))
    with pytest.raises(FinopsError, match="files have no since"):
        session.collect("opencost", since="2026-10-01")


def test_the_contract(cluster):
    check_plugin(OpenCostPlugin, {"url": cluster.url, "days": 2, "api_key": "k"})
