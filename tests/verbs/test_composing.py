"""Dashboards drawn together: what each is handed, what is said of one that fails, and what is shown."""

from __future__ import annotations

from datetime import date
from html.parser import HTMLParser

import pytest
from pydantic import BaseModel

import finopsnb
from finopsnb.charts import Dashboards
from finopsnb.errors import FinopsError, PluginNotFound
from finopsnb.plugins import DashboardPlugin, PluginMetadata, PluginRegistry, PluginType
from finopsnb.plugins.hooks import HookBus
from finopsnb.plugins.secrets import masker

ATTACK = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"


def drawn(title, rows=2):
    import altair as alt

    values = [{"name": f"s{number}", "cost": number + 0.5} for number in range(rows)]
    told = [alt.Tooltip("name:N", title="Cost of"), alt.Tooltip("cost:Q", title="Cost (USD)", format=",.2f")]
    chart = alt.Chart(alt.InlineData(values=values)).mark_bar().encode(x="cost:Q", y="name:N", tooltip=told)
    return chart.properties(title=title, description=f"About {title}", width=100)


class Windowed(DashboardPlugin):
    """Takes days and a setting."""

    metadata = PluginMetadata(name="windowed", plugin_type=PluginType.DASHBOARD)

    class Config(BaseModel):
        start: date | None = None
        end: date | None = None
        top: int = 3

    def render(self, **options):
        return drawn(f"windowed {sorted((key, str(value)) for key, value in options.items())}")


class Plain(DashboardPlugin):
    metadata = PluginMetadata(name="plain", plugin_type=PluginType.DASHBOARD)

    def render(self, by="service"):
        return drawn(f"plain by {by}")


class Swallowing(DashboardPlugin):
    """Takes anything, and names nothing."""

    metadata = PluginMetadata(name="swallowing", plugin_type=PluginType.DASHBOARD)

    def render(self, **options):
        return drawn(f"swallowing {options}")


class Failing(DashboardPlugin):
    metadata = PluginMetadata(name="failing", plugin_type=PluginType.DASHBOARD)

    def render(self):
        raise RuntimeError(f"no data for {ATTACK} with hunter2-canary")


@pytest.fixture
def session():
    registry = PluginRegistry(HookBus())
    for cls in (Windowed, Plain, Swallowing, Failing):
        registry.register(cls)
    with finopsnb.open(":memory:", registry=registry) as session:
        yield session
        registry.unload_all()


def titles(dashboards):
    return [part.chart.title if part.error is None else None for part in dashboards]


def test_days_are_handed_to_those_that_take_them_and_options_to_those_that_have_them(session):
    found = session.dashboard(["windowed", "plain", "swallowing"], "2026-01-01", date(2026, 2, 1), by="region")
    assert titles(found) == ["windowed [('end', '2026-02-01'), ('start', '2026-01-01')]", "plain by region", "swallowing {}"]


def test_options_of_one_alone(session):
    found = session.dashboard({"plain": {"by": "account"}, "windowed": {}}, by="region")
    assert titles(found) == ["plain by account", "windowed []"]
    assert titles(session.dashboard("plain")) == ["plain by service"]
    assert session.dashboard("plain")["plain"].title == "plain by service"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"dashboards": []}, "Which dashboards"),
        ({"dashboards": "plain", "start": "2026-02-01", "end": "2026-01-01"}, "are none"),
        ({"dashboards": "plain", "start": "soon"}, "soon is not a day"),
        ({"dashboards": "plain", "byy": 1}, "takes the option byy"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_drawn(session, asked, told):
    before = len(session.runs())
    with pytest.raises(FinopsError, match=told):
        session.dashboard(**asked)
    assert len(session.runs()) == before


def test_an_unknown_name_or_another_type_is_the_users_mistake(session):
    with pytest.raises(PluginNotFound, match="plin"):
        session.dashboard(["plain", "plin"])
    with pytest.raises(FinopsError, match="type telemetry"):
        session.dashboard("focus-files")


def test_one_that_fails_says_so_in_its_place_and_shows_no_secret(session):
    masker.add("hunter2-canary")
    found = session.dashboard(["plain", "failing", "windowed"])
    assert [part.error is None for part in found] == [True, False, True]
    assert list(found.failed) == ["failing"]
    with pytest.raises(FinopsError, match="no data"):
        found["failing"]
    for text in (repr(found), found._repr_html_()):
        assert "no data for" in text
        assert "plain by service" in text
        assert "hunter2" not in text


def test_where_none_can_be_drawn_the_error_is_raised(session):
    with pytest.raises(FinopsError, match="no data"):
        session.dashboard("failing")


class Elements(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.sources, self.text = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.sources += [value for name, value in attrs if name in ("src", "href")]
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data):
        self.text += data


def test_the_html_has_headings_pictures_words_and_figures_and_fetches_nothing(session):
    page = Elements(session.dashboard(["plain", "failing"])._repr_html_())
    assert page.tags.count("h3") == 2
    assert page.tags.count("img") == 1
    assert "script" not in page.tags
    assert all(source.startswith("data:image/png;base64,") for source in page.sources)
    assert {"details", "caption", "th"} <= set(page.tags)
    assert all(text in page.text for text in ("Cost (USD)", "1.50", "About plain by service", ATTACK))


def test_a_front_end_gets_an_output_for_each_part(session, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **_: shown.append(data))
    session.dashboard(["plain", "failing"])._ipython_display_()
    assert [sorted(data) for data in shown] == [
        ["text/html", "text/plain"],
        ["application/vnd.vegalite.v5+json", "image/png", "text/plain"],
        ["text/html", "text/plain"],
        ["text/html", "text/plain"],
    ]
    assert shown[3]["text/html"].startswith("<h3>Failing</h3>")
    assert "plain by service" in shown[1]["text/plain"]


def test_a_report_takes_names_or_what_was_drawn_and_tells_of_failures(session, tmp_path):
    drawn = session.dashboard(["plain", "failing"])
    assert isinstance(drawn, Dashboards)
    for given in (drawn, ["plain", "failing"]):
        text = session.report(tmp_path / "out" / "report.html", given, title=ATTACK).read_text()
        page = Elements(text)
        assert page.tags.count("h2") == 2
        assert "✕" in page.text
        assert page.tags.count("script") == 3  # the data of one chart, and the page's two
        assert all(source.startswith("data:image/png") for source in page.sources)


def test_many_marks_are_counted(session):
    from finopsnb.charts.rendering import Picture

    (table,) = Picture(drawn("many", 450)).figures
    assert (table.title, table.columns, len(table.rows), table.more) == ("many", ["Cost of", "Cost (USD)"], 300, 150)
    assert table.rows[0] == ["s0", "0.50"]
