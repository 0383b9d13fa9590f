"""Nested columns: typed, as JSON, as Python prints them; what is inside of them under any of their names."""

from __future__ import annotations

import ast
import json
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from finopsnb.plugins.exports import Conversion
from finopsnb.plugins.exports import values as v
from tests.plugins.exports.test_conversion import chunk, converted

#: what Python prints of these is what JSON says of them
PRINTED = [
    {"name": "O'Hara", "none": None, "yes": True, "no": False, "amount": -0.1},
    {"said": 'say "hi"', "both": "'one' \"two\"", "word": "a, None", "unicode": "größe ☃"},
    {"escapes": "\xa0\xa0line\nend\ttab", "path": "C:\\xab\\x41 \\", "quoted": "C:\\it's", "ends": "\\"},
    {"list": [{"key": "a", "value": ""}, {"key": "b", "value": None}], "empty": [], "small": 1e-07},
    {"": {}},
]


def read(convert, **columns):
    return converted(lambda raw: Conversion(convert(raw)), chunk(**columns))[0]


@pytest.mark.parametrize("value", PRINTED, ids=range(len(PRINTED)))
def test_what_python_prints_is_read_as_it_was(value):
    (row,) = read(lambda raw: {"x": raw.json("cell")}, cell=[repr(value)])
    assert row["_reason"] is None
    assert json.loads(row["x"]) == value == ast.literal_eval(repr(value))


def test_decimals_of_python_keep_their_digits():
    (row,) = read(lambda raw: {"x": raw.number("cell.price")}, cell=[repr({"price": Decimal("0.123456789012345678"), "q": "Decimal(x)"})])
    assert row["x"] == Decimal("0.123456789012345678")


@pytest.mark.parametrize("text", ["None", "null", "nan", "", "NULL"])
def test_words_for_nothing_are_nothing(text):
    (row,) = read(lambda raw: {"x": raw.text("cell.a"), "y": raw.json("cell")}, cell=[text])
    assert (row["x"], row["y"], row["_reason"]) == (None, None, None)


@pytest.mark.parametrize("text", ["[{", "{'a': 1", "plain words", "{'a': b}", "[1,, 2]"])
def test_what_is_neither_is_set_aside(text):
    (row,) = read(lambda raw: {"x": raw.text("cell.a")}, cell=[text])
    assert row["_reason"] == f"cell: '{text}' is not JSON"


TYPED = pa.array([{"region": "europe", "inner": {"amount": 1.5, "exact": Decimal("0.10")}, "tags": [{"key": "a", "value": "b", "n": 2.5}]}])
TAGS = '[{"key": "a", "value": "b", "n": 2.5}]'
SAME = {
    "typed": {"place": TYPED},
    "json": {"place": ['{"region": "europe", "inner": {"amount": 1.5, "exact": 0.10}, "tags": ' + TAGS + "}"]},
    "python": {"place": [repr(TYPED.to_pylist()[0])]},
    "flattened": {"place.region": ["europe"], "place_inner_amount": ["1.5"], "PlaceInnerExact": ["0.1"], "place.tags": [TAGS]},
}


@pytest.mark.parametrize("columns", SAME.values(), ids=SAME)
def test_a_value_inside_is_the_same_however_the_column_came(columns):
    def convert(raw):
        assert raw.has("place.region")
        tags = raw.objects("place.tags", "key", "value", "n", "missing", amount="n")
        return {
            "region": raw.text("place.nowhere", "place.region"),
            "amount": raw.number("place.inner.amount") + raw.number("place.inner.exact"),
            "n": tags[0]["n"],
            "missing": tags[0]["missing"],
            "tags": v.labels_of(v.entries_of(tags.map(lambda one: v.entry(one["key"], one["value"])))),
        }

    (row,) = read(convert, **columns)
    assert row["_reason"] is None
    assert (row["region"], row["amount"], row["n"], row["missing"]) == ("europe", Decimal("1.6"), Decimal("2.5"), None)
    assert json.loads(row["tags"]) == {"a": "b"}


def test_of_labels_of_one_key_the_first_counts():
    def convert(raw):
        return {"x": v.labels_of(v.entries_of(raw.objects("a", "key", "value"), raw.objects("b", "key", "value")))}

    first = ['[{"key": "k", "value": "1"}, {"key": "n"}]', "[]", None]
    second = ['[{"key": "k", "value": "2"}, {"key": "m", "value": ""}]', "[]", None]
    rows = read(convert, a=first, b=second)
    assert [row["x"] and json.loads(row["x"]) for row in rows] == [{"k": "1", "m": ""}, None, None]


@pytest.mark.parametrize("text", ['{"a": 1}', "3", '["x"]', '[{"n": "x"}]', '[{"a": 1}]', "[3]"])
def test_a_list_without_its_numbers_is_set_aside(text):
    (row,) = read(lambda raw: {"x": raw.objects("items", "a", "n", amount="n").length()}, items=[text])
    assert row["_reason"] == f"items: '{text}' is not a list of objects, each with a number as n"


MONTHS = {
    "202603": datetime(2026, 3, 1, 8, tzinfo=UTC),
    "202604": datetime(2026, 4, 1, 7, tzinfo=UTC),
    "202611": datetime(2026, 11, 1, 7, tzinfo=UTC),
    "202612": datetime(2026, 12, 1, 8, tzinfo=UTC),
}


def test_months_begin_by_the_clocks_of_their_zone():
    zone = "America/Los_Angeles"

    def convert(raw):
        month = raw.month("month", zone)
        return {"start": month, "end": v.next_month_in(month, zone), "same": v.month_in(month, zone)}

    rows = read(convert, month=list(MONTHS))
    assert [row["start"] for row in rows] == list(MONTHS.values()) == [row["same"] for row in rows]
    assert (rows[0]["end"], rows[2]["end"]) == (MONTHS["202604"], MONTHS["202612"])


@pytest.mark.parametrize("text", ["202613", "20261", "2026-11", "November"])
def test_what_is_no_month_is_set_aside(text):
    (row,) = read(lambda raw: {"x": raw.month("month", "UTC")}, month=[text])
    assert row["_reason"] == f"month: '{text}' is not a month such as 202610"
