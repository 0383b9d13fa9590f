"""Plans: what becomes of columns, what is told of them, and the table expression itself."""

from __future__ import annotations

import json

import duckdb
import pyarrow as pa
import pytest

from finopsnb import focus
from finopsnb.errors import FocusError
from finopsnb.focus.names import as_registered, match

from .rows import said, texts


def _plan(*names: str, version: str | None = None) -> focus.Plan:
    return focus.plan(pa.schema([(name, pa.string()) for name in names]), version=version)


def _told(plan: focus.Plan, rule: str) -> list[tuple[str, str]]:
    return [(finding.column, finding.example) for finding in plan.findings if finding.rule == rule]


@pytest.mark.parametrize("name", ["BilledCost", "billedcost", "BILLEDCOST", "billed_cost", "Billed Cost", "\ufeffBilledCost"])
def test_spellings_of_a_column(name: str) -> None:
    assert list(_plan(name).columns) == ["BilledCost"]


def test_a_renamed_column_is_told_and_an_exact_one_is_not() -> None:
    assert _told(_plan("billedcost", "ListCost"), "column-renamed") == [("BilledCost", "billedcost")]


def test_names_from_before_1_0() -> None:
    assert {"ConsumedQuantity", "ConsumedUnit"} <= set(_plan("UsageQuantity", "UsageUnit", "ChargePeriodStart").columns)


def test_older_and_newer_provider_names_both_stay() -> None:
    assert list(_plan("ProviderName", "ServiceProviderName").columns) == ["ProviderName", "ServiceProviderName"]


def test_unknown_columns_get_the_prefix_and_never_collide() -> None:
    plan = _plan("Id", "x_Id", "X_Owner", "")
    assert list(plan.columns) == ["x_Id_2", "x_Id", "x_Owner", "x_unnamed"]
    assert ("Id", "x_Id_2") in _told(plan, "column-not-focus")


def test_a_second_column_for_the_same_is_kept_aside() -> None:
    plan = _plan("billedcost", "BilledCost", "Billed Cost")
    assert list(plan.columns) == ["x_billedcost", "BilledCost", "x_Billed Cost"]
    assert _told(plan, "column-repeated") == [("Billed Cost", "x_Billed Cost"), ("billedcost", "x_billedcost")]


def test_the_exact_name_wins_wherever_it_stands() -> None:
    table = pa.Table.from_arrays(
        [pa.array(["1"]), pa.array(["2"]), pa.array(["2024-09-01"])],
        names=["billedcost", "BilledCost", "ChargePeriodStart"],
    )
    assert focus.normalise(table)[0]["BilledCost"].to_pylist() == [2]


@pytest.mark.parametrize("names", [["a", "A", "a_1", "a", "A"], ["x", "x", "x"], ["a_1", "a", "a"], ["É", "é"], ["a", "a_1", "a", "a"]])
def test_repeated_names_are_numbered_as_duckdb_does(names: list[str]) -> None:
    table = pa.Table.from_arrays([pa.array([1])] * len(names), names=names)
    with duckdb.connect() as connection:
        connection.register("incoming", table)
        assert as_registered(names) == connection.table("incoming").columns


def test_repeated_names_are_read() -> None:
    table = pa.Table.from_arrays([pa.array(["1"]), pa.array(["2"])], names=["BilledCost", "BilledCost"])
    found, findings = focus.normalise(table.append_column("ChargePeriodStart", pa.array(["2024-09-01"])))
    assert found["BilledCost"].to_pylist() == [1]
    assert found["x_BilledCost"].to_pylist() == ["2"]
    assert said(findings, "column-repeated") == {"BilledCost_1": 0}


def test_helpers_pass_through_untouched_and_are_no_columns() -> None:
    plan = _plan("BilledCost", "_part", "ChargePeriodStart")
    assert "_part" not in plan.columns
    expression = plan.normalised("raw")
    assert {"_part", "_reason", "_raw"} <= set(expression.columns)
    with duckdb.connect() as connection:
        connection.register("raw", pa.table({"BilledCost": ["1"], "_part": ["NULL"], "ChargePeriodStart": ["2024-09-01"]}))
        assert connection.sql(focus.sql(expression)).to_arrow_table()["_part"].to_pylist() == ["NULL"]


def test_the_reason_names_column_and_value_and_the_raw_row_is_kept() -> None:
    raw = pa.table({"BilledCost": ["€5", "1"], "Note": ["hélló", None], "ChargePeriodStart": ["2024-09-01"] * 2})
    with duckdb.connect() as connection:
        connection.register("raw", raw)
        rows = connection.sql(focus.sql(focus.plan(raw.schema).normalised("raw"))).to_arrow_table().to_pylist()
    assert rows[0]["_reason"] == "BilledCost: '€5' is not a decimal number"
    assert json.loads(rows[0]["_raw"]) == {"BilledCost": "€5", "Note": "hélló", "ChargePeriodStart": "2024-09-01"}
    assert (rows[1]["_reason"], rows[1]["_raw"]) == (None, None)


