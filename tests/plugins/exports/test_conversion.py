"""Conversions: names in all spellings, no row lost, what cannot be read set aside, exact numbers."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from finopsnb.plugins.exports import Conversion, Further, Noticed, Raw, Skipped
from finopsnb.plugins.exports.conversion import Converter, gathered


def chunk(**columns):
    """A chunk as files are read: helpers beside the columns, of which a name with a slash is given as a__b."""
    size = len(next(iter(columns.values())))
    nothing = pa.nulls(size, pa.string())
    named = {name.replace("__", "/"): values for name, values in columns.items() if not name.startswith("_")}
    return pa.table(
        {
            **{name: values if isinstance(values, pa.Array) else pa.array(values, pa.string()) for name, values in named.items()},
            "_line": pa.array(range(2, size + 2), pa.int64()),
            "_reason": columns.get("_reason", nothing),
            "_raw": columns.get("_raw", nothing),
        }
    )


def converted(convert, table):
    with Converter(lambda raw, _: convert(raw), settings="") as converter:
        rows = [row for made in converter.tables(table) for row in made.to_pylist()]
        return rows, {one.rule: count for one, count in converter.counted.values()}


def cost(raw):
    return Conversion({"BilledCost": raw.number("cost"), "x_Kind": raw.text("kind")})


NUMBERS = {
    "1.5": "1.5",
    "1.8E-8": "0.000000018",
    "-2.5e-3": "-0.0025",
    "0.1234567890123456785": "0.123456789012345678",  # a half goes to even
    "0.1234567890123456775": "0.123456789012345678",
    "5E-19": "0",
    "1.5E-18": "0.000000000000000002",
    "123456789012345678.5": "123456789012345678.5",
}


def test_numbers_are_exact():
    rows, _ = converted(cost, chunk(cost=list(NUMBERS), kind=["a"] * len(NUMBERS)))
    assert [row["BilledCost"] for row in rows] == [Decimal(value) for value in NUMBERS.values()]


@pytest.mark.parametrize("text", ["abc", "1,5", "1_000", "NaN", "Infinity", "€5", "1e3.", "--1"])
def test_what_is_no_number_is_set_aside_with_the_cell_and_the_row(text):
    (row,), _ = converted(cost, chunk(cost=[text], kind=["a"]))
    assert row["_reason"] == f"cost: '{text}' is not a decimal number"
    assert row["_raw"] == f'{{"cost":"{text}","kind":"a"}}'


@pytest.mark.parametrize(
    "name",
    ["lineItem/UnblendedCost", "line_item_unblended_cost", "LINEITEM/UNBLENDEDCOST", "Kosten je Posten (lineItem/UnblendedCost)"],
)
def test_a_column_is_found_under_any_spelling(name):
    table = chunk(cost=["1.5"]).rename_columns([name, "_line", "_reason", "_raw"])
    rows, _ = converted(lambda raw: Conversion({"BilledCost": raw.number("lineItem/UnblendedCost")}), table)
    assert rows[0]["BilledCost"] == Decimal("1.5")


def test_a_column_that_is_not_there_is_null_and_can_be_compared():
    def convert(raw):
        missing = raw.text("nowhere")
        assert not raw.has("nowhere")
        return Conversion({"BilledCost": raw.number("cost"), "x_Is": (missing == "a").fill_null(False), "x_Missing": missing})

    rows, _ = converted(convert, chunk(cost=["1"]))
    assert (rows[0]["x_Is"], rows[0]["x_Missing"]) == (False, None)


def test_the_first_column_that_says_something_counts():
    rows, _ = converted(lambda raw: Conversion({"x": raw.text("a", "b")}), chunk(a=["", None, "1"], b=["2", "3", "4"]))
    assert [row["x"] for row in rows] == ["2", "3", "1"]


def test_only_what_a_conversion_reads_is_wanted_of_a_file():
    with Converter(lambda raw, _: cost(raw), settings="") as converter:
        assert converter.wanted(["kind", "other", "Cost"]) == ["kind", "Cost"]


def test_rows_are_skipped_noticed_and_counted_but_never_those_that_cannot_be_read():
    def convert(raw):
        kind = raw.text("kind")
        return Conversion(
            {"BilledCost": raw.number("cost")},
            skipped=[Skipped(kind == "negation", "negation", "said elsewhere")],
            noticed=[Noticed(raw.text("list").isnull(), "no-list", "ListCost", "no list cost")],
        )

    rows, counted = converted(
        convert, chunk(cost=["1", "2", "x", "4"], kind=["negation", "usage", "negation", None], list=["1", None, "1", "1"])
    )
    assert [row["_line"] for row in rows] == [3, 4, 5]
    assert counted == {"negation": 1, "no-list": 1}


def test_rows_that_came_with_a_reason_keep_it_and_are_not_multiplied():
    table = chunk(
        cost=[None, "3"], kind=["fee", "fee"], _reason=pa.array(["2 fields where the header has 5", None]), _raw=pa.array(["1,2", None])
    )

    def convert(raw):
        return Conversion(
            {"BilledCost": raw.number("cost")}, further=[Further(raw.text("kind") == "fee", {"BilledCost": raw.number("cost") * 2})]
        )

    rows, _ = converted(convert, table)
    assert [(row["BilledCost"], row["_reason"], row["_raw"]) for row in rows] == [
        (None, "2 fields where the header has 5", "1,2"),
        (Decimal(3), None, None),
        (Decimal(6), None, None),
    ]


def test_one_row_becomes_one_for_each_element():
    from finopsnb.plugins.exports import values as v

    def convert(raw):
        credits = raw.json("credits")
        more = Further(
            credits.notnull(), lambda item: {"BilledCost": v.json_member(item, "$.amount").cast("decimal(38, 18)")}, v.json_list(credits)
        )
        return Conversion({"BilledCost": raw.number("cost")}, further=[more])

    cells = ["[{'name': 'a', 'amount': -0.1, 'full_name': None}, {'name': 'b', 'amount': -2}]", '[{"amount": -1e-7}]', "[]", None, "[{"]
    rows, _ = converted(convert, chunk(cost=["1"] * 5, credits=cells))
    assert sorted(row["BilledCost"] for row in rows[5:]) == [Decimal(-2), Decimal("-0.1"), Decimal("-1E-7")]
    assert [row["_reason"] for row in rows[:5]] == [None, None, None, None, "credits: '[{' is not JSON"]


def test_columns_that_differ_by_case_alone_are_two():
    table = chunk(cost=["1"]).add_column(0, "tags/Team", pa.array(["x"])).add_column(0, "tags/team", pa.array(["y"]))
    rows, _ = converted(lambda raw: Conversion({"Tags": raw.tags("tags/")}), table)
    assert rows[0]["Tags"] == '{"team":"y","Team":"x"}'


DAYS = {"09/30/2023": "2023-09-30", "2023-09-30": "2023-09-30", "2023-09-30T00:00:00Z": "2023-09-30"}


def test_days_in_either_form():
    rows, _ = converted(lambda raw: Conversion({"x": raw.day("d")}), chunk(d=[*DAYS, "30/09/2023"]))
    assert [row["x"].strftime("%Y-%m-%d") for row in rows[:3]] == list(DAYS.values())
    assert rows[3]["_reason"] == "d: '30/09/2023' is not a date"


def test_typed_columns_of_parquet_keep_their_digits():
    table = chunk(cost=pa.array([1.76e-6, 0.1, 3.0]), kind=pa.array([7.0, None, 8.5]))
    rows, _ = converted(cost, table)
    assert [row["BilledCost"] for row in rows] == [Decimal("0.00000176"), Decimal("0.1"), Decimal(3)]
    assert [row["x_Kind"] for row in rows] == ["7", None, "8.5"]


def test_chunks_of_one_schema_are_put_together():
    one, other = chunk(a=["1"]), chunk(b=["2"])
    assert [len(table) for table in gathered([one, one, other, one])] == [2, 1, 1]


def test_a_conversion_says_the_same_of_the_same_columns():
    raw = Raw(("a", "b"))
    assert raw.text("b").get_name() != raw.text("a").get_name()
    assert raw.text("b").get_name() == raw.text("b").get_name()
