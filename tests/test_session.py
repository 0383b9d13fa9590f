"""The session: every verb, end to end, on real plugins and a real store."""

from __future__ import annotations

import stat
import threading
from decimal import Decimal

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import finopsnb
from finopsnb.errors import (
    FinopsError,
    PluginNotFound,
    PluginOutputError,
    PluginRunError,
    QueryRefused,
    SourceError,
    StoreClosed,
    StoreError,
    UnknownRun,
    UnknownTable,
)
from finopsnb.plugins import PluginRegistry, PluginType, RecommendationPlugin, TelemetryPlugin, hook
from tests.plugins.plugins_in_tests import ALL, BellPlugin, RowsPlugin, cost_row, named


@pytest.fixture
def session():
    registry = PluginRegistry()
    with finopsnb.open(":memory:", registry=registry) as session:
        for cls in ALL:
            registry.register(cls)
        yield session
        registry.unload_all()


@pytest.fixture
def rows(session):
    """Loads the plugin that yields what the test puts into ``rows.given``."""
    return session.load("rows")


def contents(session, table="costs"):
    arrow = session.frame(table, frames="arrow")
    return sorted(map(repr, arrow.drop_columns([c for c in arrow.column_names if c.endswith("run_id")]).to_pylist()))


def last(session):
    return session.last_run


# collecting


def test_collect_returns_what_the_run_stored_and_writes_the_run(session, rows):
    frame = session.collect("rows")
    assert isinstance(frame, pd.DataFrame)
    assert frame.BilledCost.tolist() == [Decimal("1.25")]
    assert frame.BillingAccountId.tolist() == ["007"]
    assert frame.Tags.tolist() == [{"team": "web"}]
    assert str(frame.ChargePeriodStart.dt.tz) == "UTC"
    run = last(session)
    assert (run["plugin"], run["status"], run["rows_in"], run["rows_stored"]) == ("rows", "succeeded", 1, 1)


def test_five_times_the_same_collection_is_the_same_table_and_five_runs(session, rows):
    session.collect("rows")
    once = contents(session)
    for _ in range(4):
        session.collect("rows")
    assert contents(session) == once
    assert len(session.runs()) == 5


@pytest.mark.parametrize(("kind", "cls"), [("pandas", pd.DataFrame), ("polars", pl.DataFrame), ("arrow", pa.Table)])
def test_frames_per_call_and_per_session(session, rows, kind, cls):
    assert isinstance(session.collect("rows", frames=kind), cls)
    session.frames = kind
    assert isinstance(session.collect("rows"), cls)
    assert isinstance(session.runs(), cls)


def test_an_unknown_kind_of_frame_is_refused_with_the_near_name(session, rows):
    with pytest.raises(FinopsError, match="panda") as error:
        session.collect("rows", frames="panda")
    assert "pandas" in error.value.hint


def test_every_loaded_telemetry_plugin_is_collected_when_none_is_named(session, rows):
    assert len(session.collect()) == 1


def test_collecting_with_nothing_loaded_says_what_to_load(session):
    with pytest.raises(FinopsError, match="No telemetry plugin is loaded") as error:
        session.collect()
    assert "focus-files" in error.value.hint


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(lambda: [cost_row()], id="dicts"),
        pytest.param(lambda: pd.DataFrame([cost_row()]), id="pandas"),
        pytest.param(lambda: pl.DataFrame([cost_row()]), id="polars"),
        pytest.param(lambda: pa.Table.from_pylist([cost_row()]), id="arrow"),
        pytest.param(lambda: iter([cost_row()]), id="generator of rows"),
        pytest.param(lambda: iter([pa.Table.from_pylist([cost_row()])]), id="generator of tables"),
        pytest.param(lambda: iter([("page 1", pa.Table.from_pylist([cost_row()]))]), id="named parts"),
        pytest.param(lambda: iter([("page 1", [cost_row()])]), id="named parts of dicts"),
    ],
)
def test_every_shape_of_rows_gives_the_same_table(session, rows, given):
    rows.given = given
    assert session.collect("rows").BilledCost.tolist() == [Decimal("1.25")]


