"""The builders compile with the Vega-Lite of the notebook, and no text of the data becomes more than data."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pandas as pd
import pyarrow as pa
import pytest
import vl_convert

from finopsnb.charts import (
    burn_down,
    changes,
    finish,
    flows,
    line_trend,
    nothing,
    plain,
    ranking,
    share_bars,
    share_grid,
    share_trend,
    trend,
)
from finopsnb.charts.data import milliseconds, shown
from finopsnb.charts.fans import fan
from finopsnb.errors import FinopsError

ATTACKS = [
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "datum.cost; alert(1)",
    "a.b[0]['c']:Q",
    "';alert(String.fromCharCode(88))//",
    '{"signal": "alert(1)"}',
    "]]><!--",
    "\u202egnp.exe",
    "nul\x00byte",
    "\ud800 alone",
    "sum(cost)",
    "x" * 5000,
]


def span():
    return date(2026, 1, 1), date(2026, 2, 1)


def one_of_each(name):
    rows = [
        {"name": name, "series": name, "rank": 0, "cost": 5.0, "before": 1.0, "now": 4.0, "days": 1, "span": 1}
        | {"middle": milliseconds(date(2026, 1, 2)), "when": name}
    ]
    safe = plain(rows, {key: key for key in rows[0]})
    told = {"currency": "USD", "title": "A title", "description": "A description"}
    return [
        trend(safe, series=1, extent=span(), **told),
        ranking(safe, name="name", rows=1, **told),
        ranking(safe, name="series", series=1, rows=1, **told),
        changes(safe, name="name", rows=1, before="June", now="July", **told),
        ranking(safe, name="name", rows=1, also={"when": "When"}, **told),
        flows([{"source": safe[0]["name"], "target": safe[0]["series"], "rank": 0, "cost": 5.0}], series=1, **told),
        share_trend([{**safe[0], "share": 0.5}], extent=span(), what="Lost", **told),
        line_trend([{**safe[0], "value": 0.5}], series=1, extent=span(), value="Share", amount="Cost", **told),
        share_bars([{**safe[0], "share": 0.5, "covered": 2.5}], whole="Spend", part="Tagged", **told),
        share_grid([{**safe[0], "column": safe[0]["name"], "share": 0.5, "covered": 2.5}], whole="Spend", part="Tagged", **told),
        burn_down([burning(safe[0])], [{"level": 4.0, "label": safe[0]["name"], "whole": True}], extent=span(), band="likely", **told),
        fan([{**burning(safe[0]), "low_80": 1.0, "high_80": 3.0, "low_95": 0.5, "high_95": 4.0}], extent=span(), **told),
    ]


def burning(row):
    """The record of a day from the one above."""
    return {**{name: row[name] for name in ("middle", "when")}, "pace": 1.0, "actual": 2.0, "forecast": 2.0, "low": 1.0, "high": 3.0}


def outside_of_the_data(spec):
    """Every text of a specification that is not a value of its data."""
    if isinstance(spec, dict):
        for key, value in spec.items():
            if key not in {"datasets", "values"}:
                yield key
                yield from outside_of_the_data(value)
    elif isinstance(spec, list):
        for value in spec:
            yield from outside_of_the_data(value)
    elif isinstance(spec, str):
        yield spec


def keys(spec):
    if isinstance(spec, dict):
        yield from spec
        for value in spec.values():
            yield from keys(value)
    elif isinstance(spec, list):
        for value in spec:
            yield from keys(value)


@pytest.fixture(scope="module")
def harmless():
    return [sorted(set(outside_of_the_data(chart.to_dict()))) for chart in one_of_each("harmless")]


@pytest.fixture(scope="module")
def ordinary():
    return one_of_each("Amazon EC2")


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_text_of_the_data_stays_in_the_data(attack, harmless):
    for chart, same in zip(one_of_each(attack), harmless, strict=True):
        spec = finish(chart).to_dict()
        assert [text for text in sorted(set(outside_of_the_data(chart.to_dict()))) if len(text) != 37] == [
            text for text in same if len(text) != 37
        ]  # but for the names of the datasets, which are hashes
        assert not {"href", "url"} & set(keys(spec))
        vl_convert.vegalite_to_svg(spec, vl_version="5.8")


@pytest.mark.parametrize("number", range(12))
def test_each_compiles_without_a_warning_and_is_described(number, ordinary, capfd):
    spec = finish(ordinary[number]).to_dict()
    vl_convert.vegalite_to_vega(spec, vl_version="5.8", show_warnings=True)
    assert "WARN" not in capfd.readouterr().err
    assert (spec["title"], spec["description"]) == ("A title", "A description")
    assert isinstance(spec["width"], int)
    assert "USD" in json.dumps(spec)


def marks(spec):
    if isinstance(spec, dict):
        if isinstance(spec.get("mark"), dict):
            yield spec["mark"]
        for part in spec.values():
            yield from marks(part)
    elif isinstance(spec, list):
        for part in spec:
            yield from marks(part)


def test_lines_are_drawn_in_the_colours_that_stand_out_on_every_page(ordinary):
    """Areas beside a line may be faint, and points that only the pointer finds."""
    lines = [mark for chart in ordinary for mark in marks(chart.to_dict()) if mark["type"] == "line"]
    assert len(lines) > 5
    assert not [mark for mark in lines if mark.get("opacity", 1) < 1]


def rows_of(spec, field):
    """The values of a chart's own data that have this field."""
    return (
        [row for values in spec["datasets"].values() for row in values if field in row] if "datasets" in spec else list(inner(spec, field))
    )


