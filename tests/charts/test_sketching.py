"""A chart of any table: by the kinds of its columns, currencies apart, and no name of a column anywhere but in the data and titles."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pandas as pd
import polars as pl
import pytest
import vl_convert

from finopsnb.charts import quick, summary
from finopsnb.errors import FinopsError
from tests.first_party.drawing import outside_of_the_data, values

DAYS = [{"day": date(2026, 1, n), "team": team, "cost": Decimal(n)} for n in (1, 2) for team in ("web", "ml")]


def spec_of(rows, capfd):
    spec = quick(rows).to_dict()
    vl_convert.vegalite_to_vega(spec, vl_version="5.8", show_warnings=True)
    assert "WARN" not in capfd.readouterr().err
    return spec


def test_texts_are_ranked(capfd):
    rows = [{"ServiceName": f"s{n}", "cost": Decimal(n), "BillingCurrency": "USD"} for n in range(40)]
    spec = spec_of(rows, capfd)
    assert [row["amount"] for row in values(spec)][:2] == [39.0, 38.0]
    assert len(values(spec)) == 30
    assert spec["title"] == "cost (USD) by ServiceName: The 30 largest of 40."
    assert "s39 39.00" in spec["description"]


def test_a_time_makes_lines_and_a_text_their_colours(capfd):
    spec = spec_of(DAYS, capfd)
    assert spec["encoding"]["color"]["scale"]["domain"] == ["ml", "web"]
    assert values(spec)[0]["when"] == 1767225600000
    at = [{"at": datetime(2026, 1, 1, tzinfo=UTC), "n": 1}]
    assert "color" not in spec_of(at, capfd)["encoding"]


def test_the_largest_series_are_drawn(capfd):
    rows = [{"day": date(2026, 1, 1), "team": f"t{n:02}", "cost": n} for n in range(12)]
    spec = spec_of(rows, capfd)
    assert [row["name"] for row in values(spec)] == [f"t{n:02}" for n in range(4, 12)]
    assert "8 largest of 12" in spec["description"]


def test_currencies_are_apart(capfd):
    rows = [{"team": "web", "cost": 1.5, "BillingCurrency": currency} for currency in ("USD", "EUR", "JPY", "GBP", "CHF")]
    spec = spec_of(rows, capfd)
    assert len(spec["vconcat"]) == 4
    assert "1 more currencies" in spec["description"]
    assert spec["vconcat"][2]["encoding"]["tooltip"][1]["format"] == ",.0f"


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame, lambda rows: pl.DataFrame(rows).to_arrow()])
def test_any_kind_of_table(frame):
    rows = [{"name": "a", "n": 1.0}, {"name": "a", "n": 2.0}, {"name": None, "n": None}]
    assert [row["name"] for row in values(quick(frame(rows)).to_dict())] == ["a", "a (2)"]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([], "no number"),
        ([{"a": "x"}], "no number"),
        ([{"n": 1}], "nothing to draw it by"),
        ([{"n": 1, "BillingCurrency": "USD"}], "nothing"),
    ],
)
def test_what_cannot_be_drawn_says_what_is_missing(rows, told):
    with pytest.raises(FinopsError, match=told):
        quick(rows)


def test_names_of_columns_are_not_obeyed(capfd):
    attack = "</script>datum.x]; a.b[0]:Q \u202e"
    spec = spec_of([{attack: "x", f"{attack}n": 1}], capfd)
    told = [text for text in outside_of_the_data(spec) if "datum.x" in text]
    assert told == []
    assert "\u202e" not in json.dumps(spec, ensure_ascii=False)
    assert "<U+202E>" in summary(spec)