@pytest.mark.parametrize("given", [42, "text", object(), {"BilledCost": 1}.keys])
def test_an_unusable_shape_names_what_was_expected_and_writes_nothing(session, rows, given):
    rows.given = given if not callable(given) else lambda: given
    with pytest.raises(FinopsError, match=r"expected|Expected"):
        session.collect("rows")
    assert contents(session) == []
    assert last(session)["status"] == "failed"


def test_bad_rows_are_quarantined_and_the_counts_add_up(session, rows):
    rows.given = [cost_row(), cost_row(BilledCost="€5"), cost_row(BilledCost="NaN", ResourceId="i-2")]
    session.collect("rows")
    run = last(session)
    assert (run["rows_in"], run["rows_stored"], run["rows_quarantined"]) == (3, 1, 2)
    quarantine = session.quarantine()
    assert len(quarantine) == 2
    assert quarantine.reason.str.contains("BilledCost").all()
    assert quarantine.raw.str.contains("€5").any()


def test_a_plugin_that_fails_half_way_leaves_nothing_and_says_where(session, rows):
    def half():
        yield pa.Table.from_pylist([cost_row()] * 500)
        raise ValueError("the connection broke")

    rows.given = half
    with pytest.raises(PluginRunError, match="the connection broke") as error:
        session.collect("rows")
    assert isinstance(error.value.__cause__, ValueError)
    assert contents(session) == []
    run = last(session)
    assert run["status"] == "failed"
    assert "the connection broke" in run["error"]
    described = {plugin["name"]: plugin for plugin in session.plugins.registry.describe()}
    assert described["rows"]["state"] == "error"
    rows.given = None
    assert len(session.collect("rows")) == 1, "the next plain run succeeds"
    assert rows.is_ready


@pytest.mark.parametrize("error", [SystemExit(1), KeyboardInterrupt()])
def test_leaving_half_way_leaves_nothing(session, rows, error):
    def half():
        yield pa.Table.from_pylist([cost_row()])
        raise error

    rows.given = half
    with pytest.raises((PluginRunError, KeyboardInterrupt)):
        session.collect("rows")
    assert contents(session) == []
    assert last(session)["status"] == ("cancelled" if isinstance(error, KeyboardInterrupt) else "failed")
    rows.given = None
    assert len(session.collect("rows")) == 1


def test_an_option_that_the_plugin_does_not_take_is_refused(session, rows):
    with pytest.raises(FinopsError, match="no option sicne"):
        session.collect("rows", sicne="2026-01-01")
    assert last(session)["status"] == "failed"


# hooks


def test_the_system_fires_its_events_in_order(session, rows):
    heard = []
    for event in ("run_started", "pre_collect_metrics", "post_collect_metrics", "cost_entry_received", "run_finished"):
        session.hooks.on(event, lambda *a, event=event, **payload: heard.append((event, payload)) or None)
    session.collect("rows")
    assert [event for event, _ in heard] == [
        "run_started",
        "pre_collect_metrics",
        "post_collect_metrics",
        "run_finished",
        "cost_entry_received",
    ]
    finished = dict(heard)["run_finished"]["run"]
    assert finished["status"] == "succeeded"
    assert dict(heard)["cost_entry_received"]["rows"] == 1


def test_post_collect_metrics_pipes_the_table(session, rows):
    def redact(table):
        index = table.column_names.index("ResourceId")
        return table.set_column(index, "ResourceId", pa.array(["hidden"] * len(table)))

    session.hooks.on("post_collect_metrics", redact)
    assert session.collect("rows").ResourceId.tolist() == ["hidden"]


def test_a_failing_handler_stops_no_collection_and_stays_visible(session, rows):
    session.hooks.on("post_collect_metrics", lambda table: 1 / 0, owner="clumsy")
    assert len(session.collect("rows")) == 1
    assert session.hooks.failures[-1].owner == "clumsy"


