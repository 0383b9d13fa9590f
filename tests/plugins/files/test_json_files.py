"""JSON: arrays, lines and single objects; digits as printed, and lines that are none set aside."""

from __future__ import annotations

import json

import pytest

from finopsnb.errors import SourceError
from tests.plugins.files.written import bad, good, rows, write

ONE = '{"cost":0.1000000000000000055,"small":1e-7,"id":"007","usage":{"amount":12345678901234567890.123456789,"list":[1,2.50]}}'
TWO = r'{"cost":-1.10,"small":null,"id":"say \"5, 6\" ü: 7","usage":null,"more":true}'

EXPECTED = [
    {
        "cost": "0.1000000000000000055",
        "small": "1e-7",
        "id": "007",
        "usage": '{"amount":"12345678901234567890.123456789","list":["1","2.50"]}',
        "more": None,
    },
    {"cost": "-1.10", "small": None, "id": 'say "5, 6" ü: 7', "usage": None, "more": "true"},
]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", f"[{ONE},\n {TWO}]"),
        ("a.json.gz", f"[{ONE},{TWO}]"),
        ("a.json", f"{ONE}\n{TWO}\n"),
        ("a.json", f"\ufeff{ONE}\r\n{TWO}"),
        ("a.jsonl", f"{ONE}\n{TWO}"),
        ("a.ndjson.gz", f"{ONE}\n\n{TWO}\n"),
    ],
)
def test_objects_with_their_digits(tmp_path, name, text):
    assert good(write(tmp_path, name, text)) == EXPECTED


def test_one_object_over_several_lines(tmp_path):
    assert good(write(tmp_path, "a.json", json.dumps({"data": [{"amount": 1.5}], "next": None}, indent=2))) == [
        {"data": '[{"amount":"1.5"}]', "next": None}
    ]


def test_keys_of_every_kind_are_columns(tmp_path):
    text = '{"a":1,"A":2,"x/y~z":3,"say \\"a\\"":4,"":5,"_line":6,"$.b":7}'
    [row] = good(write(tmp_path, "a.jsonl", text))
    assert row == {"a": "1", "A_1": "2", "x/y~z": "3", 'say "a"': "4", "column_5": "5", "x_line": "6", "$.b": "7"}


@pytest.mark.parametrize("name", ["a.json", "a.jsonl.gz"])
def test_a_line_that_is_no_object_is_set_aside(tmp_path, name):
    text = f"{ONE[:-4]}\n{ONE}\n\n[1]\n{TWO}\n{TWO}\n5"
    path = write(tmp_path, name, text)
    reason = "not a JSON object"
    assert bad(path) == [(1, reason, ONE[:-4]), (4, reason, "[1]"), (7, reason, "5")]
    assert [row["_line"] for row in rows(path) if row["_reason"] is None] == [2, 5, 6]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no JSON"),
        (" \n ", "holds no JSON"),
        ("5", "1 of its 1 lines"),
        ("[1,2]", "2 of its 2 lines"),
        (f"{ONE}\n5\n6\n", "2 of its 3 lines"),
        ('{\n "data": [1,\n', "1 of its 1 lines"),
        (f"[{ONE},\n{TWO}", "cut short"),
        (f"[{ONE},\n{TWO[:-5]}", "cut short"),
    ],
)
def test_what_is_no_json_as_a_whole_is_refused(tmp_path, text, says):
    with pytest.raises(SourceError, match=says):
        rows(write(tmp_path, "a.json", text))


def test_another_encoding_is_refused(tmp_path):
    with pytest.raises(SourceError, match="Line 2 is not in the encoding"):
        rows(write(tmp_path, "a.jsonl", '{"a":"x"}\n{"a":"ü"}\n', "latin-1"))
