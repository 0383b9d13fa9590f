"""Values as text for a shell."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from finopsnb.commands.printing import print_value

TABLE = pa.table(
    {
        "name": ["a", None],
        "cost": pa.array([Decimal("1.500000000000000001"), Decimal("-0.10")], pa.decimal128(38, 18)),
        "share": [0.123456789, 2.0],
        "tags": pa.array([[("team", "web")], []], pa.map_(pa.string(), pa.string())),
        "at": pa.array([datetime(2026, 1, 2, tzinfo=UTC), None], pa.timestamp("us", "UTC")),
    }
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def printed(value, kind="table", out=None):
    out = out or io.StringIO()
    print_value(value, kind, out)
    return out.getvalue()


def test_money_is_exact_in_every_format():
    for kind in ("table", "csv", "json"):
        assert "1.500000000000000001" in printed(TABLE, kind)
        assert "-0.1" in printed(TABLE, kind)


def test_tags_are_json_in_every_format():
    assert '{"team": "web"}' in printed(TABLE)
    assert '"{""team"": ""web""}"' in printed(TABLE, "csv")
    assert json.loads(printed(TABLE, "json"))[0]["tags"] == {"team": "web"}


def test_a_table_without_rows_has_its_heading():
    assert printed(TABLE.slice(0, 0)).split() == ["name", "cost", "share", "tags", "at", *("-" * n for n in (4, 4, 5, 4, 2))]
    assert printed(TABLE.slice(0, 0), "json") == "[]\n"


def test_a_terminal_gets_the_columns_that_it_has_room_for(monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    lines = printed(TABLE, out=Terminal()).splitlines()
    assert lines[0].split() == ["name", "cost"]
    assert lines[-1] == "... and 3 more columns; --format csv prints all"
    assert "at" in printed(TABLE).splitlines()[0]


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ({"a": Decimal("1.5")}, "json", '{\n  "a": "1.5"\n}\n'),
        ({"a": 1}, "table", "{'a': 1}\n"),
        ("text", "table", "text\n"),
        (True, "table", "True\n"),
        (None, "table", ""),
    ],
)
def test_other_values(value, kind, text):
    assert printed(value, kind) == text