def test_trigger_returns_a_row_per_handler(session):
    session.hooks.on("month_closed", lambda month: month, owner="good")
    session.hooks.on("month_closed", lambda month: 1 / 0, owner="bad")
    frame = session.trigger("month_closed", month="may")
    assert frame.owner.tolist() == ["good", "bad"]
    assert frame.error.tolist()[1] == "ZeroDivisionError: division by zero"
    assert len(session.trigger("nobody_hears")) == 0


# the other six verbs


def test_attribute_stores_allocations(session, rows):
    session.collect("rows")
    session.load("owners")
    heard = []
    session.hooks.on("allocation_computed", lambda table: heard.append(table.num_rows))
    frame = session.run("owners")
    assert sorted(frame.owner) == ["data", "web"]
    assert sum(frame.amount) == Decimal("1.25")
    session.attribute("owners")
    assert len(session.frame("allocations")) == 2, "a second run replaces the first"
    assert heard == [2, 2]


def test_recommend_stores_recommendations_with_lasting_ids(session):
    session.load("saver")
    first, second = session.run("saver"), session.recommend("saver")
    assert first.recommendation_id.tolist() == second.recommendation_id.tolist()
    assert first.monthly_saving.tolist() == [Decimal("1.10")]
    assert "idle_days" in first.evidence.item()
    assert session.recommend("saver", title="Other").recommendation_id.item() != first.recommendation_id.item()


def test_evaluate_stores_violations(session, rows):
    session.collect("rows")
    session.load("region")
    frame = session.run("region")
    assert frame.message.tolist() == ["Not here"]
    assert frame.cost.tolist() == [Decimal("1.25")]


def test_render_returns_the_chart_and_loads_the_dashboard_if_need_be(session, rows):
    session.collect("rows")
    heard = []
    session.hooks.on("dashboard_render", lambda plugin: heard.append(plugin))
    chart = session.run("drawing", title="Ours")
    assert chart.to_dict()["title"] == "Ours"
    assert heard == ["drawing"]
    assert last(session)["verb"] == "render"


def test_notify_keeps_the_message(session):
    session.load("bell")
    assert session.notify("bell", "42 USD too much", priority="high") is True
    assert session.notify("bell", "quiet", priority="low") is False
    frame = session.frame("notifications")
    assert sorted(zip(frame.message, frame.status, strict=True)) == [("42 USD too much", "sent"), ("quiet", "refused")]


def test_sync_in_both_directions(session, rows):
    session.collect("rows")
    session.load("echo")
    assert session.sync("echo", data="costs") is True
    assert session.sync("echo", "receive").owner.tolist() == ["web"]
    frame = session.frame("syncs")
    assert sorted(frame.direction) == ["receive", "send"]
    with pytest.raises(FinopsError, match="direction"):
        session.sync("echo", "sideways")


@pytest.mark.parametrize(
    ("name", "method", "answer", "words"),
    [
        ("owners", "attribute_cost", [{"owner": "web"}], "amount is missing"),
        ("owners", "attribute_cost", [{"owner": "web", "amont": 1}], "did you mean amount"),
        ("owners", "attribute", 42, "neither rows nor a table"),
        ("saver", "generate_recommendations", [{"name": "x"}], "title is missing"),
        ("region", "evaluate", "text", "neither rows nor a table"),
        ("drawing", "render", {"mark": "bar"}, "not a chart"),
        ("bell", "send_notification", None, "nothing and not True or False"),
        ("echo", "send_data", "yes", "a str and not True or False"),
    ],
)
def test_an_unusable_answer_of_any_type_is_named_and_nothing_is_written(session, rows, name, method, answer, words):
    session.collect("rows")
    plugin = session.load(name)
    setattr(plugin, method, lambda *a, **k: answer)
    with pytest.raises(FinopsError, match=words):
        session.notify(name, "x") if name == "bell" else session.run(name)
    assert last(session)["status"] == "failed"
    assert all(contents(session, t) == [] for t in ("allocations", "recommendations", "violations", "notifications", "syncs"))


def test_the_wrong_verb_names_the_type(session, rows):
    with pytest.raises(FinopsError, match="type telemetry, not policy"):
        session.evaluate("rows")


