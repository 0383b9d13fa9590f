"""The plugin files: tables and dashboards out, mapping tables in."""

from __future__ import annotations

import altair as alt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finopsnb.errors import FinopsError, StoreError, UnknownTable
from finopsnb.plugins import DashboardPlugin, PluginMetadata, PluginType
from finopsnb.plugins.sheets import read_sheet
from finopsnb.plugins.testing import new_session, sample_costs
from tests.plugins.plugins_in_tests import RowsPlugin


class TotalDashboard(DashboardPlugin):
    metadata = PluginMetadata(name="total", version="1.0.0", plugin_type=PluginType.DASHBOARD)

    def render(self):
        return alt.Chart(alt.InlineData([{"a": 1, "b": "<i>"}])).mark_bar().encode(x="a:Q", y="b:N").properties(title="Total")


@pytest.fixture
def session(tmp_path):
    with new_session() as session:
        registry = session.plugins.registry
        registry.discover_plugins("finopsnb_plugins")
        registry.register(RowsPlugin, replace=True)
        registry.register(TotalDashboard)
        (tmp_path / "owners.csv").write_text("account,owner\n111-1,=web\n222-1,data\n")
        imports = {"owners": {"path": "owners.csv"}, "prices": {"path": "prices.csv", "columns": {"price": "number"}}}
        session.load("files", folder=str(tmp_path), imports=imports)
        yield session


@pytest.fixture
def costs(session):
    session.load("rows").given = sample_costs(3)
    session.collect("rows")


def last(session):
    return session.frame("syncs", frames="arrow").to_pylist()[-1]


def test_what_is_received_is_read_by_its_name(session, costs):
    received = session.sync("files", "receive", table="owners")
    assert received.account.tolist() == ["111-1", "222-1"]
    joined = session.sql("select owner, sum(BilledCost) c from costs join owners on SubAccountId = account group by all", frames="arrow")
    assert sorted(joined["owner"].to_pylist()) == ["=web", "data"]
    row = next(row for row in session.tables(frames="arrow").to_pylist() if row["name"] == "owners")
    assert (row["rows"], row["columns"]) == (2, 2)
    assert row["description"].startswith("Received by files from")
    assert {k: last(session)[k] for k in ("direction", "target", "rows", "status")} == {
        "direction": "receive", "target": "owners", "rows": 2, "status": "received",
    }  # fmt: skip


def test_a_table_that_comes_again_takes_the_place_of_the_earlier_one(session, tmp_path):
    session.sync("files", "receive", table="owners")
    (tmp_path / "owners.csv").write_text("account,cost_centre\n9,1\n")
    session.sync("files", "receive", table="owners")
    assert session.sql("select * from owners", frames="arrow").to_pylist() == [{"account": "9", "cost_centre": "1"}]
    (tmp_path / "owners.csv").write_text("account\n1,2,3\n4,5\n")
    with pytest.raises(FinopsError):
        session.sync("files", "receive", table="owners")
    assert session.frame("owners", frames="arrow").num_rows == 1
    assert session.forget(int(session.frame("received_tables").run_id.max())) == 1
    with pytest.raises(UnknownTable):
        session.table("owners")


@pytest.mark.parametrize("name", ["costs", "Costs", "cost_rows", "runs", "meta", "order", "duckdb_tables", "a b", "x;y", "received_tables"])
def test_no_table_of_ours_is_shadowed(session, name):
    tables = session.tables(frames="arrow")
    with pytest.raises(StoreError):
        session.sync("files", "receive", table=name, path="owners.csv")
    assert session.tables(frames="arrow").drop_columns("rows") == tables.drop_columns("rows")
    assert session.runs().status.iloc[-1] == "failed"


@pytest.mark.parametrize("suffix", ["parquet", "csv", "xlsx", "html"])
def test_a_table_is_written_and_a_second_time_not_touched(session, costs, tmp_path, suffix):
    path = tmp_path / f"costs.{suffix}"
    assert session.sync("files", data="costs", path=path.name) is True
    before = path.stat().st_mtime_ns
    assert last(session)["inserted"] == 1
    session.sync("files", data="costs", path=path.name)
    assert (last(session)["unchanged"], last(session)["rows"], path.stat().st_mtime_ns) == (1, 9, before)
    assert last(session)["target"] == str(path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [path.name, "owners.csv"]


def test_queries_frames_and_expressions_are_written(session, costs, tmp_path):
    session.sync("files", data="select ServiceName from costs order by all", path="q.parquet")
    assert pq.read_table(tmp_path / "q.parquet").num_rows == 9
    session.sync("files", data=session.table("costs").limit(2), table="two")
    assert pq.read_table(tmp_path / "two.parquet").num_rows == 2
    session.sync("files", data=pa.table({"t": ["=1+1", "<b>"]}), path="evil.csv")
    assert read_sheet(tmp_path / "evil.csv")["t"].to_pylist() == ["'=1+1", "<b>"]
    session.sync("files", data=[{"t": "<b>"}], path="evil.html")
    assert "<b>" not in (tmp_path / "evil.html").read_text()
    session.sync("files", table="runs")
    assert (tmp_path / "runs.parquet").exists()


@pytest.mark.parametrize(("suffix", "begins"), [("html", b"<!doctype html>"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_a_dashboard_is_written(session, tmp_path, suffix, begins):
    for outcome in ("inserted", "unchanged"):
        session.sync("files", data="total", path=f"t.{suffix}")
        assert last(session)[outcome] == 1
    assert (tmp_path / f"t.{suffix}").read_bytes().startswith(begins)


def test_mistakes_are_told_with_what_mends_them(session, tmp_path):
    for call, told, hint in [
        (lambda: session.sync("files", data="run"), "nothing called run", 'data="runs"'),
        (lambda: session.sync("files", data="runs", path="a.png"), "no file that a table is written to", '"showback.xlsx"'),
        (lambda: session.sync("files", data="total", path="a.csv"), "no file that a chart is written to", 'path="a.png"'),
        (lambda: session.sync("files", data="runs", pth="a"), "files has no option pth", "path=..."),
        (lambda: session.sync("files", data=[{"a": 1}]), "The file has no name", 'path="owners.xlsx"'),
        (lambda: session.sync("files", "receive", table="owner"), "imports names no table owner", 'table="owners"'),
        (lambda: session.sync("files", data="runs", path="no/a.csv"), "There is no folder", f"mkdir -p {tmp_path / 'no'}"),
    ]:
        with pytest.raises(FinopsError, match=told) as wrong:
            call()
        assert wrong.value.hint == hint
    assert [path.name for path in tmp_path.iterdir()] == ["owners.csv"]


def test_two_plugins_do_not_take_each_others_tables(session):
    from tests.plugins.plugins_in_tests import EchoPlugin

    session.plugins.registry.register(EchoPlugin, replace=True)
    session.load("echo")
    assert session.sync("echo", "receive", table="owners").owner.tolist() == ["web"]
    with pytest.raises(StoreError, match="owners was received by echo"):
        session.sync("files", "receive", table="owners")
    assert session.sync("echo", "receive").owner.tolist() == ["web"]
    assert session.sql("select owner from echo", frames="arrow").to_pylist() == [{"owner": "web"}]


def test_health_says_whether_spreadsheets_work(session):
    assert session.plugins.get("files").health_check()["xlsx"] == "ready"
