"""The builders compile with the Vega-Lite of the notebook, and no text of the data becomes more than data."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pytest
import vl_convert

from finopsnb.charts import changes, finish, nothing, plain, ranking, trend
from finopsnb.charts.data import milliseconds, shown
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
    ]


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


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_text_of_the_data_stays_in_the_data(attack):
    harmless = [sorted(set(outside_of_the_data(chart.to_dict()))) for chart in one_of_each("harmless")]
    for chart, same in zip(one_of_each(attack), harmless, strict=True):
        spec = finish(chart).to_dict()
        assert [text for text in sorted(set(outside_of_the_data(chart.to_dict()))) if len(text) != 37] == [
            text for text in same if len(text) != 37
        ]  # but for the names of the datasets, which are hashes
        assert not {"href", "url"} & set(keys(spec))
        vl_convert.vegalite_to_svg(spec, vl_version="5.8")


@pytest.mark.parametrize("number", range(4))
def test_each_compiles_without_a_warning_and_is_described(number, capfd):
    spec = finish(one_of_each("Amazon EC2")[number]).to_dict()
    vl_convert.vegalite_to_vega(spec, vl_version="5.8", show_warnings=True)
    assert "WARN" not in capfd.readouterr().err
    assert (spec["title"], spec["description"]) == ("A title", "A description")
    assert isinstance(spec["width"], int)
    assert "USD" in json.dumps(spec)


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
