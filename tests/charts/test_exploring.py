"""A dashboard that asks again: for days, for a brush over bars that are no days, and never twice for the same."""

from __future__ import annotations

from datetime import date

import altair as alt
import pytest

import finopsnb
from finopsnb.charts import Explorer, finish
from finopsnb.charts.exploring import BRUSH, REST
from finopsnb.errors import FinopsError
from finopsnb.plugins import DashboardPlugin, PluginMetadata, PluginRegistry, PluginType
from finopsnb.plugins.hooks import HookBus

#: the 5th to the 9th of January 2026, as Vega says it
SPAN = {"middle": [1767571200000, 1767916800000]}


def chart(start, end):
    """Weeks for more than ten days, else days."""
    days = (end - start).days if start and end else 100
    drawn = alt.Chart(alt.NamedData("periods")).mark_bar().encode(x="middle:T").properties(title=f"{start} to {end}", description="d")
    drawn.datasets = {"periods": [{"middle": SPAN["middle"][0], "span": 7 if days > 10 else 1}]}
    return finish(drawn.add_params(alt.selection_interval(name=BRUSH, encodings=["x"])))


@pytest.fixture
def explorer():
    return Explorer("weeks", chart, attended=True)


def selected(widget, span):
    """What the browser sends when a drag has come to rest."""
    widget._vl_selections = {BRUSH: {"value": span, "store": []}}


def test_it_draws_what_it_is_asked_for_and_nothing_twice(explorer):
    assert (explorer.asked, explorer.is_coarse) == (1, True)
    assert explorer.show(date(2026, 1, 5), date(2026, 1, 9))
    assert explorer.show(date(2026, 1, 5), date(2026, 1, 9))
    assert (explorer.asked, explorer.is_coarse) == (2, False)
    assert explorer.chart.title == "2026-01-05 to 2026-01-09"
    assert explorer.status.startswith("from 2026-01-05 to 2026-01-08, asked in ")
    explorer.back()
    assert (explorer.asked, explorer.start, explorer.end) == (3, None, None)


def test_a_brush_over_weeks_asks_and_one_over_days_does_not(explorer):
    assert explorer.brushed(SPAN)
    assert (explorer.start, explorer.end) == (date(2026, 1, 5), date(2026, 1, 10))
    assert not explorer.brushed({"middle": [1767571200000, 1767657600000]})
    assert explorer.asked == 2
    for nothing in (None, {}, {"middle": []}):
        explorer.back()
        assert not explorer.brushed(nothing)


def test_the_browser_waits_until_a_drag_is_over_and_python_follows(explorer):
    controls, status, drawn = explorer.widget.children
    assert (drawn.debounce_wait, drawn.max_wait) == (REST, False)
    selected(drawn, SPAN)
    assert drawn.chart is explorer.chart
    assert drawn.chart.title == "2026-01-05 to 2026-01-10"
    assert [picker.value for picker in controls.children[:2]] == [date(2026, 1, 5), date(2026, 1, 9)]
    assert status.value == explorer.status
    controls.children[3].click()
    assert (drawn.chart.title, explorer.asked) == ("None to None", 3)
    selected(drawn, SPAN)  # the new chart is heard, too
    assert explorer.asked == 4


def test_days_are_asked_for_by_controls_and_the_last_one_counts(explorer):
    controls, _, drawn = explorer.widget.children
    first, last, show, _ = controls.children
    first.value, last.value = date(2026, 1, 1), date(2026, 1, 31)
    show.click()
    assert drawn.chart.title == "2026-01-01 to 2026-02-01"


def test_every_control_is_named_and_nothing_is_fetched(explorer):
    controls, _, drawn = explorer.widget.children
    assert all(child.description for child in controls.children)
    assert type(drawn)._is_offline
    assert "esm.sh" not in drawn._esm[:2000]


def test_what_cannot_be_drawn_is_said_and_the_chart_stays():
    attack = "<img src=x onerror=alert(1)>"

    def draw(start, end):
        if start:
            raise FinopsError(f"No costs of {attack}.")
        return chart(start, end)

    explorer = Explorer("weeks", draw, attended=True)
    controls, status, drawn = explorer.widget.children
    before = drawn.chart
    controls.children[0].value = date(2030, 1, 1)
    controls.children[2].click()
    assert drawn.chart is before
    assert status.value == f"No costs of {attack}."
    assert type(status).__name__ == "Label"  # plain text, no markup
    with pytest.raises(FinopsError):
        Explorer("weeks", draw, date(2030, 1, 1))


def test_the_widget_has_a_static_copy_and_nobody_there_gets_the_chart(explorer):
    bundle = explorer._repr_mimebundle_()
    assert set(bundle) == {"application/vnd.jupyter.widget-view+json", "text/html", "text/plain"}
    assert "<img alt=" in bundle["text/html"]
    assert "http" not in bundle["text/html"]
    assert set(Explorer("weeks", chart)._repr_mimebundle_()) == {"application/vnd.vegalite.v5+json", "image/png", "text/plain"}


class Weeks(DashboardPlugin):
    metadata = PluginMetadata(name="weeks", plugin_type=PluginType.DASHBOARD)

    def render(self, start=None, end=None, by="service"):
        return chart(start, end).properties(description=by)


class Dateless(DashboardPlugin):
    metadata = PluginMetadata(name="dateless", plugin_type=PluginType.DASHBOARD)

    def render(self):
        return chart(None, None)


def test_the_session_explores_what_takes_days():
    registry = PluginRegistry(HookBus())
    for cls in (Weeks, Dateless):
        registry.register(cls)
    with finopsnb.open(":memory:", registry=registry) as session:
        explorer = session.explore("weeks", "2026-01-01", by="region")
        assert explorer.chart.description == "region"
        assert explorer.start == date(2026, 1, 1)
        with pytest.raises(FinopsError, match="takes no range of days"):
            session.explore("dateless")
        with pytest.raises(FinopsError, match="takes the option bye"):
            session.explore("weeks", bye=1)
        registry.unload_all()