def inner(spec, field):
    if isinstance(spec, dict):
        yield from (row for row in spec.get("values", []) if isinstance(row, dict) and field in row)
        for value in spec.values():
            yield from inner(value, field)
    elif isinstance(spec, list):
        for value in spec:
            yield from inner(value, field)


def test_flows_are_as_wide_as_their_cost_and_do_not_overlap():
    links = [
        {"source": source, "target": target, "rank": rank, "cost": cost}
        for source, target, rank, cost in (
            ("a", "x", 0, 60.0),
            ("a", "y", 1, 30.0),
            ("b", "x", 0, 10.0),
            ("b", "y", 1, -20.0),
            ("b", "z", 2, 0.0),
        )
    ]
    told = {"currency": "USD", "title": "t", "description": "d"}
    points = rows_of(flows(links, series=3, height=120, **told).to_dict(), "band")
    assert {row["target"] for row in points} == {"x", "y"}
    for edge in (min, max):
        at = edge(row["x"] for row in points)
        spans = sorted((row["y"], row["y2"], abs(row["cost"])) for row in points if row["x"] == at)
        assert [round(y2 - y, 1) for y, y2, _ in spans] == [pytest.approx(cost, abs=0.15) for *_, cost in spans]
        assert all(before[1] <= after[0] + 0.11 for before, after in pairwise(spans))
    vl_convert.vegalite_to_svg(finish(flows([], series=0, **told)).to_dict(), vl_version="5.8")


def test_labels_of_thresholds_do_not_lie_on_the_next_rule():
    marks = [{"level": level, "label": str(level), "whole": level == 100} for level in (50, 95, 100, 101)]
    row = {"middle": 0, "when": "now", "pace": 1.0, "actual": 1.0, "forecast": None, "low": None, "high": None}
    spec = burn_down([row], marks, currency="USD", title="t", description="d", extent=span()).to_dict()
    assert {row["level"]: row["label"] for row in rows_of(spec, "whole")} == {50: "50", 95: "", 100: "100", 101: "101"}


def test_columns_are_renamed_so_that_their_names_never_reach_a_chart():
    table = pa.table({"a.b['c']": ["x"], "cost:Q": [Decimal("1.25")]})
    wanted = {"name": "a.b['c']", "cost": "cost:Q"}
    told = [{"name": "x", "cost": 1.25}]
    assert plain(table, wanted) == plain(table.to_pandas(), wanted) == plain(table.to_pylist(), wanted) == told


def test_a_missing_column_is_named_with_the_near_one():
    with pytest.raises(FinopsError) as wrong:
        plain(pd.DataFrame({"cost": [1]}), {"cost": "costs"})
    assert wrong.value.hint == '"cost"'
    with pytest.raises(FinopsError):
        plain([], {"cost": "cost"})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN"), Decimal("-Infinity")])
def test_what_is_not_a_number_is_left_empty(value):
    assert plain([{"cost": value}], {"cost": "cost"}) == [{"cost": None}]


def test_text_is_short_and_its_unseen_parts_are_named():
    assert len(shown("x" * 5000)) == 200
    assert shown("a\u202eb\x00\ud800") == "a<U+202E>b<U+0000><U+D800>"
    assert shown("Straße 🚀 日本") == "Straße 🚀 日本"


def test_nothing_says_what_to_do():
    spec = finish(nothing("No costs <b>yet</b>", "%finops collect " + "x" * 200)).to_dict()
    assert spec["title"] == "No costs <b>yet</b>"
    assert "%finops collect" in spec["description"]
    vl_convert.vegalite_to_svg(spec, vl_version="5.8")
