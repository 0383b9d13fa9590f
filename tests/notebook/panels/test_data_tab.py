"""The Data tab: a page of a table, sorted and filtered by the engine, its profile, and the SQL that gives it."""

from __future__ import annotations

import json

import ipywidgets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finopsnb import notebook
from finopsnb.commands import State, run_line
from finopsnb.notebook.panels import taking
from finopsnb.plugins import PluginMetadata, PluginType, TelemetryPlugin
from tests.notebook.panels.conftest import control, html, press, said, walk
from tests.notebook.test_display import PAYLOADS, parsed
from tests.plugins.plugins_in_tests import cost_row


class Given(TelemetryPlugin):
    metadata = PluginMetadata(name="given", plugin_type=PluginType.TELEMETRY)
    rows: list = []  # noqa: RUF012 - set by a test

    def collect_telemetry(self):
        return self.rows


@pytest.fixture
def collect(session, registry):
    registry.register(Given)
    session.load("given")

    def collect(rows):
        Given.rows = rows
        session.collect("given", frames="none")

    return collect


def charge(number, **more):
    return cost_row(ResourceId=f"i-{number:03}", ServiceName=f"Service {number % 3}", BilledCost=f"{number}.5", **more)


@pytest.fixture
def data(collect, panel):
    collect([charge(number, Tags={"team": "web"}) for number in range(120)])
    return panel.open("data")


def cells(tab):
    page = tab._rows.value
    return [line.split("</td>") for line in page.split("<tr>")[2:]]


def text(widget):
    return parsed(html(widget)).text


def test_a_page_has_fifty_rows_and_ten_columns_and_leads_on(data):
    assert data._table.value == "costs"
    assert "costs: 120 rows" in text(data.widget)
    assert len(cells(data)) == 50
    assert len(cells(data)[0]) == 11
    assert "page 1 of 3" in text(data.widget)
    for _ in range(2):
        data._pages._on.click()
    assert len(cells(data)) == 20
    shown = text(data.widget)
    data._sides._on.click()
    assert text(data.widget) != shown


def test_rows_are_sorted_and_filtered_in_the_engine(data, panel):
    control(data.widget, "Sort by").value = "BilledCost"
    assert "0.5" in cells(data)[0][0]
    control(data.widget, "Order").value = True
    assert "119.5" in cells(data)[0][0]
    control(data.widget, "Where").value = "ServiceName"
    control(data.widget, "Value").value = "SERVICE 1"
    assert "costs: 40 rows" in text(data.widget)
    control(data.widget, "Where").value = "BilledCost"
    control(data.widget, "Is").value = "≥"
    assert "Could not convert" in said(panel)
    control(data.widget, "Value").value = "100.5"
    assert said(panel) == ""
    assert "costs: 20 rows" in text(data.widget)
    for operator, rows in (("≤", 101), ("=", 1), ("≠", 119), ("is empty", 0), ("is not empty", 120)):
        control(data.widget, "Is").value = operator
        assert f"costs: {rows} row" in text(data.widget), operator
    control(data.widget, "Where").value = "Tags"
    control(data.widget, "Is").value = "contains"
    control(data.widget, "Value").value = "web"
    assert "costs: 120 rows" in text(data.widget)


def test_the_profile_of_the_columns_that_are_shown(data):
    control(data.widget, "Where").value = "ServiceName"
    control(data.widget, "Value").value = "Service 1"
    press(data.widget, "Profile")
    profile = parsed(data._profile.value).text
    assert "profile of 40 rows" in profile
    assert "BilledCostdecimal(38, 18)100%" in profile
    assert "1.5118.5" in profile


def test_the_sql_of_a_page_gives_that_page(data, session, panel):
    control(data.widget, "Sort by").value = "BilledCost"
    control(data.widget, "Order").value = True
    control(data.widget, "Where").value = "ResourceId"
    control(data.widget, "Value").value = "i-0'\\1"
    assert "costs: 0 rows" in text(data.widget)
    control(data.widget, "Value").value = "i-01"
    press(data.widget, "Show SQL")
    frame = eval(panel.code[-1].python, {"session": session})
    assert frame.BilledCost.astype(float).tolist() == [19.5, 18.5, 17.5, 16.5, 15.5, 14.5, 13.5, 12.5, 11.5, 10.5]
    head, _, body = panel.code[-1].magic.partition("\n")
    assert run_line(State(), head.removeprefix("%%finops "), body).value.equals(frame)
    assert control(data.widget, "SQL").value == str(panel.code[-1])


@pytest.fixture
def state(monkeypatch, tmp_path):
    """The magics' state, in a working folder of its own."""
    state = State()
    monkeypatch.setattr(notebook, "_states", [state])
    monkeypatch.chdir(tmp_path)
    return state