def test_the_time_zone_of_the_session_does_not_matter() -> None:
    raw = pa.table({"ChargePeriodStart": ["2024-09-01 00:00:00", "2024-09-01T00:00:00Z", "2024-08-31T20:00:00-04:00"]})
    expression = focus.plan(raw.schema).normalised("raw")
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'America/New_York'")
        connection.register("raw", raw)
        rows = connection.sql(focus.sql(expression)).to_arrow_table()
    instants = rows["ChargePeriodStart"].cast(pa.timestamp("us", "UTC")).to_pylist()
    assert {instant.isoformat() for instant in instants} == {"2024-09-01T00:00:00+00:00"}
    months = rows["BillingPeriodStart"].cast(pa.timestamp("us", "UTC")).to_pylist()
    assert {month.isoformat() for month in months} == {"2024-09-01T00:00:00+00:00"}


def test_the_columns_are_those_of_the_normalised_table() -> None:
    plan = focus.plan(texts({}).schema)
    assert [*plan.columns, "_reason", "_raw"] == list(plan.normalised("raw").columns)
    assert plan.columns["BilledCost"] == "DECIMAL(38,18)"
    assert plan.columns["Tags"] == "VARCHAR"


def test_mandatory_columns_that_are_missing() -> None:
    missing = [column for column, _ in _told(_plan("ChargePeriodStart", version="1.4"), "column-missing")]
    assert "ServiceProviderName" in missing
    assert "ProviderName" not in missing
    assert "BillingPeriodStart" not in missing


def test_a_replaced_column_is_hardly_missed() -> None:
    plan = _plan("ServiceProviderName", version="1.3")
    (finding,) = (one for one in plan.findings if (one.rule, one.column) == ("column-missing", "ProviderName"))
    assert finding.severity == "info"


@pytest.mark.parametrize(
    ("names", "version"),
    [(["BilledCost"], "1.0"), (["SkuMeter"], "1.1"), (["InvoiceId"], "1.2"), (["InvoiceDetailId"], "1.4")],
)
def test_the_version_is_the_oldest_that_has_the_columns(names: list[str], version: str) -> None:
    assert _plan(*names).version == version


def test_unknown_version() -> None:
    with pytest.raises(FocusError, match=r"Hint: version='1\.1'"):
        _plan("BilledCost", version="1.11")


def test_a_type_that_cannot_be_read() -> None:
    union = pa.dense_union([pa.field("a", pa.int8()), pa.field("b", pa.string())])
    with pytest.raises(FocusError, match="Cost"):
        focus.plan(pa.schema([("Cost", union)]))


def test_the_same_expression_is_built_once() -> None:
    plan = _plan("BilledCost")
    assert plan.normalised("raw") is plan.normalised("raw")
    assert _plan("BilledCost") is plan


def test_every_name_has_one_target() -> None:
    names = ["Id", "id_", "x_id", "_x", "BilledCost", "billed cost", "x_BilledCost"]
    targets = [one.target.casefold() for one in match(names)]
    assert len(set(targets)) == len(names)


def test_a_table_without_columns() -> None:
    with pytest.raises(FocusError, match="no columns"):
        focus.plan(pa.schema([]))


def test_a_table_without_any_focus_column_is_quarantined_whole() -> None:
    table, findings = focus.normalise([{"Id": 7}])
    assert table.num_rows == 0
    assert table.column_names == ["x_Id"]
    assert said(findings, "unreadable-value") == {"ChargePeriodStart": 1}


def test_no_lookup_becomes_a_join() -> None:
    """DuckDB turns IN into a join and computes its left side for every row: seven times the work, measured."""
    raw = texts({})
    with duckdb.connect() as connection:
        connection.register("raw", raw)
        explained = connection.execute("explain " + focus.sql(focus.plan(raw.schema).normalised("raw"))).fetchall()
    assert "MARK" not in str(explained)


@pytest.mark.parametrize(("unit", "asked"), [("us", False), ("s", True)])
def test_an_instant_that_a_conversion_made_is_read_only_where_it_has_another_unit(unit: str, asked: bool) -> None:
    schema = pa.schema([("ChargePeriodStart", pa.timestamp(unit, tz="UTC"))])
    assert ("is not an ISO 8601 time" in focus.sql(focus.plan(schema, ready=True).normalised("bills"))) is asked
    assert "is not an ISO 8601 time" in focus.sql(focus.plan(schema).normalised("bills"))