def test_running_what_is_not_loaded_or_unknown(session):
    with pytest.raises(PluginNotFound, match="not loaded"):
        session.collect("rows")
    with pytest.raises(PluginNotFound, match="Did you mean rows"):
        session.run("rosw")


# plugins through the session


def test_load_unload_reload_and_health(session):
    session.load("bell")
    assert session.health().healthy.tolist() == [True]
    assert session.reload("bell").is_ready
    session.unload("bell")
    assert len(session.health()) == 0
    assert session.plugins.get("bell") is None


def test_a_loaded_plugin_reads_the_tables_through_its_context(session, rows):
    session.collect("rows")
    plugin = session.load("bell")
    assert plugin.context.execute(plugin.context.table("costs").count()).num_rows == 1
    plugin.context.set_state("cursor", {"page": 3})
    assert plugin.context.get_state("cursor") == {"page": 3}
    assert plugin.context.get_state("none", "default") == "default"


def test_a_plugin_without_a_session_says_how_to_get_one():
    plugin = BellPlugin()
    with pytest.raises(StoreClosed, match="no session"):
        plugin.context.table("costs")


# the data


def test_sql_is_parametrised_and_locked_down(session, rows):
    session.collect("rows")
    assert session.sql("select ServiceName from costs where BillingAccountId = ?", ["007"]).iloc[0, 0] == "Amazon EC2"
    for statement in ("delete from runs", "select 1; select 2", "attach 'x' as y", "select * from 'a.csv'"):
        with pytest.raises(QueryRefused):
            session.sql(statement)
    assert len(session.runs()) == 1


def test_tables_describe_frame_and_near_names(session, rows):
    session.collect("rows")
    tables = session.tables().set_index("name")
    assert tables.loc["costs", "rows"] == 1
    assert "BilledCost" in session.describe("costs").column.tolist()
    assert len(session.frame("costs", limit=0)) == 0
    with pytest.raises(UnknownTable, match="costs"):
        session.table("cost")


def test_findings_of_the_newest_collection(session, rows):
    rows.given = [cost_row(ChargeCategory="Nonsense")]
    session.collect("rows")
    assert "ChargeCategory" in session.findings().column.tolist()
    rows.given = None
    session.collect("rows")
    assert "Nonsense" not in str(session.findings().example.tolist())
    assert "Nonsense" in str(session.findings(1).example.tolist())


def test_forget_deletes_what_a_run_stored(session, rows):
    session.collect("rows")
    assert session.forget(session.runs().run_id.iloc[-1]) >= 1  # a number of NumPy
    assert contents(session) == []
    assert session.runs().status.tolist() == ["forgotten"]
    for number in (99, "1"):
        with pytest.raises(UnknownRun, match=f"no run {number}"):
            session.forget(number)


def test_overview_leads_on(session, rows):
    assert "%finops collect" in session.overview()["next"][0]
    session.collect("rows")
    overview = session.overview()
    assert overview["tables"]["costs"] == 1
    assert overview["last_runs"][-1]["plugin"] == "rows"
    assert "cost-overview" in overview["next"][0]


def test_report_writes_one_file(session, rows, tmp_path):
    session.collect("rows")
    target = session.report(tmp_path / "sub" / "report.html", dashboards=["drawing"])
    text = target.read_text()
    assert "<html" in text
    assert 'src="http' not in text


# opening and closing


def test_the_open_session_is_the_default_one(tmp_path):
    with pytest.raises(StoreClosed, match="No session is open"):
        finopsnb.session()
    with finopsnb.open(tmp_path / "a.duckdb", registry=PluginRegistry()) as outer:
        assert finopsnb.session() is outer
        with finopsnb.open(":memory:", registry=PluginRegistry()) as inner:
            assert finopsnb.session() is inner
        assert finopsnb.session() is outer
    assert stat.S_IMODE((tmp_path / "a.duckdb").stat().st_mode) == 0o600
    with pytest.raises(StoreClosed, match="is closed"):
        outer.runs()
    outer.close()
    assert "closed" in repr(outer)


