"""How much of the spend carries a tag: by positive cost, by currency, however the key is spelled."""

from __future__ import annotations

from decimal import Decimal

import ibis
import pyarrow as pa
import pytest

from finopsnb.analysis.coverage import coverage
from finopsnb.analysis.tags import tag, tag_keys
from finopsnb.errors import FinopsError
from finopsnb.plugins.testing import new_session

TAGS = pa.map_(pa.string(), pa.string())


@pytest.fixture(scope="module")
def engine():
    return ibis.duckdb.connect()


@pytest.fixture(scope="module")
def focus_sample(shared_data):
    with new_session() as session:
        session.load("focus-files", path=str(shared_data / "focus" / "focus_sample_1.0.csv"))
        session.collect("focus-files")
        yield session


def costs(*rows):
    """(cost, tags) or (cost, tags, currency)"""
    full = [(*row, "USD")[:3] for row in rows]
    columns = {
        "BilledCost": pa.array([Decimal(cost) for cost, _, _ in full], pa.decimal128(38, 18)),
        "Tags": pa.array([tags if tags is None else list(tags.items()) for _, tags, _ in full], TAGS),
        "BillingCurrency": pa.array([currency for _, _, currency in full]),
        "ServiceName": pa.array(["EC2"] * len(full)),
    }
    return ibis.memtable(pa.table(columns))


def found(engine, expression):
    return {row["BillingCurrency"]: (row["cost"], row["tagged"], row["coverage"]) for row in engine.to_pyarrow(expression).to_pylist()}


def test_the_coverage_of_the_focus_sample(focus_sample):
    table = focus_sample.table("costs")

    def shares(**options):
        rows = focus_sample._store.execute(coverage(table, "business_unit", **options)).to_pylist()
        return {row.get("provider"): round(row["coverage"], 6) for row in rows}

    assert shares() == {None: 0.869083}
    assert shares(by=["provider"]) == {"AWS": 0.955803, "Microsoft": 0, "Oracle": 1}


def test_credits_are_left_out_and_currencies_apart(engine):
    table = costs(("3", {"team": "web"}), ("1", {}), ("-2", {"team": "web"}), ("5", None, "EUR"), ("-1", None, "CHF"))
    assert found(engine, coverage(table, "team")) == {"USD": (4, 3, 0.75), "EUR": (5, 0, 0.0)}


@pytest.mark.parametrize(
    ("tags", "value"),
    [
        ({"team": "web"}, "web"),
        ({"Team": "web"}, "web"),
        ({" TEAM ": " web "}, "web"),
        ({"team": "", "Team": "web"}, "web"),
        ({"team": "web", "Team": "data"}, "web"),
        ({"TEAM": "a", "Team": "b"}, "a"),
        ({"squad": "web"}, None),
        ({"team": "  "}, None),
        ({}, None),
        (None, None),
    ],
)
def test_a_key_is_known_by_its_spellings(engine, tags, value):
    table = costs(("1", tags))
    assert engine.to_pyarrow(table.select(value=tag(table, "team")))["value"].to_pylist() == [value]


def test_an_alias_counts_after_the_key_and_in_order(engine):
    table = costs(("1", {"CostCentre": "b", "Squad": "a"}), ("1", {"team": "t", "Squad": "a"}), ("1", {"costcentre": "c"}))
    aliases = ("squad", "CostCentre")
    assert sorted(engine.to_pyarrow(table.select(value=tag(table, "team", aliases)))["value"].to_pylist()) == ["a", "c", "t"]


def test_an_empty_key_is_refused(engine):
    with pytest.raises(FinopsError, match="no letters"):
        tag(costs(("1", {})), " ")


def test_keys_come_by_spend_one_for_all_spellings(engine):
    tagged = costs(("5", {"team": "a", "Team": "b"}), ("3", {" TEAM": "c", "env": "x"}), ("9", {"env": " "}), ("-7", {"env": "y"}))
    assert [tuple(row.values()) for row in engine.to_pyarrow(tag_keys(tagged)).to_pylist()] == [("team", 8), ("env", 3)]