def test_what_was_found_becomes_a_dataframe_under_a_name_that_is_told(data, session, panel, state):
    state.variables["costs_rows"] = "mine"
    control(data.widget, "Where").value = "ResourceId"
    control(data.widget, "Value").value = "i-01"
    press(data.widget, "To DataFrame")
    assert said(panel) == "✓ costs_rows_2 is a DataFrame of 10 rows now"
    frame = state.variables["costs_rows_2"]
    assert sorted(frame.BilledCost.astype(float)) == [10.5, 11.5, 12.5, 13.5, 14.5, 15.5, 16.5, 17.5, 18.5, 19.5]
    given = {"session": session}
    exec(state.done[-1], given)
    assert given["costs_rows_2"].equals(frame)
    head, _, body = panel.code[-1].magic.partition("\n")
    run_line(state, head.removeprefix("%%finops "), body)
    assert state.variables["costs_rows_2"].equals(frame)
    control(data.widget, "Value").value = "i-011"
    press(data.widget, "To DataFrame")
    assert len(state.variables["costs_rows_2"]) == 10  # the magic's, not the panel's, has the name now
    assert len(state.variables["costs_rows_3"]) == 1
    press(data.widget, "To DataFrame")
    assert sorted(state.variables) == ["costs_rows", "costs_rows_2", "costs_rows_3"]
    for name, told in (("a b", "cannot be the name"), ("class", "cannot be"), ("list", "cannot be"), ("costs_rows", "There is a variable")):
        control(data.widget, "Take as").value = name
        press(data.widget, "To DataFrame")
        assert told in said(panel), name
    assert state.variables["costs_rows"] == "mine"


def test_what_was_found_is_written_safe_for_spreadsheets_and_over_nothing(data, session, panel, collect, state, tmp_path):
    collect([charge(1, ResourceName="=cmd()"), charge(2)])
    (tmp_path / "costs.csv").write_text("mine")
    press(data.widget, "CSV")
    assert said(panel).startswith("✓ costs-2.csv: 2 rows, ")
    written = (tmp_path / "costs-2.csv").read_text()
    assert "'=cmd()" in written
    assert (tmp_path / "costs.csv").read_text() == "mine"
    assert panel.code[-1] == ('session.export("costs", "costs-2.csv")', "%finops export costs costs-2.csv")
    control(data.widget, "Where").value = "ResourceId"
    control(data.widget, "Value").value = "i-002"
    control(data.widget, "Take as").value = "chosen"
    press(data.widget, "Parquet")
    first = pq.read_table(tmp_path / "chosen.parquet")
    assert first.num_rows == 1
    (tmp_path / "chosen.parquet").unlink()
    exec(state.done[-1], {"session": session})
    assert pq.read_table(tmp_path / "chosen.parquet").equals(first)
    control(data.widget, "Take as").value = "../outside"
    press(data.widget, "CSV")
    assert "cannot be the name of a file here" in said(panel)


def test_too_many_rows_are_not_taken(data, panel, state, monkeypatch):
    monkeypatch.setattr(taking, "MOST", 100)
    press(data.widget, "CSV")
    assert said(panel).startswith("✕ 120 rows are too many to take.\nAt most 100")


def test_every_table_is_shown_with_its_columns_and_profile(data, panel):
    for name in control(data.widget, "Table").options:
        control(data.widget, "Table").value = name
        press(data.widget, "Profile")
        assert said(panel) == "", name
        assert f"{name}: " in text(data.widget)
    press(data.widget, "Columns")
    assert f"columns of {name}" in text(data.widget)


def test_a_new_collection_is_seen(data, collect):
    collect([charge(1), charge(2)])
    assert "costs: 2 rows" in text(data.widget)


def test_the_static_copy_lists_the_tables(data, panel):
    seen = parsed(panel.static())
    assert "costs120" in seen.text
    assert not {"button", "input", "script"} & seen.tags


def test_a_hundred_thousand_tags_stay_a_page(collect, panel):
    keys = pa.array([[(f"key-{number}", "v" * 50)] for number in range(100_000)], pa.map_(pa.string(), pa.string()))
    rows = pa.Table.from_pylist([charge(1)]).take(pa.array([0] * 100_000))
    rows = rows.set_column(rows.column_names.index("Tags"), "Tags", keys)
    rows = rows.set_column(rows.column_names.index("ResourceId"), "ResourceId", pa.array([f"i-{n}" for n in range(100_000)]))
    before = set(ipywidgets.Widget.get_manager_state()["state"])
    collect(rows)
    panel.open("data")
    control(panel.tab.widget, "Table").value = "tag_sets"
    assert "tag_sets: 100,000 rows" in text(panel.tab.widget)
    state = [one for key, one in ipywidgets.Widget.get_manager_state()["state"].items() if key not in before]
    assert len(json.dumps(state)) <= 1_000_000


def test_no_value_makes_an_element(collect, panel):
    def seen(texts):
        collect([charge(number, x_said=name, **{f"x_{name}"[:200]: "y"}) for number, name in enumerate(texts)])
        tab = panel.open("data")
        tab._seen = -1
        tab.draw()
        whole = html(tab.widget)
        for _ in range(6):
            tab._sides._on.click()
            whole += html(tab.widget)
        return parsed(whole)

    hostile = seen([name for name in PAYLOADS if "\0" not in name])
    assert not {"script", "img", "svg", "iframe", "a", "b", "form", "style", "link", "object", "video", "math"} & hostile.tags
    assert not hostile.strange
    assert {name for name, _ in hostile.attributes} <= {"style", "scope", "role", "aria-live"}


def test_every_control_has_a_label_and_a_layout_of_its_own(data):
    for one in walk(data.widget):
        if hasattr(one, "description") and not isinstance(one, ipywidgets.HTML):
            assert one.description, one
    controls = list(walk(data.widget))
    assert len({one.layout.model_id for one in controls}) == len({one.model_id for one in controls})