def test_what_is_stored_is_there_in_the_next_session(tmp_path):
    path = tmp_path / "a.duckdb"
    for expected in (1, 2):
        registry = PluginRegistry()
        registry.register(RowsPlugin)
        with finopsnb.open(path, registry=registry) as session:
            session.load("rows")
            session.collect("rows")
            assert len(session.frame("costs")) == 1
            assert len(session.runs()) == expected
        registry.unload_all()


class LookingAgain(RecommendationPlugin):
    metadata = named("looking-again", PluginType.RECOMMENDATION)

    def generate_recommendations(self):
        return []

    @hook("cost_entry_received")
    def look_again(self):
        self.context.run(frames="none")


def looked(session):
    return session.runs().plugin.tolist().count("looking-again")


def two_sessions():
    registry = PluginRegistry()
    registry.register(RowsPlugin)
    registry.register(LookingAgain)
    first = finopsnb.open(":memory:", registry=registry)
    first.load("rows")
    first.load("looking-again")
    return first, finopsnb.open(":memory:", registry=registry)


def test_a_plugin_serves_the_session_that_loaded_it_last():
    first, second = two_sessions()
    with first, second:
        plugin = second.load("looking-again")
        assert plugin is first.plugins.get("looking-again")
        second.collect("rows")
        assert (looked(first), looked(second)) == (0, 1)


@pytest.mark.parametrize("opens_before", [True, False])
def test_a_plugin_whose_session_is_closed_serves_the_open_one(opens_before):
    first, second = two_sessions()
    if not opens_before:
        second.close()
    first.close()
    if not opens_before:
        second = finopsnb.open(":memory:", registry=first.plugins.registry)
    with second:
        second.collect("rows")
        assert looked(second) == 1
        assert not second.hooks.failures


def test_a_plugin_that_is_stuck_holds_nobody_up():
    first, second = two_sessions()
    record = first.plugins.registry.record("looking-again")
    stuck, free = threading.Event(), threading.Event()

    def work():
        with record.lock:
            stuck.set()
            free.wait(20)

    thread = threading.Thread(target=work)
    thread.start()
    stuck.wait(20)
    with second:
        first.close()
        assert record.instance.context.is_cut_off
        free.set()
        thread.join()
        second.load("looking-again")
        assert not record.instance.context.is_cut_off


def test_a_file_that_is_only_read_shows_its_dashboards_and_takes_nothing_in(tmp_path):
    registry = PluginRegistry()
    for cls in ALL:
        registry.register(cls)
    with finopsnb.open(tmp_path / "a.duckdb", registry=registry) as session:
        session.load("rows")
        session.collect("rows")
    with finopsnb.open(tmp_path / "a.duckdb", read_only=True, registry=registry) as session:
        assert session.render("drawing").to_dict()["title"] == "Costs"
        with pytest.raises(StoreError, match="read-only"):
            session.collect("rows")
        assert len(session.runs()) == 1
    registry.unload_all()


def test_secrets_are_in_no_table_and_no_file(tmp_path):
    canary = "canary-value-4711"

    class Secretive(TelemetryPlugin):
        metadata = named("secretive", PluginType.TELEMETRY)

        def collect_telemetry(self):
            raise ValueError(f"login failed with {self.get_config_value('api_key')}")

    registry = PluginRegistry()
    registry.register(Secretive)
    with finopsnb.open(tmp_path / "a.duckdb", registry=registry) as session:
        session.load("secretive", api_key=canary)
        with pytest.raises(PluginRunError) as error:
            session.collect("secretive")
        assert canary not in str(error.value)
        assert canary not in repr(registry.describe())
        assert canary not in repr(session.runs().to_dict())
    registry.unload_all()
    for file in tmp_path.rglob("*"):
        assert canary.encode() not in file.read_bytes()


def test_a_missing_file_is_the_users_mistake_and_says_so(session, tmp_path):
    session.plugins.discover_plugins()
    session.load("focus-files", path=str(tmp_path / "nothing.csv"))
    with pytest.raises(SourceError, match="No billing file"):
        session.collect("focus-files")


def test_output_errors_are_output_errors(session, rows):
    rows.given = 42
    with pytest.raises(PluginOutputError):
        session.collect("rows")
